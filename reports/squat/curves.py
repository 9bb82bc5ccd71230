"""The plots of a report: each group's curves with its target, the repetitions and what the camera saw."""

from typing import Final

import numpy as np

from motion.analysis import Analysis
from motion.body.landmarks import Floats
from motion.documents.info import Document
from motion.request import Request
from motion.texts import label
from motion.texts.quantity import DECIMAL_COMMA
from reports.labels import Labels
from reports.plots import Curve, Panel, Plot, Stretch, Style
from reports.squat.facts import view_name
from reports.squat.targets import AT_LEAST, BELOW, goal

_TARGETS: Final = {"hip_flexion": "hip_flexion", "knee_flexion": "knee_flexion", "ankle_dorsiflexion": "ankle_flexion"}
"""Group -> the metric whose target is drawn."""

_STYLES: Final[dict[str, Style]] = {"l": "left", "r": "right", "k": "both"}
"""By the first letter of a curve's name."""

_RATIO: Final = "knee_ratio"
_MOVEMENT: Final = "knee_movement"


def plot(analysis: Analysis, report: Document, group: str, words: Labels) -> Plot | None:
    """The plot of a group, from the report's own curves; None where they hold nothing."""
    times = np.array(report["graph_timestamps"]) / 1000
    curves = {name: np.array(values, float) for name, values in report["grouped_data"][group]["graph_data"].items()}
    if all(np.isnan(values).all() for values in curves.values()):
        return None
    made = _movement if group == _MOVEMENT else _angles
    return Plot(
        name=group,
        times=times,
        time_axis=words("plot.time"),
        panels=made(group, curves, analysis.request, words),
        repetitions=_repetitions(analysis),
        repetition_label=words("plot.repetition"),
        views=tuple(
            Stretch(float(times[one.first]), float(times[one.last]), view_name(one, words))
            for one in analysis.body.segments
        ),
        decimal_comma=words.language in DECIMAL_COMMA,
    )


def _angles(group: str, curves: dict[str, Floats], request: Request, words: Labels) -> tuple[Panel, ...]:
    axis = words("plot.angle", name=label(group, words.language))
    if group not in _TARGETS:
        return (Panel(axis, _sides(curves, words)),)
    value = AT_LEAST[_TARGETS[group]]
    return (Panel(axis, _sides(curves, words), value, words("plot.target", n=goal(value, "degrees", request))),)


def _movement(group: str, curves: dict[str, Floats], request: Request, words: Labels) -> tuple[Panel, ...]:
    """Angles and ratio have no axis in common."""
    sides = {name: values for name, values in curves.items() if name != _RATIO}
    inward, ratio = BELOW["knee_inward"], AT_LEAST[_RATIO]
    return (
        Panel(
            words("plot.inward"),
            _sides(sides, words),
            inward,
            words("plot.limit", n=goal(inward, "degrees", request)),
        ),
        Panel(
            words("plot.ratio"),
            _sides({_RATIO: curves[_RATIO]}, words),
            ratio,
            words("plot.limit", n=goal(ratio, "ratio", request)),
        ),
    )


def _sides(curves: dict[str, Floats], words: Labels) -> tuple[Curve, ...]:
    styles = {name: _STYLES[name[0]] for name in curves}
    return tuple(Curve(words(f"plot.{styles[name]}"), styles[name], values) for name, values in curves.items())


def _repetitions(analysis: Analysis) -> tuple[Stretch, ...]:
    """From the first movement down to standing again: without the phase `start`, in which nothing moves."""
    moving = [phase for phase in analysis.findings.phases if phase.name != "start"]
    numbers = sorted({phase.rep for phase in moving})
    spans = {number: [phase for phase in moving if phase.rep == number] for number in numbers}
    return tuple(
        Stretch(min(one.start for one in of), max(one.end for one in of), str(number)) for number, of in spans.items()
    )
