"""Frames in which the model took one limb for the other, found by how smoothly limbs move.

Limbs that cross move on as they did; limbs that are taken for each other jump to each other's place. Of all ways to
exchange the sides of some frames the cheapest is chosen (Viterbi 1967), where bending paths cost, and exchanging a
little, so that the model is believed where the paths do not tell.
"""

import numpy as np
from numpy.typing import NDArray

from motion.body.landmarks import Flags, Floats

LONGEST = 2.0
"""Seconds for which sides are exchanged at most to save two jumps; ours."""

JUMP = 4.0
"""What two clean jumps cost, in distances between the sides: each bends the path in two frames."""

CHANGE, USUAL = 0.25, 1.0
"""What it costs to begin or to end exchanging, in distances between the sides, and in usual bends of the path; ours.

The second keeps limbs that lie on each other, as seen from the side, from being exchanged to smooth noise.
"""


def swapped(times: Floats, points: Floats, other: Floats) -> Flags:
    """(n): the sides are the wrong way round, for a limb's points (n, k, 2) of both sides.

    `other` (n, k, 2): for each point the one of the other side. Frames with nobody belong together with no others.
    """
    if times.size < 3:
        return np.zeros(times.size, bool)
    bends = _bends(times, points, other)
    apart = np.nan_to_num(np.linalg.norm(points - other, axis=-1)).sum(axis=1)
    frames = LONGEST / float(np.median(np.diff(times)))
    change = CHANGE * apart + USUAL * float(np.median(bends[:, 0, 0]))
    return _cheapest(bends, JUMP / frames * float(np.median(apart)), change)


def _bends(times: Floats, points: Floats, other: Floats) -> Floats:
    """(n − 2, 2, 2): how far paths bend in a frame, with the frame before and the one after as is or exchanged."""
    step = np.diff(times)[:, None, None] / np.median(np.diff(times))
    middle = points[1:-1]
    arriving = [(middle - before[:-2]) / step[:-1] for before in (points, other)]
    leaving = [(after[2:] - middle) / step[1:] for after in (points, other)]
    lengths = [[np.linalg.norm(leave - arrive, axis=-1).sum(axis=1) for leave in leaving] for arrive in arriving]
    return np.nan_to_num(np.moveaxis(np.array(lengths), -1, 0))


def _cheapest(bends: Floats, exchanged: float, change: Floats) -> Flags:
    """(n): which frames to exchange at the least sum of bends, of `exchanged` for each, and of `change` at each end."""
    costs = _costs(bends, exchanged, change)
    # Axes: state of the frame before, state of the frame; 1 is exchanged.
    least = exchanged * np.array([[0, 1], [1, 2]]) + change[1] * np.array([[0, 1], [1, 0]])
    came_from = np.empty((len(costs), 2, 2), np.intp)
    for frame, cost in enumerate(costs):
        sums = least[:, :, None] + cost
        came_from[frame] = sums.argmin(axis=0)
        least = sums.min(axis=0)
    return _traced(came_from, int(least.argmin()))


def _costs(bends: Floats, exchanged: float, change: Floats) -> Floats:
    """(n − 2, 2, 2, 2): what it costs to add a frame, by the states of the two frames before it and its own."""
    first, second, third = np.indices((2, 2, 2))
    bent = bends[:, first ^ second, second ^ third]
    return np.asarray(bent + exchanged * third + change[2:, None, None, None] * (second ^ third))


def _traced(came_from: NDArray[np.intp], last: int) -> Flags:
    """The states on the way to the last pair of them."""
    path = [last % 2, last // 2]
    for before in came_from[::-1]:
        path.append(int(before[path[-1], path[-2]]))
    return np.array(path[::-1], bool)
