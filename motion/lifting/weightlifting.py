"""Snatch, clean, and clean and jerk, seen from the side: the bar's way and the lifter's, repetition by repetition."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import isnan, sqrt

import numpy as np

from motion.body.body import Body
from motion.body.confidence import confidence
from motion.body.profile import LEG
from motion.body.scale import pixel_stature, pixels_per_metre
from motion.body.segment import Segment, View
from motion.findings import Findings, Phase
from motion.lifting.bar import Lifter, lifter, near_side
from motion.lifting.phases import jerk, phases, pulls
from motion.lifting.quantities import JERK_QUANTITIES, QUANTITIES, Lift, Quantity, velocity_loss
from motion.metric import Metric, Reason, missing
from motion.readings import IN_LEGS, metric, metrics_of, notes
from motion.request import Exercise, Request

WORTH = {View.SAGITTAL: 1.0, View.OBLIQUE: 0.5, View.FRONTAL: 0.0}
"""What a view is worth for a lift."""

LOSS = "velocity_loss"

SHOWN_IN: Mapping[str, tuple[str, ...]] = {
    "second_pull": ("peak_velocity", "mean_power"),
    "peak_velocity": ("peak_velocity",),
    "turnover": ("max_height", "horizontal_deviation"),
    "peak_height": ("max_height", "horizontal_deviation"),
    "catch": ("drop", "depth"),
    "dip": ("jerk_depth",),
    "drive": ("jerk_peak_velocity",),
    "jerk_catch": ("jerk_max_height",),
}
"""Phase -> the metrics of its repetition that are about it."""


def findings(body: Body, request: Request) -> Findings:
    """Metrics of every repetition, their medians as the session's, velocity_loss of the session, and phases.

    Definitions: `motion.lifting.quantities`; `jerk_…` for the clean and jerk only. Lengths and speeds without a scale
    are null, and follow as `<name>_leg_lengths`. They come from the longest segment seen from the side, else at an
    angle (notes `oblique:<metric>`); seen from the front, repetitions are counted and everything else is null.
    """
    quantities = {**QUANTITIES, **(JERK_QUANTITIES if request.exercise is Exercise.CLEAN_AND_JERK else {})}
    segment = max(body.segments, key=lambda one: (WORTH[one.view], one.last - one.first), default=None)
    stature = pixel_stature(body)
    seen = None if segment is None or isnan(stature) else lifter(body, segment, stature)
    if segment is None or seen is None:
        return _nothing(quantities, Reason.NOT_VISIBLE)
    lifts = _lifts(body, request, seen)
    if not lifts:
        return _nothing(quantities, Reason.WRONG_VIEW if segment.view is View.FRONTAL else Reason.TOO_FEW)
    metrics = tuple(_metrics(body, segment, quantities, lifts))
    if segment.view is View.FRONTAL:
        metrics = _nothing(quantities, Reason.WRONG_VIEW).metrics
    return Findings(
        metrics=metrics,
        phases=tuple(phase for rep, lift in enumerate(lifts, 1) for phase in _phases(lift, rep, metrics)),
        repetitions=len(lifts),
        notes=tuple(notes(metrics, {}, oblique=segment.view is View.OBLIQUE)),
    )


def _nothing(quantities: Mapping[str, Quantity], reason: Reason) -> Findings:
    units = {**{name: quantity.unit for name, quantity in quantities.items()}, LOSS: "%"}
    return Findings(tuple(missing(name, unit, reason) for name, unit in units.items()))


def _lifts(body: Body, request: Request, seen: Lifter) -> list[Lift]:
    metre = pixels_per_metre(body, request)
    both = request.exercise is Exercise.CLEAN_AND_JERK
    return [
        Lift(
            lifter=seen,
            pull=pull,
            jerk=jerk(seen, pull) if both else None,
            metre=float("nan") if metre is None else metre,
            leg=LEG * seen.stature,
            moved=body.camera_moved,
            mass=request.barbell_mass,
        )
        for pull in pulls(seen)
    ]


def _metrics(
    body: Body, segment: Segment, quantities: Mapping[str, Quantity], lifts: Sequence[Lift]
) -> Iterator[Metric]:
    for name, quantity in quantities.items():
        worth = [_worth(body, segment, lift, quantity) for lift in lifts]
        values = [quantity.measure(lift) for lift in lifts]
        yield from metrics_of(name, quantity.unit, values, worth)
        if name == "mean_velocity":
            yield metric(LOSS, "%", velocity_loss(list(lifts)), float(np.median(worth)))


def _worth(body: Body, segment: Segment, lift: Lift, quantity: Quantity) -> float:
    """Confidence in one quantity of one lift."""
    near = near_side(segment)
    sides = (0, 1) if near is None else (int(near == "right"),)
    points = [left + side for left in quantity.points for side in sides]
    inside = lift.lifter.span(lift.pull.lift_off, lift.pull.standing if lift.jerk is None else lift.jerk.standing)
    frames = slice(segment.first + inside.start, segment.first + inside.stop)
    return confidence(body, frames, points, WORTH[segment.view], events=quantity.events)


def _phases(lift: Lift, rep: int, metrics: Sequence[Metric]) -> Iterator[Phase]:
    """The lift's phases, each with how long it lasts and the metrics that are about it."""
    own = {one.name: one for one in metrics if one.rep == rep}
    for phase in phases(lift.pull, lift.jerk, rep):
        duration = Metric("duration", phase.end - phase.start, "s", 1.0, lift.lifter.gap / sqrt(6), rep=rep)
        names = [full for name in SHOWN_IN.get(phase.name, ()) for full in (name, f"{name}{IN_LEGS}")]
        yield replace(phase, metrics=(duration, *(own[name] for name in names if name in own)))
