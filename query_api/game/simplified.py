"""A path in space with fewer points, by Ramer–Douglas–Peucker.

Of the points between two that stay, the one furthest from the straight segment between them stays as well, if it is
further than the tolerance.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pybind11_rdp import rdp_mask

MOST_AT_ONCE: Final = 2_000
"""Points of a stretch: a path that is made to be slow costs the square of them, while no other thread can go on."""


def simplified(points: NDArray[np.float64], runs: NDArray[np.int64], tolerance: float) -> NDArray[np.bool_]:
    """(N): which points (N, 3) stay of each run of them by itself; `runs` (N) numbers the runs, rising.

    The ends of a run stay, and the ends of its stretches of MOST_AT_ONCE points.
    """
    stays = np.zeros(len(points), np.bool_)
    for begin, end in _stretches(runs):
        stays[begin:end] |= rdp_mask(points[begin:end], epsilon=tolerance, recursive=False).astype(np.bool_).ravel()
    return stays


def _stretches(runs: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Begin and end of each; neighbours in a run have one point in common."""
    ends = np.flatnonzero(np.diff(runs, append=runs[-1:] + 1)) + 1
    first = 0
    for end in ends.tolist():
        for begin in range(first, max(end - 1, first + 1), MOST_AT_ONCE - 1):
            yield begin, min(begin + MOST_AT_ONCE, end)
        first = end
