"""A runner in one stretch of a film: who is seen from where, the contacts, the strides, the travel."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import radians, tan

import numpy as np

from motion.body.body import Body
from motion.body.confidence import FAR_SIDE, confidence
from motion.body.landmarks import Point
from motion.body.profile import HEELS, SIDES, TOES, Profile, profile
from motion.body.segment import Segment, View
from motion.metric import Reason, Side
from motion.request import Request
from motion.running.gait import gait
from motion.running.quantities import Travel, travel
from motion.running.strides import Strides, strides

WORTH = {View.SAGITTAL: 1.0, View.OBLIQUE: 0.5, View.FRONTAL: 0.0}
"""What a view is worth for what is seen from the side, and in this order of choice."""

SEEN = 0.5
"""Share of frames in which a foot has to be seen for a run to be looked for."""

HIPS = (Point.LEFT_HIP, Point.RIGHT_HIP)


@dataclass(frozen=True, slots=True)
class Runner:
    """One stretch of a runner and all that is read from it."""

    body: Body
    segment: Segment
    profile: Profile
    stride: Strides
    travel: Travel

    def worth(self, side: Side | None, *, events: bool = True) -> float:
        """Confidence in what both feet, or one, and the hips show."""
        sides = SIDES if side is None else (side,)
        points = [*HIPS, *(points[one] for one in sides for points in (TOES, HEELS))]
        return confidence(self.body, self.segment.frames, points, self._view(side), events=events)

    def compared(self) -> float:
        """Confidence in a difference of the sides: that of the weaker one."""
        return min(self.worth(side) for side in SIDES)

    def _view(self, side: Side | None) -> float:
        """What the view is worth for a side."""
        worth = WORTH[self.segment.view]
        return worth if side in (None, self.segment.near) else min(worth, FAR_SIDE)

    def why_none(self) -> Reason:
        """Why there may be no steps: the feet are not seen, or there are none."""
        seen = [np.mean(~np.isnan(toe.y)) for toe in self.profile.toes.values()]
        return Reason.NOT_VISIBLE if max(seen) < SEEN else Reason.TOO_FEW


def best(segments: Sequence[Segment]) -> Segment | None:
    """The longest segment of the view that shows most of a run."""
    return max(segments, key=lambda one: (WORTH[one.view], one.last - one.first), default=None)


def runner(body: Body, request: Request, segment: Segment, stature: float, metre: float) -> Runner:
    """All that is read from one segment; `stature` and `metre` in pixels, NaN where not known."""
    turned = profile(body, stature, segment.frames, segment.facing)
    slope = None if request.incline_degree is None else tan(radians(request.incline_degree))
    found = gait(turned, slope)
    belt = float("nan") if request.treadmill_speed_kmh is None else request.treadmill_speed_kmh / 3.6
    return Runner(body, segment, turned, strides(turned.times, found), travel(turned, found, metre, belt))
