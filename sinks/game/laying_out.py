"""The samples of trajectories, from positions that stand end to end: in one pass, compiled by numba."""

from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from schemas.game.events import DIMENSIONS

Integers: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float32]
Samples: TypeAlias = tuple[Integers, NDArray[np.int32], Floats, Floats, Floats]


@njit(cache=True)
def laid_out(positions: Floats, starts: Integers, ends: Integers, begins: Integers, durations: Integers) -> Samples:
    """Of every sample its time in µs, its place in its trajectory, x, y, z.

    Trajectory i has its positions from `starts[i]` on, one after the other as x, y, z, its samples from `ends[i]` to
    `ends[i + 1]`: t_j = start + j · (end − start) / (n − 1), in whole µs. Divided before it is multiplied, which 64
    bits hold however long a trajectory is. What a list has beyond its samples, being cut inside one, is left out.
    """
    many = ends[-1]
    at, places = np.empty(many, np.int64), np.empty(many, np.int32)
    x, y, z = np.empty(many, np.float32), np.empty(many, np.float32), np.empty(many, np.float32)
    for trajectory in range(len(ends) - 1):
        first, count = ends[trajectory], ends[trajectory + 1] - ends[trajectory]
        begin, between = begins[trajectory], max(count - 1, 1)
        step, rest = durations[trajectory] // between, durations[trajectory] % between
        position = starts[trajectory]
        for place in range(count):
            sample = first + place
            at[sample] = begin + place * step + place * rest // between
            places[sample] = place
            x[sample], y[sample], z[sample] = positions[position], positions[position + 1], positions[position + 2]
            position += DIMENSIONS
    return at, places, x, y, z
