"""How reports of joint mobility are to be shown, as control has it."""

from control.motion_sessions import JointMobilityConfig
from control.store import Control
from motion.documents import Shown, asked_angles
from query_api.motion.known import Choice, KnownSession


class StoredConfigurations:
    """The Configurations of the running service."""

    def __init__(self, control: Control) -> None:
        self._sessions = control.motion_sessions

    def get(self, session: KnownSession) -> Shown | None:
        """What was chosen for a session."""
        found = self._sessions.config(session.id)
        return None if found is None else _shown(session, found)

    def change(self, session: KnownSession, given: Choice) -> Shown | None:
        """Chooses what is given and keeps the rest."""
        found = self._sessions.configure(session.id, **given)
        return None if found is None else _shown(session, found)


def _shown(session: KnownSession, stored: JointMobilityConfig) -> Shown:
    """Angles that were never chosen are all those that the session was asked for."""
    angles = asked_angles(session.request) if stored.shown_angles is None else stored.shown_angles
    return Shown(tuple(angles), dict(stored.comments))
