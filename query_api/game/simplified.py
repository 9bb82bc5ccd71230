"""A path in space with fewer points: Ramer–Douglas–Peucker, compiled.

Of the points between two that stay, the one furthest from the straight line between them stays as well, if it is
further than the tolerance. Libraries that do this (GEOS, OpenCV) measure in the plane, so that stairs
would become a line.
Source: Douglas, Peucker: Algorithms for the reduction of the number of points required to represent a digitized line
(1973); the distance is that from the segment.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


def simplified(points: NDArray[np.float64], runs: NDArray[np.int64], tolerance: float) -> NDArray[np.bool_]:
    """(N): which points (N, 3) stay of each run of them by itself; `runs` (N) numbers the runs, rising."""
    ends = np.flatnonzero(np.diff(runs, append=runs[-1:] + 1))
    return _stays(points, ends, tolerance * tolerance)


@njit(cache=True, nogil=True)
def _stays(points: NDArray[np.float64], ends: NDArray[np.int64], square: float) -> NDArray[np.bool_]:
    stays = np.zeros(len(points), np.bool_)
    # stretches that are still to be looked at; one lies within another, so there are never more than points
    firsts, lasts = np.empty(len(points) + 1, np.int64), np.empty(len(points) + 1, np.int64)
    begin = 0
    for end in ends:
        stays[begin] = stays[end] = True
        firsts[0], lasts[0], waiting = begin, end, 1
        while waiting:
            waiting -= 1
            first, last = firsts[waiting], lasts[waiting]
            furthest, distance = first, square
            for between in range(first + 1, last):
                this = _square_distance(points, between, first, last)
                if this > distance:
                    furthest, distance = between, this
            if furthest > first:
                stays[furthest] = True
                firsts[waiting], lasts[waiting] = first, furthest
                firsts[waiting + 1], lasts[waiting + 1] = furthest, last
                waiting += 2
        begin = end + 1
    return stays


@njit(cache=True, nogil=True)
def _square_distance(points: NDArray[np.float64], at: int, first: int, last: int) -> float:
    """Of a point from the segment between two others, squared."""
    along = length = 0.0
    for axis in range(3):
        step = points[last, axis] - points[first, axis]
        along += (points[at, axis] - points[first, axis]) * step
        length += step * step
    part = min(1.0, max(0.0, along / length)) if length > 0 else 0.0
    square = 0.0
    for axis in range(3):
        step = points[last, axis] - points[first, axis]
        off = points[at, axis] - points[first, axis] - part * step
        square += off * off
    return square
