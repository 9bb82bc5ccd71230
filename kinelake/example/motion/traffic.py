"""Example films, which say in every picture that they are of a synthetic person.

There are two, whatever the plan: each is some seconds of work to draw, and half a minute of it to analyse.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from kinelake.example.ids import sown, uuids
from kinelake.example.people import Person, people
from kinelake.example.traffic import ClientEvent, Conversation, Example, Plan, Request, Token
from schemas.motion import SESSIONS

SHARE: Final = 0.0002
"""Films for each event of a plan: two of ten thousand."""
BOUNDARY: Final = "example"


class Shot(Struct, frozen=True):
    """A film as it will be drawn and sent: what is done in it, and what the form says beside it."""

    name: str
    activity: str
    exercise: str
    title: str


_SHOT: Final = (
    ("mobility-assessment", "Overhead Squat", "EXAMPLE: squats of a synthetic person"),
    ("jumping", "Countermovement Jump", "EXAMPLE: a jump of a synthetic person"),
)
"""Those that the pose model sees well enough in a drawing."""


class MotionTraffic:
    """The films of a plan, ready to be read as often as wanted, the same for the same plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def client_events(self) -> Iterator[ClientEvent]:
        """A film each."""
        (person,) = people(self.plan.seed, 1)
        names = uuids(sown("motion", self.plan.seed, self.plan.start), np.arange(len(_SHOT)))
        for name, shot in zip(names, _SHOT, strict=True):
            yield ClientEvent(self.plan.start, person, msgspec.json.encode(Shot(name, *shot)))


def _conversation(token: Token, person: Person, bodies: Sequence[bytes]) -> Conversation:
    """One request; its name makes sending it again harmless."""
    (body,) = bodies
    shot = msgspec.json.decode(body, type=Shot)
    headers = {
        "Authorization": f"API-KEY {token(person.name)}",
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Idempotency-Key": shot.name,
    }
    yield Request(_form(shot, _film(shot.activity)), headers, f"/{shot.activity}/sessions/")


def _film(activity: str) -> bytes:
    """MP4."""
    # OpenCV and scipy come with it, which a process that only knows there is example traffic does without
    from jobs.video.synthetic import render_demo
    from motion.request import Activity

    with TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        render_demo(Activity(activity), film)
        return film.read_bytes()


def _form(shot: Shot, film: bytes) -> bytes:
    """The fields first, as whoever reads them wants them, then the film (RFC 7578)."""
    said = {"exercise": shot.exercise, "session_name": shot.title}
    parts = [_part(f'name="{name}"', text.encode()) for name, text in said.items()]
    parts.append(_part('name="video"; filename="film.mp4"', film))
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def _part(disposition: str, content: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"
    return head.encode() + content + b"\r\n"


TRAFFIC = (
    Example[MotionTraffic](
        SESSIONS, MotionTraffic, conversation=_conversation, share=SHARE, notebook="notebooks/motion.ipynb"
    ),
)
