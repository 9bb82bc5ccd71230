"""Whether a film may be analysed by what its person allows now; what the log is told is judged by the flow again."""

from control.motion_sessions import MotionSession
from control.store import Control
from schemas.motion import SESSIONS
from schemas.shared.consent_rules import permits


def permitted(control: Control, session: MotionSession) -> bool:
    """Whether the lower of the upload's level and the newest record reaches."""
    record = control.consent.newest(session.tenant, [session.subject]).get(session.subject)
    level = session.consent_level if record is None else min(session.consent_level, record.level)
    return permits(level, SESSIONS.consent_level)
