"""Jumps: how high, how long in the air and on the floor, how quickly taken off, and the phases of each."""

from collections.abc import Iterator, Mapping, Sequence
from math import isnan

import numpy as np

from motion.body.body import Body
from motion.body.confidence import confidence
from motion.body.landmarks import Point
from motion.body.profile import IN_LEGS, LEG, TOES, path
from motion.body.scale import pixel_stature, pixels_per_metre
from motion.body.segment import View
from motion.findings import Findings
from motion.jumping.flight import Heights, Jump, jumps
from motion.jumping.phases import Movement, movement, phases
from motion.jumping.quantities import COUNTERMOVEMENT, DROP, Quantities, Take, Value, free_fall_metre
from motion.metric import Metric, Reason, missing
from motion.request import Exercise, Request

PLAUSIBLE: Mapping[str, tuple[float, float]] = {
    "jump_height": (0.03, 1.0),
    "hip_rise": (0.03, 1.3),
    "flight_time": (0.1, 0.95),
    "contact_time": (0.1, 1.5),
    "time_to_takeoff": (0.2, 2.0),
    "depth": (0.03, 0.8),
    "peak_velocity": (0.5, 4.6),
    "rsi": (0.05, 5.0),
    "mrsi": (0.03, 2.0),
    "peak_power": (200.0, 12000.0),
}
"""Limits beyond which a value is called implausible; ours, a little wider than the best of athletes."""

OBLIQUE = 0.5
"""What a view at an angle is worth; heights show alike from the front and from the side."""

_HIPS, _SHOULDERS = (Point.LEFT_HIP, Point.RIGHT_HIP), (Point.LEFT_SHOULDER, Point.RIGHT_SHOULDER)
_POINTS = (*_HIPS, *TOES.values())


def findings(body: Body, request: Request) -> Findings:
    """Metrics of every jump, their medians as the session's, and phases.

    Countermovement Jump: jump_height, hip_rise, depth (m), flight_time, time_to_takeoff (s), peak_velocity, mrsi (m/s),
    peak_power (W). Drop Jump: contact_time (s) and rsi (m/s) in place of the last three but peak_velocity. Definitions:
    `motion.jumping.quantities`. Notes: `height_method:displacement` or `height_method:flight_time`,
    `implausible:<metric>`, `oblique:<metric>`.
    """
    drop = request.exercise is Exercise.DROP_JUMP
    quantities = DROP if drop else COUNTERMOVEMENT
    stature = pixel_stature(body)
    if isnan(stature):
        return _nothing(quantities, Reason.NOT_VISIBLE)
    heights = heights_of(body, stature)
    found = jumps(heights)
    if not found:
        return _nothing(quantities, Reason.TOO_FEW)
    takes = _takes(body, request, heights, found)
    metrics = list(_metrics(quantities, takes, [_worth(body, take.move) for take in takes]))
    return Findings(
        metrics=tuple(metrics),
        phases=tuple(phase for rep, take in enumerate(takes, 1) for phase in phases(take.move, rep, drop)),
        repetitions=len(found),
        notes=(_method(takes[0]), *_notes(metrics, _view(body, takes[0].move))),
    )


def heights_of(body: Body, stature: float) -> Heights:
    """The heights that jumps are found in: hips and shoulders filtered, toes as decoded, for their edges are sharp."""
    hip, shoulder = (-body.filtered.between(*pair)[:, 1] for pair in (_HIPS, _SHOULDERS))
    whole = slice(0, body.raw.times.size)
    toes = {side: path(body, point, whole).y for side, point in TOES.items()}
    return Heights(body.raw.times, hip, shoulder, toes, stature)


def _nothing(quantities: Quantities, reason: Reason) -> Findings:
    return Findings(tuple(missing(name, unit, reason) for name, (unit, _) in quantities.items()))


def _takes(body: Body, request: Request, heights: Heights, found: Sequence[Jump]) -> list[Take]:
    """Each jump with the frames since the lowest after the one before and until the lowest before the next."""
    since = [0, *(jump.after for jump in found)]
    until = [*(jump.before for jump in found[1:]), heights.times.size - 1]
    metre = pixels_per_metre(body, request)
    around = zip(found, since, until, strict=False)
    return [_take(body, request, heights, metre, jump, (first, last)) for jump, first, last in around]


def _take(
    body: Body, request: Request, heights: Heights, by_stature: float | None, jump: Jump, own: tuple[int, int]
) -> Take:
    """A jump and its quantities' ground; its `own` frames, first and last."""
    metre = free_fall_metre(body, jump) if by_stature is None else by_stature
    return Take(
        move=movement(heights, jump, own, metre, drop=request.exercise is Exercise.DROP_JUMP),
        times=heights.times,
        metre=metre,
        by_stature=by_stature is not None,
        leg=LEG * heights.stature,
        moved=body.camera_moved,
        mass=request.weight_kg,
    )


def _worth(body: Body, move: Movement) -> float:
    """Confidence in one jump, from its onset, or its take-off where there is none, to its landing."""
    begin = move.take_off if isnan(move.onset) else move.onset
    frames = np.flatnonzero((body.raw.times >= begin) & (body.raw.times <= move.landing))
    return confidence(body, frames, _POINTS, OBLIQUE if _view(body, move) is View.OBLIQUE else 1.0, events=True)


def _view(body: Body, move: Movement) -> View | None:
    at = int(np.searchsorted(body.raw.times, move.take_off))
    return next((segment.view for segment in body.segments if segment.first <= at <= segment.last), None)


def _metrics(quantities: Quantities, takes: Sequence[Take], worth: Sequence[float]) -> Iterator[Metric]:
    for name, (unit, measure) in quantities.items():
        values = [measure(take) for take in takes]
        yield from _of(name, unit, values, worth)
        in_legs = [value._replace(number=value.legs, error=None) for value in values]
        if all(isnan(value.number) for value in values) and not all(isnan(value.number) for value in in_legs):
            yield from _of(name + IN_LEGS, unit.replace("m", "leg lengths", 1), in_legs, worth)


def _of(name: str, unit: str, values: Sequence[Value], worth: Sequence[float]) -> Iterator[Metric]:
    """The session's metric, the median of the jumps', and each jump's own."""
    each = [
        _metric(name, unit, value, share, rep) for rep, (value, share) in enumerate(zip(values, worth, strict=True), 1)
    ]
    known = [metric for metric in each if metric.value is not None]
    if known:
        middle = float(np.median([metric.value for metric in known]))
        errors = [metric.uncertainty for metric in known if metric.uncertainty is not None]
        error = float(np.median(errors)) if errors else None
        yield Metric(name, middle, unit, float(np.median([metric.confidence for metric in known])), error)
    else:
        yield missing(name, unit, each[0].reason or Reason.TOO_FEW)
    yield from each


def _metric(name: str, unit: str, value: Value, worth: float, rep: int) -> Metric:
    if isnan(value.number):
        return missing(name, unit, value.reason, rep=rep)
    return Metric(name, value.number, unit, worth, value.error, rep=rep)


def _method(take: Take) -> str:
    return f"height_method:{'displacement' if take.by_stature and not take.moved else 'flight_time'}"


def _notes(metrics: Sequence[Metric], view: View | None) -> Iterator[str]:
    """What is to be said of the session's values."""
    for metric in metrics:
        if metric.rep is not None or metric.value is None:
            continue
        least, most = PLAUSIBLE.get(metric.name, (-np.inf, np.inf))
        if not least <= metric.value <= most:
            yield f"implausible:{metric.name}"
        if view is View.OBLIQUE:
            yield f"oblique:{metric.name}"
