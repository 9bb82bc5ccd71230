"""One pass through the rows of a `Memory`, compiled by numba."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def counted(
    order: NDArray[np.int64],
    wide: NDArray[np.int32],
    cell: NDArray[np.int32],
    session: NDArray[np.int32],
    kind: NDArray[np.int32],
    positions: NDArray[np.int64],
    sums: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    counting: NDArray[np.bool_],
    cells: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """By wider cell: positions, distinct sessions, sums; `order` has the rows of each together."""
    counts, sessions = np.zeros(cells, np.int64), np.zeros(cells, np.int64)
    totals = np.zeros((cells, 3))
    # by session: the cell where it was counted last
    seen = np.full(counting.size, -1, np.int32)
    for row in order:
        here, who = wide[cell[row]], session[row]
        if not (chosen[kind[row]] and counting[who]):
            continue
        counts[here] += positions[row]
        for axis in range(3):
            totals[here, axis] += sums[row, axis]
        if seen[who] != here:
            seen[who] = here
            sessions[here] += 1
    return counts, sessions, totals
