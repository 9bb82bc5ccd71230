"""Running: times of steps and contacts, foot and joints at contact, lean, oscillation, speed, symmetry.

From the side; cadence and vertical oscillation are also read from the front. Walking is recognised and measured too.
"""

from collections.abc import Iterator
from math import isnan

import numpy as np

from motion.body.body import Body
from motion.body.confidence import confidence
from motion.body.landmarks import Point
from motion.body.scale import pixel_stature, pixels_per_metre
from motion.body.segment import Segment, View
from motion.findings import Findings, Phase
from motion.metric import Metric, Reason, missing
from motion.request import Request
from motion.running.lengths import hips_worth, lengths, no_lengths, oscillation
from motion.running.metrics import Row, cadence, metrics, symmetry, whole
from motion.running.notes import FEW_STRIDES, SYMMETRIC, notes_on_strides, notes_on_values
from motion.running.quantities import LEAN_ERROR, at_contact, bounces, foot_strikes, oscillations
from motion.running.runner import HIPS, WORTH, Runner, best, runner
from motion.running.strides import Strides

DUTY_RATE = 50.0
"""Frames per second under which a share of a contact means nothing."""

STRIKE_RATE = 100.0
"""Frames per second under which a foot turns too far between two frames to tell how it lands."""

_TRUNK = (*HIPS, Point.LEFT_SHOULDER, Point.RIGHT_SHOULDER)


def findings(body: Body, request: Request) -> Findings:
    """Metrics of the longest stretch from the side (else at an angle, else from the front), contacts and flights.

    Of both feet and, as `left_…` and `right_…`, of each: step_time, stride_time, contact_time, flight_time (s),
    duty_factor (ratio), foot_strike_angle, knee_at_contact, hip_at_contact, ankle_at_contact (degrees; the ankle's is
    between foot and shank). Of the runner: cadence (steps/min), vertical_oscillation (m), vertical_ratio (%), speed
    (m/s), step_length, stride_length (m), trunk_lean (degrees, + forward), step_time_symmetry and so on (%). Values are
    medians of each side's strides. Notes: `few_strides`, `walking`, `within_frame_error:<metric>`,
    `implausible:<metric>`, `far_side:<metric>`, `one_side:<metric>` of what compares the sides, `oblique:<metric>`.
    """
    stature = pixel_stature(body)
    segment = best(body.segments)
    if segment is None or isnan(stature):
        return Findings(tuple(_nothing(Reason.NOT_VISIBLE)))
    metre = pixels_per_metre(body, request)
    scale = float("nan") if metre is None else metre
    if segment.view is View.FRONTAL:
        return _from_the_front(body, segment, stature, scale)
    return _from_the_side(runner(body, request, segment, stature, scale), scale)


def _from_the_side(view: Runner, metre: float) -> Findings:
    times, count = _time_rows(view), view.stride.count
    events = [metric for row in times for metric in metrics(row, view.worth)]
    angles = [metric for row in _angle_rows(view) for metric in metrics(row, view.worth)]
    step = whole(times[0], view.worth(None))
    values = [
        cadence(step),
        *events,
        *(symmetry(row, view.compared()) for row in times if row.name in SYMMETRIC),
        *angles,
        _lean(view),
        *lengths(view, step, whole(times[1], view.worth(None)), metre),
    ]
    return Findings(
        metrics=tuple(values),
        phases=tuple(_phases(view.stride)),
        repetitions=count,
        notes=(*notes_on_strides(view.stride, times), *notes_on_values(values, view.segment, view.stride.walking)),
    )


def _time_rows(view: Runner) -> list[Row]:
    """Step times first, then stride times."""
    stride, why = view.stride, view.why_none()
    moved = view.body.camera_moved
    on_floor = Reason.CAMERA_MOVED if moved else why
    rate = view.profile.rate
    return [
        Row("step_time", "s", stride.step_times(), why),
        Row("stride_time", "s", stride.stride_times(), why),
        Row("contact_time", "s", [] if moved else stride.contact_times(), on_floor),
        Row("flight_time", "s", [] if moved else stride.flight_times(), on_floor),
        Row("duty_factor", "ratio", [], Reason.FRAME_RATE)
        if rate < DUTY_RATE
        else Row("duty_factor", "ratio", [] if moved else stride.duty_factors(), on_floor),
    ]


def _angle_rows(view: Runner) -> list[Row]:
    why = Reason.LOW_VISIBILITY if view.stride.landed() else view.why_none()
    slow = view.profile.rate < STRIKE_RATE
    strikes = [] if slow else foot_strikes(view.profile, view.stride)
    return [
        Row("foot_strike_angle", "degrees", strikes, Reason.FRAME_RATE if slow else why),
        *(
            Row(f"{joint}_at_contact", "degrees", at_contact(view.body, view.segment, joint, view.stride), why)
            for joint in ("knee", "hip", "ankle")
        ),
    ]


def _lean(view: Runner) -> Metric:
    """Median of the trunk's lean over the strides."""
    starts = [contact.start for contact in view.stride.landed()]
    if not starts:
        return missing("trunk_lean", "degrees", view.why_none())
    frames = view.segment.frames
    inside = (view.profile.times >= min(starts)) & (view.profile.times <= max(starts))
    lean = view.body.angles["trunk_lean"][frames][inside]
    if lean.size == 0 or np.isnan(lean).mean() > 0.5:
        return missing("trunk_lean", "degrees", Reason.LOW_VISIBILITY)
    worth = confidence(view.body, frames, _TRUNK, WORTH[view.segment.view])
    return Metric("trunk_lean", float(np.nanmedian(lean)), "degrees", worth, LEAN_ERROR)


def _from_the_front(body: Body, segment: Segment, stature: float, metre: float) -> Findings:
    """Cadence and oscillation from the hips' way up and down; the rest cannot be seen."""
    hip = -body.filtered.between(*HIPS)[segment.frames, 1]
    times = body.raw.times[segment.frames]
    steps = bounces(times, hip, stature)
    worth = confidence(body, segment.frames, HIPS, events=True)
    step = whole(Row("step_time", "s", steps, sided=False), worth)
    pixels = whole(Row("pixels", "m", oscillations(times, hip, steps, stature), sided=False), hips_worth(body, segment))
    up = [missing("vertical_oscillation", "m", Reason.CAMERA_MOVED)]
    measured = [cadence(step), step, *(up if body.camera_moved else oscillation(pixels, metre, stature))]
    names = {metric.name for metric in measured}
    rest = [metric for metric in _nothing(Reason.WRONG_VIEW) if metric.name not in names]
    count = len(steps) // 2
    few = ["few_strides"] if count < FEW_STRIDES else []
    return Findings((*measured, *rest), repetitions=count, notes=(*few, *notes_on_values(measured, segment)))


def _nothing(reason: Reason) -> Iterator[Metric]:
    """Every metric, null."""
    yield missing("cadence", "steps/min", reason)
    units = dict.fromkeys(("step_time", "stride_time", "contact_time", "flight_time"), "s")
    degrees = ("foot_strike_angle", "knee_at_contact", "hip_at_contact", "ankle_at_contact")
    for name, unit in {**units, "duty_factor": "ratio", **dict.fromkeys(degrees, "degrees")}.items():
        yield from metrics(Row(name, unit, [], reason), lambda _: 0.0)
    yield from (missing(f"{name}_symmetry", "%", reason) for name in SYMMETRIC)
    yield missing("trunk_lean", "degrees", reason)
    yield from no_lengths(reason)


def _phases(stride: Strides) -> Iterator[Phase]:
    """`left_contact` and `right_contact`, pictured as the foot comes down, and `flight`, pictured half way."""
    for contact in stride.landed():
        if not isnan(contact.end):
            name = f"{contact.side}_contact"
            yield Phase(name, stride.number(contact.start), contact.start, contact.end, contact.start)
    for one in stride.flight_times():
        if one.value > 0:
            yield Phase("flight", one.rep, one.when, one.when + one.value, one.when + one.value / 2)
