"""The cells of an application in memory, by position, and what they come to for some of them.

Rows stand in the order of their cell. A question goes through all of them once, compiled: of each it looks at a flag
for what it is of (level, build, event, hour) and at one for its session.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from query_api.game.counts import COUNTS, PEOPLE
from schemas.game.cells import INDICES, SUMS

ROW_BYTES: Final = 48
MOST_ORDERS: Final = 2
"""Of other sizes of cells, how many are remembered."""
MOST_COUNTS: Final = 16
"""Of questions, how many are remembered."""

KIND: Final = ("level_id", "build_id", "event_name", "hour")
Order: TypeAlias = tuple[NDArray[np.int64], pl.DataFrame, NDArray[np.int32]]


@dataclass(frozen=True, eq=False)
class Memory:
    """Of rows: `cell`, `session`, `kind`, `file`, `positions` (N) and `sums` (N, 3); what these numbers are of.

    `paths` (F): files · `cells` (C): ix, iy, iz · `sessions` (S): subject, session_id · `kinds` (K): level_id,
    build_id, hour and of events event_name.
    """

    paths: Sequence[str]
    cells: pl.DataFrame
    sessions: pl.DataFrame
    kinds: pl.DataFrame
    cell: NDArray[np.int32]
    session: NDArray[np.int32]
    kind: NDArray[np.int32]
    file: NDArray[np.int32]
    positions: NDArray[np.int64]
    sums: NDArray[np.float64]

    @classmethod
    def of(cls, paths: Sequence[str], rows: pl.DataFrame) -> "Memory":
        """Of rows of a table of cells, all of one application, each with the place of its `file` among the paths."""
        cells, cell = _numbered(rows, INDICES)
        sessions, session = _numbered(rows, PEOPLE)
        kinds, kind = _numbered(rows, [name for name in KIND if name in rows.columns])
        # numbers are ordered, and what they are of stays where it is
        order = pl.Series(cell).arg_sort().to_numpy()
        file, positions = (rows[name].to_numpy()[order] for name in ("file", "positions"))
        sums = np.stack([rows[name].to_numpy()[order] for name in SUMS], axis=1)
        return cls(paths, cells, sessions, kinds, cell[order], session[order], kind[order], file, positions, sums)

    @property
    def held_bytes(self) -> int:
        """What it takes."""
        return ROW_BYTES * self.cell.size

    def counted(self, which: pl.Expr, without: pl.DataFrame, each: int) -> pl.DataFrame:
        """Counts of the kinds for which it holds, of all sessions but some (PEOPLE), by cells `each` times as wide.

        What all sessions come to is remembered, and what the few gave that do not count is taken off.
        """
        chosen = self._chosen(which)
        every = self._remembered(chosen.tobytes(), each)
        left_out = self._flags(without)
        if not left_out.any():
            return every
        gone = self._sums(chosen, left_out, each)
        names = [name for name in COUNTS if name not in INDICES]
        joined = every.join(gone, on=INDICES, how="left", suffix="_gone")
        rest = joined.with_columns(pl.col(name) - pl.col(f"{name}_gone").fill_null(0) for name in names)
        return rest.filter(pl.col("count") > 0).select(list(COUNTS))

    @cached_property
    def _remembered(self) -> Callable[[bytes, int], pl.DataFrame]:
        @lru_cache(MOST_COUNTS)
        def counted(chosen: bytes, each: int) -> pl.DataFrame:
            return self._sums(np.frombuffer(chosen, np.bool_), np.ones(self.sessions.height, np.bool_), each)

        return counted

    def _sums(self, chosen: NDArray[np.bool_], who: NDArray[np.bool_], each: int) -> pl.DataFrame:
        """Counts of some kinds (K) and sessions (S)."""
        # numba takes a while, and a start has no use for it
        from query_api.game.counting import counted

        order, cells, wide = self._orders(each)
        counts, sessions, sums = counted(
            order, wide, self.cell, self.session, self.kind, self.positions, self.sums, chosen, who, cells.height
        )
        told = {"count": counts, "sessions": sessions, **_by_axis(sums)}
        found = cells.with_columns(**{name: pl.Series(values) for name, values in told.items()})
        return found.filter(pl.col("count") > 0).select(pl.col(name).cast(dtype) for name, dtype in COUNTS.items())

    def touching(self, paths: Collection[str]) -> pl.DataFrame:
        """The sessions (PEOPLE) that have rows in these files."""
        return self.sessions[np.unique(self.session[self._in(paths)])]

    def rows(self, sessions: pl.DataFrame, without: Collection[str]) -> pl.DataFrame:
        """The rows of sessions (PEOPLE) but those of some files, in the columns that they were made of."""
        chosen = np.flatnonzero(self._flags(sessions)[self.session] & ~self._in(without))
        told = [self.sessions[self.session[chosen]], self.kinds[self.kind[chosen]], self.cells[self.cell[chosen]]]
        measured = pl.DataFrame({"positions": self.positions[chosen], **_by_axis(self.sums[chosen])})
        return pl.concat([*told, measured], how="horizontal")

    def having(self, which: pl.Expr) -> pl.DataFrame:
        """The sessions (PEOPLE) that have rows of kinds for which it holds."""
        chosen = self._chosen(which)
        return self.sessions[np.unique(self.session[chosen[self.kind]])]

    def _in(self, paths: Collection[str]) -> NDArray[np.bool_]:
        """(N): which rows are of these files."""
        return np.array([path in paths for path in self.paths], np.bool_)[self.file]

    def _chosen(self, which: pl.Expr) -> NDArray[np.bool_]:
        """(K): for which kinds it holds; an expression that is the same for all is made one of each."""
        return self.kinds.with_columns(chosen=which)["chosen"].fill_null(value=False).to_numpy()

    def _flags(self, sessions: pl.DataFrame) -> NDArray[np.bool_]:
        """(S): which of the sessions are among these."""
        if sessions.is_empty():
            return np.zeros(self.sessions.height, np.bool_)
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


def _by_axis(sums: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    return {name: sums[:, axis] for axis, name in enumerate(SUMS)}


def _numbered(rows: pl.DataFrame, names: Collection[str]) -> tuple[pl.DataFrame, NDArray[np.int32]]:
    """What there is in some columns, each once, and the number of it in each row; in order of first appearance.

    Neighbours that are the same are looked at once: rows come session by session.
    """
    run = rows.select(pl.struct(names).rle_id().alias("run"))["run"]
    firsts = rows.select(names).filter((run != run.shift(1)).fill_null(value=True))
    found = firsts.unique(maintain_order=True)
    numbered = firsts.join(
        found.with_row_index("number"), on=list(names), how="left", nulls_equal=True, maintain_order="left"
    )
    return found, numbered["number"].cast(pl.Int32).to_numpy()[run.to_numpy()]
