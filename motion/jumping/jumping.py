"""Jumps: how high, how long in the air and on the floor, how quickly taken off, and the phases of each."""

from collections.abc import Sequence
from math import isnan

import numpy as np

from motion.body.body import Body
from motion.body.confidence import confidence
from motion.body.landmarks import Point
from motion.body.profile import LEG, TOES, path
from motion.body.scale import pixel_stature, pixels_per_metre
from motion.body.segment import View
from motion.findings import Findings
from motion.jumping.flight import Heights, Jump, jumps
from motion.jumping.phases import Movement, movement, phases
from motion.jumping.quantities import COUNTERMOVEMENT, DROP, Quantities, Take, free_fall_metre
from motion.metric import Reason, missing
from motion.readings import Limits, metrics_of, notes
from motion.request import Exercise, Request

PLAUSIBLE: Limits = {
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
    worth = [_worth(body, take.move) for take in takes]
    metrics = tuple(
        metric
        for name, (unit, measure) in quantities.items()
        for metric in metrics_of(name, unit, [measure(take) for take in takes], worth)
    )
    oblique = _view(body, takes[0].move) is View.OBLIQUE
    return Findings(
        metrics=metrics,
        phases=tuple(phase for rep, take in enumerate(takes, 1) for phase in phases(take.move, rep, drop)),
        repetitions=len(found),
        notes=(_method(takes[0]), *notes(metrics, PLAUSIBLE, oblique=oblique)),
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


def _method(take: Take) -> str:
    return f"height_method:{'displacement' if take.by_stature and not take.moved else 'flight_time'}"
