"""What all layers go by: the points in pixels of the pictures drawn on, and how large things are drawn there."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from jobs.video.overlay.lettering import Lettering
from motion.analysis import Analysis
from motion.body.landmarks import Flags, Floats, Point
from motion.body.segment import Segment
from motion.lifting.bar import near_side
from motion.metric import Side

LETTERS: Final = 0.026
"""Height of letters in shorter sides of the picture."""

SMALLEST: Final = 11
"""Pixels below which letters cannot be read."""

THICK_OF_TRUNK: Final = 0.055
"""A bone's thickness in trunk lengths."""

THICK_OF_PICTURE: Final = 0.0065
"""A bone's thickness in shorter sides of the picture, at most."""

FRACTION_BITS: Final = 4

_NOWHERE: Final = -1


@dataclass(frozen=True, slots=True)
class Scene:
    """An analysis in pixels of pictures (height, width, 3).

    `points` (n, 33, 2): NaN where not measured. `fixed`: the same in 1/16 pixels, as OpenCV takes fractions; `known`
    (n, 33). `trunk`: its median length in pixels. `thick`: pixels of a near bone. `segment_of` (n): the number of each
    frame's segment, −1 outside.
    """

    analysis: Analysis
    width: int
    height: int
    points: Floats
    fixed: NDArray[np.int32]
    known: Flags
    trunk: float
    thick: int
    letters: Lettering
    segment_of: NDArray[np.intp]

    @classmethod
    def of(cls, analysis: Analysis, width: int, height: int) -> Self:
        """The scene for pictures of a size."""
        drawn = analysis.drawn
        points = drawn.points * [width / drawn.width, height / drawn.height]
        trunk, shorter = _trunk(points), min(width, height)
        return cls(
            analysis=analysis,
            width=width,
            height=height,
            points=points,
            fixed=fixed(points),
            known=np.asarray(~np.isnan(points).any(axis=2)),
            trunk=trunk,
            thick=max(2, round(min(THICK_OF_TRUNK * trunk, THICK_OF_PICTURE * shorter))),
            letters=Lettering(max(SMALLEST, round(LETTERS * shorter))),
            segment_of=_segment_of(analysis, len(points)),
        )

    @property
    def times(self) -> Floats:
        """(n): seconds."""
        return self.analysis.body.raw.times

    def segment(self, index: int) -> Segment | None:
        """The segment that a frame is in."""
        number = int(self.segment_of[index])
        return None if number == _NOWHERE else self.analysis.body.segments[number]

    def near(self, index: int) -> Side | None:
        """The side towards the camera, where the film shows a side."""
        segment = self.segment(index)
        return None if segment is None else near_side(segment)


def fixed(points: Floats) -> NDArray[np.int32]:
    """Pixels with fractions, as OpenCV takes them; 0 where unknown, and cut off far outside the picture."""
    return np.asarray(np.round(np.clip(np.nan_to_num(points), -1e5, 1e5) * 2**FRACTION_BITS), dtype=np.int32)


def _trunk(points: Floats) -> float:
    """The median distance of shoulder and hip, 0 if they were never seen."""
    sides = points[:, [Point.LEFT_SHOULDER, Point.RIGHT_SHOULDER]] - points[:, [Point.LEFT_HIP, Point.RIGHT_HIP]]
    lengths = np.linalg.norm(sides, axis=2)
    return float(np.median(lengths[~np.isnan(lengths)])) if not np.isnan(lengths).all() else 0.0


def _segment_of(analysis: Analysis, frames: int) -> NDArray[np.intp]:
    numbers = np.full(frames, _NOWHERE)
    for number, segment in enumerate(analysis.body.segments):
        numbers[segment.frames] = number
    return numbers
