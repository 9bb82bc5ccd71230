"""A measured number, what it is worth, and why it is missing where it is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Side = Literal["left", "right"]


class Reason(StrEnum):
    """Why a metric is null."""

    NOT_VISIBLE = "not_visible"
    WRONG_VIEW = "wrong_view"
    LOW_VISIBILITY = "low_visibility"
    NO_SCALE = "no_scale"
    TOO_FEW = "too_few"
    FRAME_RATE = "frame_rate"
    CAMERA_MOVED = "camera_moved"
    NO_MASS = "no_mass"
    NO_BASELINE = "no_baseline"
    DEGENERATE = "degenerate"
    ANOTHER_PERSON = "another_person"


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of a session (`rep` None) or of one repetition (`rep` from 1).

    `unit` is one of degrees, s, ms, m, m/s, W, kg, steps/min, %, ratio, leg lengths, leg lengths/s, index, count.
    `confidence` 0 to 1; `uncertainty` in the metric's unit, one standard deviation, or None where none is stated.
    `value` is None exactly where `reason` says why.
    """

    name: str
    value: float | None
    unit: str
    confidence: float = 0.0
    uncertainty: float | None = None
    reason: Reason | None = None
    side: Side | None = None
    rep: int | None = None

    def __post_init__(self) -> None:
        if (self.value is None) != (self.reason is not None):
            raise ValueError(f"metric {self.name}: a value, or the reason why there is none, not both")


def missing(name: str, unit: str, reason: Reason, *, side: Side | None = None, rep: int | None = None) -> Metric:
    """A metric that could not be measured."""
    return Metric(name, None, unit, reason=reason, side=side, rep=rep)
