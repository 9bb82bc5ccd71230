"""What is measured of a runner beside times: the foot and the joints at contact, lean, oscillation, speed."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np

from motion.body.angles import limbs
from motion.body.body import Body
from motion.body.edges import duration_uncertainty, half_width
from motion.body.landmarks import Floats
from motion.body.profile import SIDES, Profile
from motion.body.segment import Facing, Segment
from motion.metric import Side
from motion.running.gait import TYPICAL_CONTACT, Gait, peaks
from motion.running.strides import Reading, Strides

FLAT = (0.25, 0.5)
"""Shares of a contact between which the sole lies on the floor."""

FOOT_ERROR = 3.0
"""Degrees: a foot's angle to the floor in a film against a motion-capture system's (Altman & Davis 2012)."""

JOINT_ERROR = {"knee": 6.0, "hip": 5.0, "ankle": 8.0}
"""Degrees, one standard deviation: what the series are tested against (the ankle's by half, for it is 17 at worst)."""

ARRIVAL = 0.03
"""Seconds before a contact that its angles are read from."""

BOUNCE = 0.02
"""Statures that the hips go up and down in a step, at least."""

LEAN_ERROR = 3.0
"""Degrees (ours)."""

POINT_ERROR = 0.005
"""Statures: how exactly the mid-hip's way up and down is found (ours)."""

SERIES = {"knee": "knee_angle", "hip": "hip_angle", "ankle": "foot_shank_angle"}
"""The ankle at contact is that between foot and shank, as a foot that lands does not stand."""


@dataclass(frozen=True, slots=True)
class Travel:
    """How far a runner goes: seconds, pixels, and the pixels of a metre, NaN where not known.

    `speed`: pixels/s over the ground or belt; `belt`: m/s, NaN where not given.
    """

    speed: float
    belt: float
    metre: float

    @property
    def metres_per_second(self) -> float:
        """The belt's speed if given, else what the picture shows."""
        return self.speed / self.metre if isnan(self.belt) else self.belt

    @property
    def known(self) -> bool:
        """Whether there is a belt's speed or a scale."""
        return not isnan(self.metres_per_second)

    def ratio(self, oscillation: float, step_time: float) -> float:
        """Percent: oscillation, pixels, over step length."""
        if not isnan(self.belt) and not isnan(self.metre):
            return 100 * oscillation / self.metre / (self.belt * step_time)
        return 100 * oscillation / (self.speed * step_time) if self.known else float("nan")


def travel(profile: Profile, gait: Gait, metre: float, belt: float) -> Travel:
    """Speed of the hips over the ground that the standing toes show."""
    known = ~np.isnan(profile.hip.x)
    if known.sum() < 2:
        return Travel(float("nan"), belt, metre)
    forward = float(np.polyfit(profile.times[known], profile.hip.x[known], 1)[0])
    return Travel(forward - float(np.mean([floor.ground for floor in gait.floors])), belt, metre)


def oscillations(times: Floats, hip: Floats, steps: Sequence[Reading], stature: float) -> list[Reading]:
    """Pixels between the hips' lowest and highest in each step, their drift over the film taken off."""
    level = _level(times, hip)
    inside = [level[(times >= step.when) & (times <= step.when + step.value)] for step in steps]
    whole = [(step, part) for step, part in zip(steps, inside, strict=True) if part.size and not np.isnan(part).any()]
    return [step._replace(value=float(np.ptp(part)), error=POINT_ERROR * stature) for step, part in whole]


def _level(times: Floats, hip: Floats) -> Floats:
    known = ~np.isnan(hip)
    if known.sum() < 2:
        return hip
    return np.asarray(hip - np.polyval(np.polyfit(times[known], hip[known], 1), times))


def bounces(times: Floats, hip: Floats, stature: float) -> list[Reading]:
    """Steps as the hips' way from lowest to lowest, for views that do not show the feet's way; sides are not told."""
    low = peaks(times, -_level(times, hip), BOUNCE * stature)
    gaps = duration_uncertainty(times, low[:-1], low[1:])
    steps = zip(low, np.diff(low), gaps, strict=False)
    return [
        Reading("left", 1 + number // 2, float(lasts), float(gap), float(begin))
        for number, (begin, lasts, gap) in enumerate(steps)
    ]


def foot_strikes(profile: Profile, stride: Strides) -> list[Reading]:
    """Degrees of the sole to the floor at contact, + toes up, over its angle when it lies flat (Altman & Davis 2012).

    A rear-foot strike is more than 8, a fore-foot strike less than -1.6.
    """
    readings = []
    for contact in stride.landed():
        angle = _sole(profile, contact.side)
        end = contact.end if not isnan(contact.end) else contact.start + TYPICAL_CONTACT
        begin, stop = (contact.start + share * (end - contact.start) for share in FLAT)
        flat = angle[(profile.times >= begin) & (profile.times <= stop)]
        at = _arriving(profile.times, angle, contact.start)
        if flat.size and not isnan(at) and not np.isnan(flat).all():
            value = at - float(np.nanmedian(flat))
            readings.append(Reading(contact.side, stride.number(contact.start), value, FOOT_ERROR, contact.start))
    return readings


def _sole(profile: Profile, side: Side) -> Floats:
    toe, heel = profile.toes[side], profile.heels[side]
    return np.asarray(np.degrees(np.arctan2(toe.y - heel.y, toe.x - heel.x)))


def _arriving(times: Floats, values: Floats, when: float) -> float:
    """What a series comes to at an instant: the straight line through the ARRIVAL seconds before it, drawn on.

    Joints turn abruptly as a foot comes down, so what follows, and any filter, would blur it. Where there is only one
    frame, straight between it and the next; NaN without one.
    """
    before = (times <= when) & (times >= when - half_width(times, ARRIVAL)) & ~np.isnan(values)
    if before.sum() >= 2:
        return float(np.polyfit(times[before] - when, values[before], 1)[1])
    return float(np.interp(when, times, values)) if before.any() else float("nan")


def at_contact(body: Body, segment: Segment, joint: str, stride: Strides) -> list[Reading]:
    """Degrees of a joint when its foot comes down, from the points as decoded."""
    points = np.where(body.reliable[segment.frames, :, None], body.raw.points[segment.frames], np.nan)
    outward = -1.0 if segment.facing is Facing.LEFT else 1.0
    series = {side: limbs(points, side, outward).series()[SERIES[joint]] for side in SIDES}
    landed = [(c.side, c.start, _arriving(stride.times, series[c.side], c.start)) for c in stride.landed()]
    return [
        Reading(side, stride.number(when), value, JOINT_ERROR[joint], when)
        for side, when, value in landed
        if not isnan(value)
    ]
