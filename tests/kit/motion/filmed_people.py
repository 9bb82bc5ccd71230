"""Sessions that stand queued: of every organisation's person one of each activity, with ids that are known before."""

from typing import Final

from control.motion_sessions import MotionSession
from control.people import Holder
from control.store import Control
from motion.request import Activity, Exercise, Request
from tests.kit.media_sessions import NOON

FILMED: Final = {org: f"01900000-0000-7000-8000-0000000001{n}" for n, org in enumerate(("acme", "globex", "fuzzed"))}
"""Organisation → how the ids of its sessions begin."""
EXERCISES: Final = {
    Activity.RUNNING: None,
    Activity.JUMPING: Exercise.DROP_JUMP,
    Activity.WEIGHTLIFTING: Exercise.SNATCH,
    Activity.MOBILITY: Exercise.JOINT_ANGLE_MOBILITY,
}


def filmed(org: str, template: str) -> str:
    """The session that a path is about: of its activity, where it names one."""
    named = template.split("/")[1]
    return _id(org, Activity(named) if named in set(Activity) else Activity.MOBILITY)


def film(control: Control, org: str, user_id: str) -> None:
    """Has the organisation's person filmed, once; their sessions are called as they are."""
    holder = control.people.holder(org, user_id, "Pro", 2)
    for activity in Activity if org in FILMED else ():
        control.motion_sessions.begin(_session(_id(org, activity), holder, activity), [])


def _id(org: str, activity: Activity) -> str:
    return f"{FILMED[org]}{[*Activity].index(activity):02}"


def _session(session_id: str, holder: Holder, activity: Activity) -> MotionSession:
    request = Request(activity=activity, exercise=EXERCISES[activity], session_name=holder.user_id)
    return MotionSession(
        id=session_id,
        tenant=holder.tenant,
        subject=holder.subject,
        user_id=holder.user_id,
        activity=activity,
        exercise=request.exercise,
        title=holder.user_id,
        request=request.model_dump(mode="json", exclude_none=True),
        video=f"motion-videos/{session_id}/original-0.mp4",
        sha256="0" * 64,
        video_bytes=1000,
        request_id="request",
        consent_level=2,
        consent_source="default",
        gpc=False,
        created_at=NOON,
        queued_at=NOON,
    )
