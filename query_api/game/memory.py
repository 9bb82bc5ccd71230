"""The cells of an application in memory, by position, and what they come to for some of them.

Rows stand in the order of their cell. A question goes through all of them once, compiled: of each it looks at a flag
for what it is of (level, build, event, hour) and at one for its session.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, TypeAlias

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from query_api.game.counts import COUNTS, PEOPLE
from schemas.game.cells import INDICES, SUMS, cell_key
from schemas.shared.columns import Table

ROW_BYTES: Final = 44
MOST_ORDERS: Final = 2
"""Of other sizes of cells, how many are remembered."""

KIND: Final = ("level_id", "build_id", "event_name", "hour")
Order: TypeAlias = tuple[NDArray[np.int64], pl.DataFrame, NDArray[np.int32]]


@dataclass(frozen=True, eq=False)
class Memory:
    """`cell`, `session`, `kind`, `positions` (N) and `sums` (N, 3) of rows; what these numbers are of.

    `cells` (C): ix, iy, iz · `sessions` (S): subject, session_id · `kinds` (K): level_id, build_id, hour and of events
    event_name.
    """

    paths: frozenset[str]
    cells: pl.DataFrame
    sessions: pl.DataFrame
    kinds: pl.DataFrame
    cell: NDArray[np.int32]
    session: NDArray[np.int32]
    kind: NDArray[np.int32]
    positions: NDArray[np.int64]
    sums: NDArray[np.float64]

    @classmethod
    def of(cls, paths: Collection[str], rows: pl.DataFrame, table: Table) -> "Memory":
        """Of rows of a table of cells, all of one application."""
        kind = [name for name in cell_key(table) if name in KIND]
        ordered = rows.sort(INDICES)
        cells, cell = _numbered(ordered, INDICES)
        sessions, session = _numbered(ordered, PEOPLE)
        kinds, kind_numbers = _numbered(ordered, kind)
        sums = np.ascontiguousarray(ordered.select(SUMS).to_numpy())
        return cls(
            frozenset(paths), cells, sessions, kinds, cell, session, kind_numbers, ordered["positions"].to_numpy(), sums
        )

    @property
    def bytes(self) -> int:
        """What it takes."""
        return ROW_BYTES * self.cell.size

    def counted(self, which: pl.Expr, without: pl.DataFrame, each: int) -> pl.DataFrame:
        """Counts of the kinds for which it holds, of all sessions but some (PEOPLE), by cells `each` times as wide."""
        chosen = self._chosen(which)
        left_out = self._flags(without)
        if not chosen.any():
            return pl.DataFrame(schema=COUNTS)
        order, wide_cells, wide = self._orders(each)
        counts, sessions, sums = _counted(
            order,
            wide,
            self.cell,
            self.session,
            self.kind,
            self.positions,
            self.sums,
            chosen,
            left_out,
            wide_cells.height,
        )
        found = wide_cells.with_columns(
            count=counts, sessions=sessions, **{name: sums[:, axis] for axis, name in enumerate(SUMS)}
        )
        return found.filter(pl.col("count") > 0).select(pl.col(name).cast(dtype) for name, dtype in COUNTS.items())

    def having(self, which: pl.Expr) -> pl.DataFrame:
        """The sessions (PEOPLE) that have rows of kinds for which it holds."""
        chosen = self._chosen(which)
        return self.sessions[np.unique(self.session[chosen[self.kind]])]

    def _chosen(self, which: pl.Expr) -> NDArray[np.bool_]:
        """(K): for which kinds it holds; an expression that is the same for all is made one of each."""
        return self.kinds.with_columns(chosen=which)["chosen"].fill_null(value=False).to_numpy()

    def _flags(self, sessions: pl.DataFrame) -> NDArray[np.bool_]:
        """(S): which of the sessions are among these."""
        flagged = self.sessions.join(
            sessions.select(PEOPLE).unique().with_columns(among=True), on=PEOPLE, how="left", maintain_order="left"
        )
        return flagged["among"].fill_null(value=False).to_numpy()

    @cached_property
    def _orders(self) -> Callable[[int], Order]:
        return lru_cache(MOST_ORDERS)(self._order)

    def _order(self, each: int) -> Order:
        """Rows in the order of the wider cell (N), the wider cells, and the wider cell of each cell (C)."""
        wider = self.cells.select(pl.col(index).floordiv(each) for index in INDICES)
        cells, wide = _numbered(wider, INDICES)
        return np.argsort(wide[self.cell], kind="stable"), cells, wide


def _numbered(rows: pl.DataFrame, names: Collection[str]) -> tuple[pl.DataFrame, NDArray[np.int32]]:
    """What there is in some columns, each once, and the number of it in each row; in order of first appearance."""
    found = rows.select(names).unique(maintain_order=True)
    numbered = rows.select(names).join(
        found.with_row_index("number"), on=list(names), how="left", nulls_equal=True, maintain_order="left"
    )
    return found, numbered["number"].cast(pl.Int32).to_numpy()


@njit(cache=True, nogil=True)
def _counted(
    order: NDArray[np.int64],
    wide: NDArray[np.int32],
    cell: NDArray[np.int32],
    session: NDArray[np.int32],
    kind: NDArray[np.int32],
    positions: NDArray[np.int64],
    sums: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    left_out: NDArray[np.bool_],
    cells: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """By wider cell: positions, distinct sessions, sums; `order` has the rows of each together."""
    counts, sessions = np.zeros(cells, np.int64), np.zeros(cells, np.int64)
    totals = np.zeros((cells, 3))
    # by session: the cell where it was counted last
    seen = np.full(left_out.size, -1, np.int32)
    for row in order:
        here, who = wide[cell[row]], session[row]
        if not chosen[kind[row]] or left_out[who]:
            continue
        counts[here] += positions[row]
        for axis in range(3):
            totals[here, axis] += sums[row, axis]
        if seen[who] != here:
            seen[who] = here
            sessions[here] += 1
    return counts, sessions, totals
