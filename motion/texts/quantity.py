"""Measured numbers as people of one language and measurement system write them."""

from collections.abc import Mapping
from dataclasses import dataclass

from motion.request import MeasurementSystem

DECIMAL_COMMA = frozenset({"de", "es", "fr", "it", "ro"})
MINUS = "−"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a unit of `motion.metric.Metric`; `decimals` where the usual ones of the unit do not fit."""

    value: float
    unit: str
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Display:
    """The unit that is written, by its key in the catalogues, what to multiply by, and how many decimals it gets."""

    unit: str
    factor: float
    decimals: int


METRIC: Mapping[str, Display] = {
    "degrees": Display("degrees", 1, 1),
    "s": Display("s", 1, 3),
    "ms": Display("ms", 1, 0),
    "m": Display("cm", 100, 1),
    "distance": Display("m", 1, 0),
    "m/s": Display("m_per_s", 1, 2),
    "W": Display("W", 1, 0),
    "kg": Display("kg", 1, 1),
    "steps/min": Display("steps_per_min", 1, 0),
    "%": Display("percent", 1, 1),
    "ratio": Display("ratio", 1, 2),
    "leg lengths": Display("leg_lengths", 1, 2),
    "leg lengths/s": Display("leg_lengths_per_s", 1, 2),
    "index": Display("index", 1, 0),
    "count": Display("count", 1, 0),
}
"""By a metric's unit. "distance" is metres that stay metres, such as how far away the camera stands."""

IMPERIAL: Mapping[str, Display] = {
    **METRIC,
    "m": Display("in", 1 / 0.0254, 1),
    "distance": Display("ft", 1 / 0.3048, 0),
    "m/s": Display("ft_per_s", 1 / 0.3048, 2),
    "kg": Display("lb", 1 / 0.45359237, 1),
}
"""International inch, foot and pound (1959), exact."""


def display(unit: str, system: MeasurementSystem) -> Display:
    """How a unit is written in a measurement system."""
    return (IMPERIAL if system is MeasurementSystem.IMPERIAL else METRIC)[unit]


def vanishes(value: float, unit: str) -> bool:
    """Whether a number is zero in the decimals that its unit gets."""
    shown = METRIC[unit]
    return round(value * shown.factor, shown.decimals) == 0


def number(value: float, decimals: int, language: str) -> str:
    """The number with the language's decimal sign, and a real minus; what rounds to zero has no sign."""
    written = f"{abs(value):.{decimals}f}"
    if language in DECIMAL_COMMA:
        written = written.replace(".", ",")
    negative = value < 0 and any(digit in "123456789" for digit in written)
    return f"{MINUS}{written}" if negative else written
