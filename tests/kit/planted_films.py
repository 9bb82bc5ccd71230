"""Films, overlays, pictures and findings with unmistakable words in them, as gateway and job leave them."""

import asyncio
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx
import msgspec

from control.people import Profile
from event_log import Record, open_publisher
from jobs.motion.messages import Filmed, records
from kinelake.api_keys import create_key, people_kinds
from kinelake.installation import Installation
from schemas.motion import LANDMARKS, SESSIONS
from schemas.motion.findings import ThreadSaid
from schemas.shared.times import microseconds
from tests.kit.films import numbered, written
from tests.kit.motion.documents import squatted
from tests.kit.motion.told import THREAD

PATH: Final = "/mobility-assessment/sessions/"
EXERCISE: Final = {"exercise": "Overhead Squat"}


@cache
def _film() -> bytes:
    with TemporaryDirectory() as folder:
        return written(Path(folder) / "squat.mp4", numbered(30)).read_bytes()


def film(word: str) -> bytes:
    """A second of film with a word behind it, as phones write whose they are."""
    return _film() + struct.pack(">I4s", 8 + len(word), b"free") + word.encode()


class Filming:
    """People with profiles and keys who send films, and the job that has analysed some of these."""

    def __init__(self, installation: Installation, url: str, organisation: str) -> None:
        self._installation = installation
        self._url = url
        self._organisation = organisation

    def key(self, user_id: str, profile: Profile) -> str:
        """A key of a person with that profile."""
        people = self._installation.control.people
        people.create(self._organisation, user_id, profile)
        holder = people.holder(self._organisation, user_id, "Pro", 2)
        return create_key(self._installation, people_kinds()["motion"], holder, "user")[1]

    def upload(self, key: str, name: str, content: bytes) -> str:
        """The id of the session of a film."""
        with httpx.Client(base_url=self._url, headers={"API-KEY": key}, timeout=60) as client:
            fields = {**EXERCISE, "session_name": name}
            answer = client.post(PATH, data=fields, files={"video": ("squat.mp4", content)})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["session_id"])

    def analysed(self, session_id: str, version: str, text: str, overlay: bytes, picture: bytes) -> None:
        """What the job leaves of a session: blobs, then messages, then what control knows."""
        control, blobs = self._installation.control, self._installation.lake.blobs
        session = control.motion_sessions.get(session_id)
        assert session is not None, "it was just begun"
        drawn = f"motion-videos/{session_id}/analyzed-0.mp4"
        blobs.put(drawn, overlay)
        blobs.put(f"motion-pictures/{session_id}/1-bottom.png", picture)
        filmed = Filmed(session.tenant, session.subject, session_id, session.request_id, 2, "default")
        said = records(filmed, squatted(), version, microseconds(datetime.now(UTC)), [thread(text)])
        self._publish(LANDMARKS.name, list(said.landmarks))
        self._publish(SESSIONS.name, list(said.sessions))
        control.motion_sessions.note(session_id, status="done", analysis_version=version, analysed_video=drawn)

    def commented(self, session_id: str, comment: str) -> None:
        """What is shown of joint angles, with a comment."""
        self._installation.control.motion_sessions.configure(session_id, comments={"knee_angle": comment})

    def _publish(self, topic: str, said: Sequence[Record]) -> None:
        async def send() -> None:
            publisher = open_publisher(self._installation.settings.log_url, self._installation.settings)
            await publisher.publish(topic, said)
            await publisher.close()

        asyncio.run(send())


def thread(text: str) -> ThreadSaid:
    """A text about knees."""
    return msgspec.structs.replace(THREAD, thread_id=f"thread_{text[:24]}", text=text)
