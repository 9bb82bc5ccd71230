"""The example game's levels: the way through each, and what is deadly on it."""

from dataclasses import dataclass
from math import dist
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Place: TypeAlias = tuple[float, float, float]
"""x, y, z in world units (m); y is up."""

SPEED: Final = 4.0
"""Of a player, in world units a second."""
SAMPLES_A_SECOND: Final = 10
STRAYING: Final = 0.4
"""How far players stray from the way, as a standard deviation in world units."""


@dataclass(frozen=True)
class Level:
    """A way of several legs; `deadly` is how likely a leg's end kills, by the leg's number.

    load: share of the frame rate that is left here of what a machine has.
    """

    id: str
    way: tuple[Place, ...]
    deadly: dict[int, float]
    load: float

    @property
    def legs(self) -> list[tuple[Place, Place]]:
        """From where to where, in order."""
        return list(zip(self.way, self.way[1:], strict=False))


LEVELS: Final = (
    Level(
        "Training_Grounds",
        ((0, 0, 0), (12, 0, 0), (12, 0, 14), (24, 0, 14), (30, 1, 22)),
        {2: 0.05},
        load=1.0,
    ),
    Level(
        "Level_1",
        ((0, 0, 0), (0, 0, 16), (10, 2, 24), (26, 2, 24), (26, 4, 10), (40, 4, 10), (44, 0, 30)),
        {1: 0.15, 3: 0.3, 5: 0.1},
        load=0.85,
    ),
    Level(
        "Level_2",
        ((0, 8, 0), (18, 8, 6), (18, 8, 22), (36, 10, 26), (50, 10, 20), (50, 12, 44), (30, 14, 50), (8, 14, 40)),
        {0: 0.1, 2: 0.25, 4: 0.45, 6: 0.2},
        load=0.65,
    ),
)
"""In the order in which they are played."""


def seconds(leg: tuple[Place, Place]) -> float:
    """How long a player is on a leg."""
    return dist(*leg) / SPEED


def walked(random: np.random.Generator, leg: tuple[Place, Place]) -> NDArray[np.float64]:
    """Samples of a way along a leg, shape (n, 3): at its ends near them, between them a little beside the line."""
    start, end = (np.array(place) + random.normal(0, STRAYING / 2, 3) * (1, 0, 1) for place in leg)
    count = 2 + round(seconds(leg) * SAMPLES_A_SECOND)
    along = np.linspace(0, 1, count)[:, np.newaxis]
    aside = random.normal(0, STRAYING, 3) * (1, 0, 1) * np.sin(np.pi * along)
    places: NDArray[np.float64] = np.round(start + (end - start) * along + aside, 3)
    return places
