"""What motion knows of a person beside rows: their profile, and each session with its films, pictures and choices."""

from collections.abc import Iterator
from typing import Any

from control.motion_sessions import MotionSession
from control.store import Control
from query_api.gdpr.beside import Files
from query_api.gdpr.person import Person
from query_api.gdpr.pieces import array, encode, member, whole_seconds
from schemas.motion.blobs import PICTURES, VIDEOS
from schemas.motion.tables import FAMILY


class OfMotion:
    """The Beside of motion."""

    def known(self, control: Control, person: Person) -> bool:
        """Whether they have a profile, a key or a session."""
        whose = person.tenant, person.subject
        return (
            control.people.get(person.tenant, person.user_id) is not None
            or bool(control.api_keys.plans(FAMILY, *whose))
            or bool(control.motion_sessions.of_person(*whose))
        )

    def written(self, control: Control, person: Person, files: Files) -> Iterator[bytes]:
        """`profile`, null where there is none, and `sessions`, the oldest first."""
        found = control.people.get(person.tenant, person.user_id)
        sessions = control.motion_sessions.of_person(person.tenant, person.subject)
        yield from member("profile", [encode(None if found is None else found.profile._asdict())], b"{")
        yield from member("sessions", array([encode(_session(control, each, files))] for each in sessions))
        yield b"}"


def _session(control: Control, session: MotionSession, files: Files) -> dict[str, Any]:
    chosen, kept = control.motion_sessions.config(session.id), files.names(f"{VIDEOS}/{session.id}")
    film, drawn = (
        None if blob is None or blob not in kept else files.link(blob)
        for blob in (session.video, session.analysed_video)
    )
    return {
        "id": session.id,
        "user_id": session.user_id,
        "activity": session.activity,
        "exercise": session.exercise,
        "title": session.title,
        "status": session.status,
        "created_at": whole_seconds(session.created_at),
        "request": session.request,
        "video_url": film,
        "analyzed_video_url": drawn,
        "picture_urls": [files.link(name) for name in files.names(f"{PICTURES}/{session.id}")],
        "joint_mobility": None if chosen is None else chosen._asdict(),
    }


BESIDE = OfMotion()
