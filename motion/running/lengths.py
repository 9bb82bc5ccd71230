"""How far a runner goes, up and down and ahead: oscillation, speed, step and stride length."""

from collections.abc import Iterator
from math import isnan

from motion.body.body import Body
from motion.body.confidence import confidence
from motion.body.profile import LEG
from motion.body.segment import Segment, View
from motion.metric import Metric, Reason, missing
from motion.readings import IN_LEGS, SCALE_ERROR
from motion.running.metrics import Row, product, whole
from motion.running.quantities import Travel, oscillations
from motion.running.runner import HIPS, WORTH, Runner

_FORWARD = {"vertical_ratio": "%", "speed": "m/s", "step_length": "m", "stride_length": "m"}


def lengths(view: Runner, step: Metric, stride: Metric, metre: float) -> Iterator[Metric]:
    """Vertical oscillation, and what needs a speed."""
    if view.body.camera_moved:
        yield from no_lengths(Reason.CAMERA_MOVED)
        return
    hip = -view.body.filtered.between(*HIPS)[view.segment.frames, 1]
    bounce = oscillations(view.profile.times, hip, view.stride.step_times(), view.profile.stature)
    pixels = whole(Row("pixels", "m", bounce, view.why_none(), sided=False), hips_worth(view.body, view.segment))
    yield from oscillation(pixels, metre, view.profile.stature)
    speed = view.travel.metres_per_second
    yield _ratio(view.travel, pixels, step)
    yield _speed(view, step)
    for name, time in (("step_length", step), ("stride_length", stride)):
        yield product(name, "m", time, speed, SCALE_ERROR, Reason.NO_SCALE)


def hips_worth(body: Body, segment: Segment) -> float:
    """Confidence in the hips' height, which the front shows as well as the side."""
    view = 1.0 if segment.view is View.FRONTAL else WORTH[segment.view]
    return confidence(body, segment.frames, HIPS, view)


def oscillation(pixels: Metric, metre: float, stature: float) -> Iterator[Metric]:
    """Vertical oscillation in metres, and where the film has none also in leg lengths."""
    yield product("vertical_oscillation", "m", pixels, 1 / metre, SCALE_ERROR, Reason.NO_SCALE)
    if isnan(metre) and pixels.value is not None:
        legs = 1 / (LEG * stature)
        yield product(f"vertical_oscillation{IN_LEGS}", "leg lengths", pixels, legs, SCALE_ERROR, Reason.NO_SCALE)


def _ratio(going: Travel, pixels: Metric, step: Metric) -> Metric:
    """Vertical oscillation ÷ step length, percent; needs a belt's speed or a scale."""
    if step.value is None:
        return missing("vertical_ratio", "%", step.reason or Reason.TOO_FEW)
    factor = going.ratio(1.0, step.value)
    return product("vertical_ratio", "%", pixels, factor, SCALE_ERROR, Reason.NO_SCALE)


def _speed(view: Runner, step: Metric) -> Metric:
    speed = view.travel.metres_per_second
    if step.value is None:
        return missing("speed", "m/s", step.reason or Reason.TOO_FEW)
    if isnan(speed):
        return missing("speed", "m/s", Reason.NO_SCALE)
    error = 0.0 if not isnan(view.travel.belt) else SCALE_ERROR * abs(speed)
    return Metric("speed", speed, "m/s", view.worth(None, events=False), error)


def no_lengths(reason: Reason) -> Iterator[Metric]:
    """All lengths, null."""
    yield missing("vertical_oscillation", "m", reason)
    yield from (missing(name, unit, reason) for name, unit in _FORWARD.items())
