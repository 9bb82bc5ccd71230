"""Which frames of a film are shown as pictures, and what those pictures are called."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from motion.analysis import Analysis
from motion.body.segment import Facing, View
from motion.findings import Phase
from motion.request import Exercise

PICTURED: Final = 10
"""Repetitions that get pictures; more are looked at by nobody."""

SHOWN: Final = {"left": "bottom", "right": "bottom", "front": "descent"}
"""The phase in whose picture a view's numbers are read: flexion at the lowest point, knees half-way down."""

_FACINGS: Final = {
    "left": (View.SAGITTAL, {Facing.LEFT}),
    "right": (View.SAGITTAL, {Facing.RIGHT}),
    "front": (View.FRONTAL, {Facing.FRONT, Facing.BACK}),
}
"""What shows a side: someone who looks to the left of the picture turns the left side to the camera."""


def phase_names(analysis: Analysis) -> dict[tuple[int, str], str]:
    """(repetition, phase) -> name of its picture, of the first repetitions."""
    return {(one.rep, one.name): _phase_name(one) for one in _phases(analysis)}


def view_names(analysis: Analysis) -> dict[str, str]:
    """View -> name of its picture, of the overhead squat's views that were filmed."""
    return {view: _view_name(view) for view, _ in _views(analysis)}


def pictured(analysis: Analysis) -> Iterator[tuple[str, int]]:
    """Every picture's name and the index of the analysed frame that it shows."""
    for phase in _phases(analysis):
        yield _phase_name(phase), _index(analysis, phase)
    for view, phase in _views(analysis):
        yield _view_name(view), _index(analysis, phase)


def _phase_name(phase: Phase) -> str:
    return f"{phase.rep}-{phase.name}.png"


def _view_name(view: str) -> str:
    return f"{view}.png"


def _phases(analysis: Analysis) -> list[Phase]:
    return [phase for phase in analysis.findings.phases if phase.rep <= PICTURED]


def _views(analysis: Analysis) -> Iterator[tuple[str, Phase]]:
    """The first repetition's phase in each view of the squat that was filmed."""
    if analysis.request.exercise is not Exercise.OVERHEAD_SQUAT:
        return
    for name, (view, facings) in _FACINGS.items():
        phases = [phase for phase in analysis.findings.phases if phase.name == SHOWN[name]]
        spans = [one.frames for one in analysis.body.segments if one.view is view and one.facing in facings]
        inside = [one for one in phases if any(s.start <= _index(analysis, one) < s.stop for s in spans)]
        if inside:
            yield name, inside[0]


def _index(analysis: Analysis, phase: Phase) -> int:
    """The analysed frame nearest to a phase's picture."""
    return int(np.abs(analysis.body.raw.times - phase.picture).argmin())
