"""What metrics are called, how their values are written, and why they have none, each for itself."""

from motion.metric import Metric, Reason
from motion.readings import IN_LEGS
from motion.request import Language, MeasurementSystem
from motion.texts.catalogue import catalogue
from motion.texts.quantity import Quantity
from motion.texts.text import Sentence, sentence

_ENDINGS = {
    "_asymmetry": "label.asymmetry",
    "_symmetry": "label.symmetry",
    "_max": "label.most",
    "_min": "label.least",
    "_range": "label.range",
    IN_LEGS: "label.in_legs",
}
_SIDES = {"left_": "label.of_left", "right_": "label.of_right"}


def label(name: str, language: Language) -> str:
    """A metric's name as people call it; KeyError where the catalogues have none."""
    return catalogue(language).write(naming(name), MeasurementSystem.METRIC)


def amount(value: float, unit: str, language: Language, system: MeasurementSystem) -> str:
    """A number in a metric's unit as the language and the measurement system write it."""
    return catalogue(language).quantity(Quantity(value, unit), system)


def explained(reason: Reason, language: Language) -> str:
    """Why a metric has no value, in one sentence."""
    return catalogue(language).write(sentence(f"reason.{reason}"), MeasurementSystem.METRIC)


def naming(name: str) -> Sentence:
    """A metric's name before it has a language."""
    for start, key in _SIDES.items():
        if name.startswith(start):
            return sentence(key, name=naming(name.removeprefix(start)))
    for end, key in _ENDINGS.items():
        if name.endswith(end):
            return sentence(key, name=naming(name.removesuffix(end)))
    return sentence(f"name.{name}")


def base(metric: Metric) -> str:
    """The metric's name without its side, and whether in metres or in leg lengths."""
    return metric.name.removeprefix("left_").removeprefix("right_").removesuffix(IN_LEGS)
