"""Analyses of synthetic people to write documents of; ninety frames of a squat, and a lift."""

from datetime import UTC, datetime, timedelta, timezone
from functools import cache

import numpy as np

from motion.analysis import Analysis, analyse
from motion.body.landmarks import Landmarks
from motion.documents import SessionInfo
from motion.request import Activity, Exercise, Joint, Request
from motion.synthetic import Camera, Clock, Flaws, Side, project, snatch, squat
from motion.synthetic.squatting import Squat

INFO = SessionInfo(
    session_id="f00d",
    created_at=datetime(2025, 2, 5, 20, 30, tzinfo=timezone(timedelta(hours=2, minutes=30))),
    video_url="https://example.org/original.mov",
    analyzed_video_url="https://example.org/analyzed.mp4",
    user_name="Ana",
    user_info={"display_name": "Ana", "weight": 70.0},
)
MORNING = SessionInfo("f00d", datetime(2025, 12, 31, 0, 5, tzinfo=UTC), "original.mov")
SQUATS = Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT)
LIFTS = Request(activity=Activity.WEIGHTLIFTING, exercise=Exercise.SNATCH, height_cm=175, barbell_mass=60)
ONCE = Squat(repetitions=1)
LOST = (0.0, 0.2)
"""Seconds in which nobody is found."""


@cache
def film(side: Side = Side.RIGHT) -> Landmarks:
    return project(squat(how=ONCE), Camera(side), Clock(30.0), Flaws(lost=(LOST,)))


@cache
def squatted(
    side: Side = Side.RIGHT, *, mirrored: bool = False, joints: frozenset[Joint] = frozenset(Joint)
) -> Analysis:
    return analyse(film(side), SQUATS.model_copy(update={"mirrored": mirrored, "joints": joints}))


@cache
def lifted() -> Analysis:
    return analyse(project(snatch(), Camera(), Clock(30.0)), LIFTS)


@cache
def moved() -> Analysis:
    """Joint Angle Mobility."""
    asked = SQUATS.model_copy(update={"exercise": Exercise.JOINT_ANGLE_MOBILITY})
    return analyse(film(), asked)


def same_length(columns: dict[str, list[float | None]], frames: int) -> bool:
    return {len(column) for column in columns.values()} == {frames}


def missing_frames() -> int:
    return int(np.count_nonzero(~film().found))
