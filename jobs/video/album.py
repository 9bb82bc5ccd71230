"""The pictures of an analysis, kept while its overlay video is drawn: no film is decoded once more for them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from jobs.video.drawing import Drawer
from jobs.video.film import Picture
from motion.analysis import Analysis
from motion.body.segment import Facing, View
from motion.findings import Phase
from motion.request import Exercise

PICTURED: Final = 10
"""Repetitions that get pictures; more are looked at by nobody."""

LONG_SIDE: Final = 960
"""Pixels: as large as pages show them."""

SHOWN: Final = {"left": "bottom", "right": "bottom", "front": "descent"}
"""The phase in whose picture a view's numbers are read: flexion at the lowest point, knees half-way down."""

_FACINGS: Final = {
    "left": (View.SAGITTAL, {Facing.LEFT}),
    "right": (View.SAGITTAL, {Facing.RIGHT}),
    "front": (View.FRONTAL, {Facing.FRONT, Facing.BACK}),
}
"""What shows a side: someone who looks to the left of the picture turns the left side to the camera."""


class Album:
    """A drawer that keeps some of the pictures it draws as PNG files, by the index of the analysed frame."""

    def __init__(self, drawer: Drawer, kept: Mapping[int, list[Path]]) -> None:
        self._drawer, self._kept = drawer, kept

    def draw(self, frame: Picture, index: int) -> None:
        """Draws, and keeps the first picture of an index that is wanted."""
        self._drawer.draw(frame, index)
        for file in self._kept.get(index, []):
            if not file.exists():
                write_png(file, frame)


def write_png(file: Path, picture: Picture) -> None:
    """The picture (h, w, 3) RGB as a PNG file, its long side at most LONG_SIDE."""
    height, width = picture.shape[:2]
    scale = min(1.0, LONG_SIDE / max(height, width))
    smaller = cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".png", cv2.cvtColor(smaller, cv2.COLOR_RGB2BGR))
    file.write_bytes(encoded.tobytes())


def phase_names(analysis: Analysis) -> dict[tuple[int, str], str]:
    """(repetition, phase) -> name of its picture, of the first repetitions."""
    return {(one.rep, one.name): f"{one.rep}-{one.name}.png" for one in _pictured(analysis)}


def view_names(analysis: Analysis) -> dict[str, str]:
    """View -> name of its picture, of the overhead squat's views that were filmed."""
    return {view: f"{view}.png" for view, _ in _views(analysis)}


def kept(analysis: Analysis, folder: Path) -> dict[int, list[Path]]:
    """Index of an analysed frame -> the files in `folder` that it is kept in."""
    files: dict[int, list[Path]] = {}
    for one in _pictured(analysis):
        files.setdefault(_index(analysis, one), []).append(folder / f"{one.rep}-{one.name}.png")
    for view, phase in _views(analysis):
        files.setdefault(_index(analysis, phase), []).append(folder / f"{view}.png")
    return files


def _pictured(analysis: Analysis) -> list[Phase]:
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
