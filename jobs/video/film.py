"""A video file as it was probed: what decoding needs to know before the first picture."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_TURNS: Final = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True, slots=True)
class Turn:
    """How a stored picture becomes upright: first flipped left to right, then turned clockwise by quarters."""

    quarters: int = 0
    flipped: bool = False

    @classmethod
    def of_matrix(cls, matrix: NDArray[np.int32]) -> Self:
        """From a display matrix (9 numbers, 16.16 fixed point; ISO 14496-12, 8.2.2), to the nearest quarter turn.

        x' = a·x + c·y, y' = b·x + d·y with y down. A matrix that turns nothing into something is taken for none.
        """
        a, b, c, d = (float(matrix[i]) for i in (0, 1, 3, 4))
        determinant = a * d - b * c
        if determinant == 0:
            return cls()
        sign = 1.0 if determinant > 0 else -1.0
        cosine, sine = sign * a + d, sign * b - c
        return cls(round(np.arctan2(sine, cosine) / (np.pi / 2)) % 4, sign < 0)

    @property
    def swaps(self) -> bool:
        """Whether width and height change places."""
        return self.quarters % 2 == 1

    def __call__(self, picture: Picture) -> Picture:
        """The upright picture; the same one where nothing is to do."""
        upright: Any = cv2.flip(picture, 1) if self.flipped else picture
        return np.asarray(cv2.rotate(upright, _TURNS[self.quarters]) if self.quarters else upright)


@dataclass(frozen=True, slots=True)
class Film:
    """One video stream of a file.

    `stored`: width and height as decoded, with square pixels; `turn` makes it upright. `rate`: frames per second by
    the median interval of the container's times; `seconds` from the first frame's time to the last's end; `frames`: how
    many the container holds. `stamps`: every frame's time in `time_base`, rising; empty where the container does not
    say all of them surely, so that the film cannot be entered in its middle. `keys`: those that decoding can start at.
    """

    path: str
    stored: tuple[int, int]
    turn: Turn
    rate: float
    seconds: float
    frames: int
    time_base: Fraction
    stamps: tuple[int, ...] = ()
    keys: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        """Pixels across, upright."""
        return self.stored[1] if self.turn.swaps else self.stored[0]

    @property
    def height(self) -> int:
        """Pixels down, upright."""
        return self.stored[0] if self.turn.swaps else self.stored[1]
