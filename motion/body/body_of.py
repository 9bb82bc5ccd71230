"""From landmarks to a body: everything that an activity builds on."""

import numpy as np

from motion.body.body import Body
from motion.body.landmarks import Landmarks
from motion.body.people import one_person
from motion.body.series import series
from motion.body.sides import guarded, mirrored
from motion.body.signal import FAST, SLOW, filtered, visible
from motion.body.views import segments
from motion.request import Activity, Request

CUT_OFF = {
    Activity.RUNNING: FAST,
    Activity.JUMPING: FAST,
    Activity.WEIGHTLIFTING: SLOW,
    Activity.MOBILITY: SLOW,
}

CAMERA_MOVED = 0.01
"""Picture heights that the background may move."""


def body(landmarks: Landmarks, request: Request) -> Body:
    """One person chosen, sides put right, then pixels filtered, then segments, then angles.

    Of a mirrored film x is counted from the other edge, as if it had not been: `motion.body.sides.flipped` gives
    points for drawing on it.
    """
    one, others = one_person(landmarks)
    raw = guarded(mirrored(one) if request.mirrored else one)
    clean = filtered(raw, CUT_OFF[request.activity])
    parts = segments(raw)
    return Body(raw, clean, visible(raw), parts, series(clean, parts), camera_moved(raw), others)


def camera_moved(landmarks: Landmarks) -> bool:
    """Whether the background ever lay more than CAMERA_MOVED picture heights from where it was; no where not known."""
    shift = landmarks.shift
    return shift is not None and bool(np.any(np.abs(shift) > CAMERA_MOVED * landmarks.height))
