"""What a query process holds in memory of the media sessions, and how it keeps it fresh.

A `MediaView` is immutable and consistent in itself: cells, the version of media_sessions they were made from, the tail
that they do not count, and the as-of before which everything accepted is in it. `MediaKeeper` makes the next one; it
reads states before cells, and settling removes states only after cells have them, so nothing falls between the two.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import polars as pl

from query_api.media.rows import Parts
from query_api.media.running import Cells, cells_in_memory
from query_api.media.tail import ROW_COLUMNS, STATE_COLUMNS, Tail
from query_api.media.usage import UsageMinutes
from schemas.media.cells import CELL_KEY
from schemas.media.sessions import SESSION_KEY
from sinks.files import TableFiles
from sinks.media.cells import HISTOGRAMS, MEASURES, bounded
from sinks.media.settle import CELLS, SettleTables, earlier_rows
from sinks.media.whole import newest

KEPT_DAYS = 32
"""Days of cells over all media that are held: the longest period and its boundary."""

AS_OF_SECONDS = 1.0
"""How often as-of is read while no table moves: as often as flows at rest tell it.

For so long after one moved it is read at every look: flows tell of their tables when the last of them is written.
"""

CELL_COLUMNS = (*CELL_KEY, *MEASURES, *HISTOGRAMS.values())
NO_KEYS = pl.DataFrame(schema=dict.fromkeys(SESSION_KEY, pl.String))
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class MediaView:
    """Everything that statistics are made of, at one moment."""

    as_of: datetime | None
    tail: Tail
    cells: Mapping[str, Cells]
    """Over all media, by organisation."""
    settled: Parts
    media_cells: Parts
    latest_start: datetime
    """No settled session began after it."""
    usage: pl.DataFrame
    """MINUTE_COLUMNS."""


@dataclass
class MediaKeeper:
    """Makes views; one thread at a time."""

    tables: SettleTables
    usage: UsageMinutes
    as_of: Callable[[], datetime | None]
    moved: Callable[[], bool] = lambda: True
    """Whether one of the tables may have changed since they were read."""
    clock: Callable[[], float] = time.monotonic
    _as_of_due: float = -math.inf
    _renewed_at: float = -math.inf
    _versions: tuple[int, int, int] | None = None
    _seen: frozenset[str] = frozenset()
    _sessions: TableFiles = field(init=False)
    _view: MediaView = field(init=False)
    _cell_days: dict[object, tuple[frozenset[str], pl.DataFrame]] = field(default_factory=dict)
    _made_from: int = -1

    def __post_init__(self) -> None:
        sessions, cells = self.tables.sessions, self.tables.cells
        self._sessions = sessions
        self._view = MediaView(
            as_of=None,
            tail=Tail.empty(),
            cells={},
            settled=Parts(sessions, sessions.listing().clear(), ROW_COLUMNS, "first_event_at"),
            media_cells=Parts(cells, cells.listing().clear(), CELL_COLUMNS, "hour"),
            latest_start=LONG_AGO,
            usage=pl.DataFrame(),
        )

    def refresh(self) -> MediaView:
        """The view of now. Everything accepted before its as-of is in it, since that is read first."""
        now, moved = self.clock(), self.moved()
        if moved or now >= self._as_of_due:
            as_of = self.as_of()
            # what was committed before as-of was read shows now, if it did not before
            if (self.moved() or moved) and self._renewed():
                self._renewed_at = now
            self._as_of_due = now if now < self._renewed_at + AS_OF_SECONDS else now + AS_OF_SECONDS
            self._view = replace(self._view, as_of=as_of)
        return self._view

    def _renewed(self) -> bool:
        """Takes over what is new; whether there was something."""
        before, usage, tail = self._versions, self.usage.refresh(), self._view.tail
        states, cells = self.tables.states, self.tables.cells
        states.refresh()
        cells.refresh()
        self._versions = self.usage.files.version, states.version, cells.version
        self._view = replace(self._view, usage=usage)
        if before is None or before[1:] != self._versions[1:]:
            self._renew_sessions()
            self._view.tail.make_as(tail)
        return before != self._versions

    def _renew_sessions(self) -> None:
        arrived = self._arrived()
        tail, known = self._view.tail.with_states(arrived)
        fresh = arrived.join(known, on=SESSION_KEY, how="anti")
        self._view = replace(self._view, tail=tail)
        changed = self._on_cells()
        settled_before = fresh.filter(pl.col("first_event_at") <= self._view.latest_start).select(SESSION_KEY)
        self._look_up(pl.concat([changed, settled_before]).unique())

    def _look_up(self, keys: pl.DataFrame) -> None:
        if keys.is_empty():
            return
        tail = self._view.tail.on(keys, lambda states: earlier_rows(self._sessions, states))
        self._view = replace(self._view, tail=tail)

    def _arrived(self) -> pl.DataFrame:
        """The newest states in the files that were not there before."""
        paths = frozenset(self.tables.states.listing()["path"])
        fresh, gone, self._seen = paths - self._seen, self._seen - paths, paths
        if gone:
            there = self.tables.states.scan(paths).select(SESSION_KEY).unique().collect()
            self._view = replace(self._view, tail=self._view.tail.among(there))
        return newest(self.tables.states.scan(fresh).select(STATE_COLUMNS)).collect()

    def _on_cells(self) -> pl.DataFrame:
        """Takes over newer cells with their sessions version; the tail's keys whose settled rows may have changed."""
        tail, made_from = self._view.tail, self.tables.cells.transaction(CELLS)
        if made_from == self._made_from:
            return NO_KEYS
        self._made_from, self._sessions = made_from, self.tables.sessions.at(made_from)
        before, listing = self._view.settled.listing, self._sessions.listing()
        cells = self.tables.cells.listing()
        added = listing.join(before, on="path", how="anti")["path"].to_list()
        self._view = replace(
            self._view,
            cells=self._cells(cells),
            settled=self._view.settled.after(self._sessions),
            media_cells=self._view.media_cells.after(self.tables.cells),
            latest_start=_latest(listing),
        )
        changed = self._sessions.scan(added).select(SESSION_KEY).collect()
        known = tail.states.join(changed, on=SESSION_KEY, how="semi").select(SESSION_KEY)
        return pl.concat([known, tail.reopened.select(SESSION_KEY)])

    def _cells(self, listing: pl.DataFrame) -> Mapping[str, Cells]:
        """The cells over all media; only days whose files changed are read."""
        kept = listing.filter(pl.col("start_date") > pl.col("start_date").max() - timedelta(days=KEPT_DAYS))
        days = {day: frozenset(part["path"]) for (day,), part in kept.group_by("start_date")}
        self._cell_days = {
            day: known if (known := self._cell_days.get(day)) and known[0] == paths else (paths, self._read(paths))
            for day, paths in days.items()
        }
        return cells_in_memory(pl.concat([self._read(frozenset()), *(frame for _, frame in self._cell_days.values())]))

    def _read(self, paths: frozenset[str]) -> pl.DataFrame:
        rows = self.tables.cells.scan(paths).filter(pl.col("media_id").is_null())
        # hours settled before there was a bound have more values
        return bounded(rows.select(CELL_COLUMNS).collect())


def _latest(listing: pl.DataFrame) -> datetime:
    """The latest start in these files, by their statistics."""
    latest = listing["max.first_event_at"].max()
    return latest if isinstance(latest, datetime) else LONG_AGO
