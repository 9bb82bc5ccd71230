"""What is to be said of a run beside its values."""

from collections.abc import Iterator, Sequence

import numpy as np

from motion.body.segment import Segment, View
from motion.metric import Metric
from motion.running.metrics import Row, within_frame_error
from motion.running.strides import Strides

FEW_STRIDES = 3
SYMMETRIC = ("step_time", "contact_time", "flight_time")
"""The times that left and right are compared by."""

PLAUSIBLE = {
    "cadence": (120.0, 260.0),
    "contact_time": (0.08, 0.9),
    "flight_time": (0.0, 0.25),
    "duty_factor": (0.15, 0.75),
    "vertical_oscillation": (0.01, 0.18),
    "vertical_ratio": (2.0, 20.0),
    "speed": (0.4, 12.5),
    "step_length": (0.2, 2.8),
    "foot_strike_angle": (-40.0, 45.0),
    "knee_at_contact": (-5.0, 60.0),
    "trunk_lean": (-15.0, 45.0),
}
"""Limits of running beyond which a value is called implausible; ours."""

WALKING = {**PLAUSIBLE, "cadence": (50.0, 160.0)}
"""The same of walking."""


def notes_on_strides(stride: Strides, times: Sequence[Row]) -> Iterator[str]:
    """Too few of them, walking, and differences of left and right that are less than a frame."""
    if stride.count < FEW_STRIDES:
        yield "few_strides"
    if stride.walking:
        yield "walking"
    gap = float(np.median(np.diff(stride.times)))
    for row in times:
        if row.name in SYMMETRIC and within_frame_error(row, gap):
            yield f"within_frame_error:{row.name}_symmetry"


def notes_on_values(values: Sequence[Metric], segment: Segment, walking: bool = False) -> Iterator[str]:
    """What is to be said of the session's values."""
    limits = WALKING if walking else PLAUSIBLE
    for metric in values:
        if metric.rep is not None or metric.value is None:
            continue
        least, most = limits.get(metric.name.removeprefix(f"{metric.side}_"), (-np.inf, np.inf))
        if not least <= metric.value <= most:
            yield f"implausible:{metric.name}"
        if segment.view is View.OBLIQUE:
            yield f"oblique:{metric.name}"
        elif segment.near is not None and metric.name.endswith("_symmetry"):
            yield f"one_side:{metric.name}"
        elif segment.near is not None and metric.side not in (None, segment.near):
            yield f"far_side:{metric.name}"
