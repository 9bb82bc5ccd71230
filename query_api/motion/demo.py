"""The demo session of each activity: the synthetic person, analysed by the code that analyses people."""

from datetime import UTC, datetime
from functools import cache
from typing import Final

from control.people import Profile
from motion.analysis import Analysis, analyse
from motion.documents import Status
from motion.request import Activity
from motion.synthetic import demo, demo_request
from query_api.motion.known import KnownSession
from schemas.motion.blobs import DEMO as BLOBS

MADE: Final = datetime(2026, 1, 1, 9, tzinfo=UTC)
"""When the demo sessions say that they were filmed."""
NAME: Final = "Synthetic person"
PLAN: Final = "Enterprise"


@cache
def demo_analysis(activity: Activity) -> Analysis:
    """The analysis of the activity's demo film, in every joint; some seconds when it is first asked for."""
    return analyse(demo(activity), demo_request(activity))


def demo_session(activity: Activity, tenant: str) -> KnownSession:
    """The demo session as somebody of that tenant sees it; its films are in the blob store once a worker made them."""
    folder, request = f"{BLOBS}/{activity}", demo_request(activity)
    return KnownSession(
        id=f"demo-{activity}",
        tenant=tenant,
        user_id=NAME,
        plan=PLAN,
        profile=Profile(display_name=NAME, weight_kg=request.weight_kg, height_cm=request.height_cm),
        request=request,
        status=Status.DONE,
        progress=100,
        created_at=MADE,
        video=f"{folder}/original.mp4",
        analysed_video=f"{folder}/analyzed.mp4",
        pictures=f"{folder}/pictures",
        demo=True,
    )
