"""Filmed sessions as the gateway leaves them, and a worker's place that analyses them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import pytest

from control.consent_records import NewConsent
from control.jobs import Job
from control.motion_sessions import AGAIN_AFTER, JOB, MotionSession
from event_log import open_reader
from jobs.lake import Lake
from jobs.motion import KINDS
from kinelake.installation import Installation
from motion.request import Request
from schemas.motion import STREAMS
from tests.jobs.conftest import Clock, MakePlace
from tests.kit.motion.acted import Acted
from tests.kit.motion.filmed import SQUAT

ANN = "a" * 64
WORKS = {kind.name: kind.work for kind in KINDS}


class Studio:
    """Sessions of Ann, what becomes of them, and what is said of them on the log."""

    def __init__(self, installation: Installation, lake: Lake, clock: Clock, place: MakePlace) -> None:
        self.lake, self.clock = lake, clock
        self._place = place
        self._number = 0
        for stream in STREAMS:
            installation.log.ensure_topic(stream.name, stream.max_record_bytes)
        lake.control.organisations.create("acme")

    def filmed(self, film: Path | bytes | None = b"", request: Request = SQUAT, **fields: Any) -> str:
        """A new session's id; without a film the blob store has none of it."""
        self._number += 1
        name = f"s-{self._number}"
        video = f"motion-videos/{name}/original-0.mp4"
        if film is not None:
            self.lake.blobs.put(video, film)
        about: dict[str, Any] = {
            "activity": request.activity.value,
            "exercise": None if request.exercise is None else request.exercise.value,
            "request": request.model_dump(mode="json", exclude_none=True),
            "created_at": self.clock(),
            "queued_at": self.clock(),
        }
        said = {"id": name, "tenant": "acme", "subject": ANN, "user_id": "ann", "title": "A film", "video": video}
        came = {"sha256": "0" * 64, "video_bytes": 10, "request_id": "r", "consent_source": "default", "gpc": False}
        session = MotionSession(**{**said, **came, "consent_level": 2, **about, **fields})
        self.lake.control.motion_sessions.begin(session, [])
        return name

    def work(self, owner: str = "a", stopping: Event | None = None, kind: str = JOB) -> bool:
        """One job is done, if there is one."""
        return self._place({kind: WORKS[kind]}, owner=owner, stopping=stopping).work_once()

    def session(self, name: str) -> MotionSession:
        found = self.lake.control.motion_sessions.get(name)
        assert found is not None
        return found

    def job(self, name: str) -> Job:
        """The newest of a session."""
        return self.lake.control.jobs.list(kind=JOB, key=name)[0]

    def state(self, name: str) -> tuple[str, str | None, str, int]:
        """Status and error of a session, state and attempt of its job."""
        session, job = self.session(name), self.job(name)
        return session.status, session.error, job.state, job.attempt

    def again(self, name: str) -> None:
        """An hour later somebody asks for its film."""
        self.clock.pass_(AGAIN_AFTER)
        assert self.lake.control.motion_sessions.queue_again(name)

    def said(self, stream: str) -> list[dict[str, Any]]:
        """Every item on a stream's log, with its message's head."""
        return [
            {**msgspec.json.decode(head), **msgspec.json.decode(item)}
            for head, *items in self._messages(stream)
            for item in items
        ]

    def allowed(self, level: int) -> None:
        """Ann records that she allows so much."""
        said: dict[str, Any] = {
            "event_id": f"e-{level}",
            "tenant": "acme",
            "subject": ANN,
            "source": None,
            "extra": None,
        }
        by = {"recorded_at": self.clock(), "recorded_by": "ann", "recorded_role": "user", "request_id": "r"}
        self.lake.control.consent.add(NewConsent(**{**said, **by, "level": level, "effective_at": None}))

    def erase(self) -> None:
        """Ann is forgotten; of her sessions control knows nothing any more."""
        self.lake.control.erasures.begin(tenant="acme", subject=ANN, requested_by="operator")

    def blobs(self, *folders: str) -> list[str]:
        return [
            name for folder in folders or ("motion-videos", "motion-pictures") for name in self.lake.blobs.names(folder)
        ]

    def _messages(self, stream: str) -> Iterator[list[bytes]]:
        options, ends = self.lake.log_options, self.lake.log.end_offsets(stream)
        with closing(open_reader(options.log_url, stream, dict.fromkeys(ends, 0), options)) as reader:
            while sum(ends.values()):
                values = reader.poll(1000, 5).values
                ends = {0: sum(ends.values()) - len(values)}
                yield from (bytes(value).splitlines() for value in values)


@pytest.fixture
def studio(installation: Installation, lake: Lake, clock: Clock, place: MakePlace) -> Studio:
    return Studio(installation, lake, clock, place)


@pytest.fixture
def acted(monkeypatch: pytest.MonkeyPatch) -> Acted:
    acting = Acted()
    monkeypatch.setattr("jobs.motion.analysing.run_apart", acting)
    return acting
