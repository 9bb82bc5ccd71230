"""The cells of applications as they are asked for: kept in memory up to a bound, read again where files changed."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import polars as pl

from query_api.game.counts import PEOPLE, of_cells
from query_api.game.memory import KIND, ROW_BYTES, Memory
from query_api.game.rows import Application
from schemas.game.cells import GAME_EVENT_CELLS, GAME_SAMPLE_CELLS, INDICES, SUMS, cell_key
from schemas.shared.columns import Table
from sinks.files import TableFiles
from sinks.game.cells import coarser
from sinks.game.tail import limits
from sinks.location import Location
from sinks.moved import Moved

MOST_BYTES: Final = 512 * 2**20
"""What the applications take that are kept."""
NO_VERSION: Final = -2
"""Before the first look; a table that is not there has -1."""


class Key(NamedTuple):
    """Whose cells, and of which table."""

    application: Application
    table: str


@dataclass
class _Watched:
    """A table, and up to where its cells have the sessions: noted once a version, since Delta reads its log for it."""

    files: TableFiles
    moved: Moved
    version: int = NO_VERSION
    passed: Mapping[int, int] = field(default_factory=dict)

    def renewed(self, partitions: range) -> None:
        """Goes to the newest version."""
        if self.moved():
            self.files.refresh()
        if self.files.version != self.version:
            self.version, self.passed = self.files.version, limits(self.files, partitions)


class Snapshot(NamedTuple):
    """The cells of an application at a version: in memory, or as rows of files where they are too many.

    `passed` is, by partition of the log, the offset up to which they have the sessions.
    """

    kept: Memory | None
    rows: pl.LazyFrame
    passed: Mapping[int, int]

    def counted(self, which: pl.Expr, without: pl.DataFrame, each: int) -> pl.DataFrame:
        """Counts of rows for which it holds, of all sessions but some (PEOPLE), by cells `each` times as wide."""
        if self.kept is not None:
            return self.kept.counted(which, without, each)
        chosen = self.rows.filter(which).join(without.lazy(), on=PEOPLE, how="anti")
        needed = coarser(chosen, each).group_by(*INDICES, *PEOPLE).agg(pl.col("positions", *SUMS).sum())
        return of_cells(needed.collect(engine="streaming"))

    def having(self, which: pl.Expr) -> pl.DataFrame:
        """The sessions (PEOPLE) that have rows for which it holds."""
        if self.kept is not None:
            return self.kept.having(which)
        return self.rows.filter(which).select(PEOPLE).unique().collect(engine="streaming")


class KeptCells:
    """For several threads at once."""

    def __init__(self, location: Location, partitions: int, most_bytes: int = MOST_BYTES) -> None:
        self._partitions = range(partitions)
        self._most_bytes = most_bytes
        self._watched = {
            table.name: _Watched(TableFiles.reading(location, table), Moved(location, [table]))
            for table in (GAME_EVENT_CELLS, GAME_SAMPLE_CELLS)
        }
        self._kept: OrderedDict[Key, Memory] = OrderedDict()
        self._lock = threading.Lock()

    def snapshot(self, application: Application, table: Table) -> Snapshot:
        """The cells of an application now."""
        key, watched = Key(application, table.name), self._watched[table.name]
        with self._lock:
            watched.renewed(self._partitions)
            listing = _of(watched.files.listing(), application)
            paths: list[str] = listing["path"].to_list()
            rows = _rows(watched.files, paths, application, table)
            if ROW_BYTES * int(listing["rows"].sum()) > self._most_bytes and self._too_many(rows):
                self._kept.pop(key, None)
                return Snapshot(None, rows, watched.passed)
            known = self._kept.pop(key, None)
            if known is None or known.paths != frozenset(paths):
                known = Memory.of(paths, rows.collect(), table)
            self._kept[key] = known
            self._make_room()
            return Snapshot(known, rows, watched.passed)

    def _too_many(self, rows: pl.LazyFrame) -> bool:
        return bool(ROW_BYTES * rows.select(pl.len()).collect().item() > self._most_bytes)

    def _make_room(self) -> None:
        """Those go that were asked for longest ago; the newest one stays."""
        taken = sum(memory.held_bytes for memory in self._kept.values())
        while taken > self._most_bytes and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            taken -= oldest.held_bytes


def _of(listing: pl.DataFrame, application: Application) -> pl.DataFrame:
    """The files that may have cells of it."""
    return listing.filter(
        ((pl.col(f"min.{name}") <= value) & (pl.col(f"max.{name}") >= value)).fill_null(value=True)
        for name, value in application._asdict().items()
    )


def _rows(files: TableFiles, paths: Sequence[str], application: Application, table: Table) -> pl.LazyFrame:
    theirs = files.scan(paths).filter(pl.col(name) == value for name, value in application._asdict().items())
    kind = [name for name in KIND if name in cell_key(table)]
    return theirs.select(*PEOPLE, *kind, *INDICES, "positions", *SUMS)


def nobody() -> pl.DataFrame:
    """No session."""
    return pl.DataFrame(schema=dict.fromkeys(PEOPLE, pl.String()))
