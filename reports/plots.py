"""Curves over time: what a plot shows."""

from dataclasses import dataclass
from typing import Final, Literal

from motion.body.landmarks import Floats
from motion.texts.quantity import MINUS

Style = Literal["left", "right", "both"]

TARGET: Final = "#009E73"
SHADE: Final = "#808890"
NUMBERED: Final = 20
"""Repetitions that are numbered at most; of more, every second, third …"""

AXIS_LETTERS: Final = 20
"""As many as fit beside the lowest panel."""

NAMEABLE: Final = 0.09
"""The share of the film that a stretch needs for its name to fit above it."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One series: `values` (n), NaN where there is none."""

    label: str
    style: Style
    values: Floats


@dataclass(frozen=True, slots=True)
class Panel:
    """Axes with curves in one unit, and a line at a target with its words."""

    axis: str
    curves: tuple[Curve, ...]
    target: float | None = None
    target_label: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span of seconds with a name: a repetition, or what the camera saw in it."""

    start: float
    end: float
    name: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Panels one below the other over the same `times` (n), seconds."""

    name: str
    times: Floats
    time_axis: str
    panels: tuple[Panel, ...]
    repetitions: tuple[Stretch, ...] = ()
    repetition_label: str = ""
    views: tuple[Stretch, ...] = ()
    decimal_comma: bool = False


def number(value: float, decimal_comma: bool) -> str:
    """A number on an axis as the language writes it."""
    written = f"{round(value, 6) + 0.0:g}".replace("-", MINUS)
    return written.replace(".", ",") if decimal_comma else written
