"""Where a point that coaches watch has been: the bar in lifts, the hips in jumps, the toes in running."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from jobs.video.film import Picture
from jobs.video.overlay.palette import EDGE, MIDDLE, TRACE, Colour
from jobs.video.overlay.scene import FRACTION_BITS, Scene, fixed
from motion.analysis import Analysis
from motion.body.landmarks import Floats, Point
from motion.body.segment import Segment, View
from motion.lifting.bar import near_side, wrists
from motion.metric import Side
from motion.request import Activity

TRACED: Final[Mapping[Activity, str]] = {
    Activity.WEIGHTLIFTING: "bar",
    Activity.JUMPING: "hips",
    Activity.RUNNING: "toes",
}
"""What the trace of an activity is of; mobility has none."""

LINGER: Final = 2.0
"""Seconds that a repetition's trace stays after it."""

BEHIND: Final = 1.0
"""Seconds of running that are traced."""

MOST: Final = 160
"""Points of a trace; more than that cannot be told apart."""

_THICK: Final = 0.5
"""A trace's thickness in a bone's."""

_FINE: Final = 0.2
"""A reference line's thickness in a bone's."""


def traced(analysis: Analysis) -> str | None:
    """What is traced in a film, as `word` knows it; None where the trace would say nothing.

    So where the camera moved, since places in the picture then mean nothing; and toes are traced from the side only.
    """
    views = {segment.view for segment in analysis.body.segments}
    aside = analysis.request.activity is Activity.RUNNING and View.SAGITTAL not in views
    return None if analysis.body.camera_moved or aside else TRACED.get(analysis.request.activity)


@dataclass(frozen=True, slots=True)
class _Span:
    """Seconds from the begin of a repetition to its end."""

    begin: float
    end: float


class Traces:
    """Draws the trace up to a frame, where `traced` says that there is one."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._activity = scene.analysis.request.activity
        self._meant = traced(scene.analysis) is not None
        self._spans = sorted(_spans(scene), key=lambda span: span.begin)

    def draw(self, frame: Picture, index: int) -> None:
        """The trace of the frame's repetition, or of the last second of running."""
        segment = self._scene.segment(index)
        frames = None if segment is None else self._frames(index, segment)
        if segment is None or frames is None or not self._meant:
            return
        path = self._path(segment)[frames]
        self._reference(frame, path)
        self._line(frame, path, TRACE, max(1, round(_THICK * self._scene.thick)))

    def _frames(self, index: int, segment: Segment) -> slice | None:
        times = self._scene.times
        span = self._span(float(times[index]), near_side(segment))
        if span is None:
            return None
        first, after = np.searchsorted(times, [span.begin, span.end]).tolist()
        return slice(max(first, segment.first), min(after, index) + 1)

    def _span(self, time: float, side: Side | None) -> _Span | None:
        if self._activity is Activity.RUNNING:
            return _Span(time - BEHIND, time) if side else None
        begun = [span for span in self._spans if span.begin <= time <= span.end + LINGER]
        return begun[-1] if begun else None

    def _path(self, segment: Segment) -> Floats:
        """(n, 2): of the bar, the middle of the hips, or the near toe."""
        followed: tuple[Point, ...] = (Point.LEFT_HIP, Point.RIGHT_HIP)
        if self._activity is Activity.WEIGHTLIFTING:
            followed = wrists(segment)
        elif self._activity is Activity.RUNNING:
            followed = (Point.LEFT_TOE if near_side(segment) == "left" else Point.RIGHT_TOE,)
        return np.asarray(self._scene.points[:, list(followed)].mean(axis=1))

    def _reference(self, frame: Picture, path: Floats) -> None:
        """What the trace is judged by: the plumb line over the bar's start, the hips' height in standing."""
        known = path[~np.isnan(path).any(axis=1)]
        if len(known) == 0:
            return
        start, half = known[0], 0.5 * self._scene.trunk
        fine = max(1, round(_FINE * self._scene.thick))
        if self._activity is Activity.WEIGHTLIFTING:
            self._line(frame, np.array([start, [start[0], known[:, 1].min()]]), MIDDLE, fine)
        elif self._activity is Activity.JUMPING:
            self._line(frame, start + np.array([[-half, 0.0], [half, 0.0]]), MIDDLE, fine)

    def _line(self, frame: Picture, path: Floats, colour: Colour, thick: int) -> None:
        """The path where it is known, in pieces."""
        path = path[:: max(1, -(-len(path) // MOST))]
        unknown = np.isnan(path).any(axis=1)
        pieces = [fixed(piece[~np.isnan(piece).any(axis=1)]) for piece in np.split(path, np.flatnonzero(unknown))]
        pieces = [piece for piece in pieces if len(piece) > 1]
        cv2.polylines(frame, pieces, False, EDGE, thick + max(2, thick // 2), cv2.LINE_8, FRACTION_BITS)
        cv2.polylines(frame, pieces, False, colour, thick, cv2.LINE_AA, FRACTION_BITS)


def _spans(scene: Scene) -> Iterator[_Span]:
    phases = scene.analysis.findings.phases
    for rep in {phase.rep for phase in phases}:
        own = [phase for phase in phases if phase.rep == rep]
        yield _Span(min(phase.start for phase in own), max(phase.end for phase in own))
