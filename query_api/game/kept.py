"""The cells of applications as they are asked for: kept in memory up to a bound.

Where files came or went since, the sessions that have rows in these are counted apart, of the rows as they are now, and
all others from memory. When these become many, memory is made anew in the background, as it is when a process starts.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

import polars as pl

from query_api.game.counts import PEOPLE, added, of_cells
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
MOST_APART: Final = 4
"""More than this part of the rows in new files are not counted apart: the answer waits until all are read anew."""
FEW_APART: Final = 50_000
"""As few rows are left apart until they are more."""
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
        if self.moved(self.files.version):
            self.files.refresh()
        if self.files.version != self.version:
            self.version, self.passed = self.files.version, limits(self.files, partitions)


class Snapshot(NamedTuple):
    """The cells of an application at a version: in memory, or as rows of files where they are too many.

    The sessions that are `apart` (PEOPLE) are counted by `their_rows`, and not from memory. `passed` is, by partition
    of the log, the offset up to which the cells have the sessions.
    """

    kept: Memory | None
    apart: pl.DataFrame
    their_rows: pl.LazyFrame
    passed: Mapping[int, int]

    def counted(self, which: pl.Expr, without: pl.DataFrame, each: int) -> pl.DataFrame:
        """Counts of rows for which it holds, of all sessions but some (PEOPLE), by cells `each` times as wide."""
        chosen = self.their_rows.filter(which).join(without.lazy(), on=PEOPLE, how="anti")
        needed = coarser(chosen, each).group_by(*INDICES, *PEOPLE).agg(pl.col("positions", *SUMS).sum())
        counts = of_cells(needed.collect(engine="streaming"))
        if self.kept is None:
            return counts
        return added([self.kept.counted(which, pl.concat([without, self.apart]), each), counts])

    def having(self, which: pl.Expr) -> pl.DataFrame:
        """The sessions (PEOPLE) that have rows for which it holds."""
        theirs = self.their_rows.filter(which).select(PEOPLE).unique().collect(engine="streaming")
        if self.kept is None:
            return theirs
        return pl.concat([self.kept.having(which).join(self.apart, on=PEOPLE, how="anti"), theirs])


class _Now(NamedTuple):
    """The files that may have cells of an application, with how many rows, and their rows."""

    paths: Sequence[str]
    counts: Mapping[str, int]
    rows: Callable[[Collection[str]], pl.LazyFrame]
    passed: Mapping[int, int]

    def made(self) -> Memory:
        """Memory of all of them."""
        return Memory.of(self.paths, self.rows(self.paths).collect())


class _Held(NamedTuple):
    """Memory, and which sessions are apart from it at `paths`."""

    memory: Memory
    paths: frozenset[str]
    apart: pl.DataFrame
    their_rows: pl.DataFrame

    @classmethod
    def of(cls, memory: Memory, now: _Now) -> "_Held":
        """As things stand now."""
        paths = frozenset(now.paths)
        gone, new = frozenset(memory.paths) - paths, paths - frozenset(memory.paths)
        came = now.rows(sorted(new)).drop("file").collect()
        apart = pl.concat([came.select(PEOPLE), memory.touching(gone)]).unique()
        stayed = memory.rows(apart, gone).select(came.columns)
        return cls(memory, paths, apart, pl.concat([stayed, came]))


class KeptCells:
    """For several threads at once."""

    def __init__(self, location: Location, partitions: int, most_bytes: int = MOST_BYTES) -> None:
        self._partitions = range(partitions)
        self._most_bytes = most_bytes
        self._watched = {
            table.name: _Watched(TableFiles.reading(location, table), Moved(location, [table]))
            for table in (GAME_SAMPLE_CELLS, GAME_EVENT_CELLS)
        }
        self._kept: OrderedDict[Key, _Held] = OrderedDict()
        self._lock = threading.Lock()
        self._making = threading.Lock()

    def snapshot(self, application: Application, table: Table) -> Snapshot:
        """The cells of an application now."""
        key = Key(application, table.name)
        now = self._now(key)
        if self._too_many(now):
            self._forget(key)
            rows = now.rows(now.paths)
            return Snapshot(None, nobody(), rows, now.passed)
        held = self._standing(key, now)
        if held is None:
            with self._making:
                # another question may have waited for the same
                held = self._standing(key, now) or self._keep(key, now.made(), now)
        return Snapshot(held.memory, held.apart, held.their_rows.lazy(), now.passed)

    def warm(self) -> None:
        """Reads the cells of the applications of the last day that has any, as many as are kept, and counts once."""
        for name, watched in self._watched.items():
            for application in self._newest(watched):
                key = Key(application, name)
                if (now := self._now(key)).paths and not self._too_many(now) and self._has_room(now):
                    self.snapshot(application, watched.files.declared).counted(pl.lit(value=True), nobody(), 1)

    def renew(self) -> None:
        """Makes memory anew for applications of which more than a few rows are apart."""
        with self._lock:
            due = [key for key, held in self._kept.items() if held.their_rows.height > FEW_APART]
        for key in due:
            with self._making:
                now = self._now(key)
                if not self._too_many(now):
                    self._keep(key, now.made(), now)

    def _now(self, key: Key) -> _Now:
        watched = self._watched[key.table]
        with self._lock:
            watched.renewed(self._partitions)
            listing = _of(watched.files.listing(), key.application)
            counts = dict(listing.select("path", "rows").iter_rows())
            return _Now(list(counts), counts, partial(_rows, watched.files, key.application), watched.passed)

    def _standing(self, key: Key, now: _Now) -> _Held | None:
        """What is kept, made right for now; None where nothing is, or too much of it is another now."""
        with self._lock:
            held = self._kept.get(key)
            if held is None:
                return None
            self._kept.move_to_end(key)
            if held.paths == frozenset(now.paths):
                return held
        known = frozenset(held.memory.paths)
        if MOST_APART * sum(now.counts[path] for path in now.paths if path not in known) > held.memory.cell.size:
            return None
        return self._put(key, _Held.of(held.memory, now))

    def _keep(self, key: Key, memory: Memory, now: _Now) -> _Held:
        return self._put(key, _Held(memory, frozenset(now.paths), nobody(), now.rows(()).drop("file").collect()))

    def _put(self, key: Key, held: _Held) -> _Held:
        """Those go that were asked for longest ago; the newest one stays."""
        with self._lock:
            self._kept[key] = held
            self._kept.move_to_end(key)
            while self._taken() > self._most_bytes and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return held

    def _taken(self) -> int:
        return sum(held.memory.held_bytes for held in self._kept.values())

    def _has_room(self, now: _Now) -> bool:
        with self._lock:
            return self._taken() + ROW_BYTES * sum(now.counts.values()) <= self._most_bytes

    def _forget(self, key: Key) -> None:
        with self._lock:
            self._kept.pop(key, None)

    def _too_many(self, now: _Now) -> bool:
        """Of files that others have rows in as well, the own ones are counted where that may matter."""
        if ROW_BYTES * sum(now.counts.values()) <= self._most_bytes:
            return False
        return bool(ROW_BYTES * now.rows(now.paths).select(pl.len()).collect().item() > self._most_bytes)

    def _newest(self, watched: _Watched) -> Sequence[Application]:
        with self._lock:
            watched.renewed(self._partitions)
            files, listing = watched.files, watched.files.listing()
            last = listing.filter(pl.col(files.partition) == pl.col(files.partition).max())
            rows = files.scan(last["path"].to_list())
        return [Application(*row) for row in rows.select(Application._fields).unique().collect().iter_rows()]


class AtHand:
    """Keeps cells at hand on a thread of its own: what of is told by `KeptCells`."""

    def __init__(self, kept: KeptCells) -> None:
        self._kept = kept
        kept.warm()

    def refresh(self) -> KeptCells:
        """Makes anew what has changed a lot."""
        self._kept.renew()
        return self._kept


def _of(listing: pl.DataFrame, application: Application) -> pl.DataFrame:
    """The files that may have cells of it."""
    return listing.filter(
        ((pl.col(f"min.{name}") <= value) & (pl.col(f"max.{name}") >= value)).fill_null(value=True)
        for name, value in application._asdict().items()
    )


def _rows(files: TableFiles, application: Application, paths: Collection[str]) -> pl.LazyFrame:
    """Their rows in the columns that are counted, each with the place of its `file` among the paths."""
    kind = [name for name in KIND if name in cell_key(files.declared)]
    own = [pl.col(name) == value for name, value in application._asdict().items()]
    needed = (*PEOPLE, *kind, *INDICES, "positions", *SUMS)
    numbered = [
        files.scan([path]).filter(*own).select(*needed, pl.lit(number, pl.Int32).alias("file"))
        for number, path in enumerate(paths)
    ]
    return pl.concat(numbered) if numbered else files.scan(()).select(*needed, pl.lit(0, pl.Int32).alias("file"))


def nobody() -> pl.DataFrame:
    """No session."""
    return pl.DataFrame(schema=dict.fromkeys(PEOPLE, pl.String()))
