"""The files of game_events as sessions are looked for in them: each is looked through once, since files never change.

Noted of a file are its sessions, by 4 bytes each of a hash of their ids, and how far it goes in each partition of the
log. So what is new, and all that is there of some sessions, costs by the files that have it and not by the history.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Generic, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from schemas.game.cells import SESSION
from schemas.game.events import STREAM
from sinks.files import EXCHANGES, TableFiles
from sinks.game.tail import LIMITS
from sinks.location import Location
from sinks.passed import offsets_passed

FILES_AT_ONCE: Final = 32
NEW: Final = pl.Schema({**dict.fromkeys(SESSION, pl.String()), "rows": pl.UInt32()})
"""A session, and how many events it has that are new."""
_PLACE: Final = ("log_partition", "log_offset")

T = TypeVar("T")


class EventFiles:
    """For several threads at once; raises TablesUnavailable where the storage refuses."""

    def __init__(self, files: TableFiles) -> None:
        self._files = files
        self._sessions = _Noted(files, lambda rows: rows.select(pl.col("session_id").unique()), _ids)
        self._ends = _Noted(files, lambda rows: rows.select(_PLACE).group_by(_PLACE[0]).max(), _ends)
        self._lock = threading.Lock()

    @classmethod
    def reading(cls, location: Location) -> "EventFiles":
        """As readers see them."""
        return cls(TableFiles.reading(location, STREAM.primary))

    def refresh(self) -> None:
        """Goes to the newest version."""
        with self._lock:
            self._files.refresh()

    @property
    def version(self) -> int:
        """The version of the table."""
        return self._files.version

    @property
    def exchanges(self) -> int:
        """How often rows were put in others' place."""
        return self._files.transaction(EXCHANGES)

    def partitions(self) -> range:
        """Those of the log that there are rows of, and maybe more."""
        last = self._files.listing()["max.log_partition"].max()
        if last is None:
            return range(0)
        assert isinstance(last, int), "of whole numbers"
        return range(last + 1)

    def passed(self) -> Mapping[int, int]:
        """Partition of the log → the offset up to which the table has its events."""
        return offsets_passed(self._files.table, STREAM.name, self.partitions())

    def beyond(self, passed: Mapping[int, int]) -> pl.DataFrame:
        """The sessions (NEW) of events at or beyond these offsets of partitions."""
        with self._lock:
            near = (pl.col("max.log_offset") >= min(passed.values(), default=0)).fill_null(value=True)
            ends = self._ends.of(self._files.listing().filter(near)["path"].to_list())
            rows = self._files.scan([path for path, reached in ends.items() if _reaches(reached, passed)])
        limit = pl.LazyFrame(list(passed.items()), LIMITS, orient="row")
        new = rows.join(limit, on="log_partition").filter(pl.col("log_offset") >= pl.col("limit"))
        found = new.group_by(SESSION).agg(pl.len().alias("rows"))
        return found.select(pl.col(name).cast(dtype) for name, dtype in NEW.items()).collect(engine="streaming")

    def of(self, sessions: pl.DataFrame) -> pl.LazyFrame:
        """All rows of sessions, which are named by SESSION or by some of it, `session_id` at least."""
        ids = sessions["session_id"].unique()
        sought = _hashes(ids)
        with self._lock:
            there = self._sessions.of(self._files.listing()["path"].to_list())
            rows = self._files.scan([path for path, hashes in there.items() if _share(sought, hashes)])
        near = rows.filter(pl.col("session_id").is_in(pl.lit(ids.implode())))
        return near.join(sessions.lazy(), on=[name for name in SESSION if name in sessions.columns], how="semi")


class _Noted(Generic[T]):
    """What is told of each file, as long as the table has it."""

    def __init__(
        self, files: TableFiles, ask: Callable[[pl.LazyFrame], pl.LazyFrame], told: Callable[[pl.DataFrame], T]
    ) -> None:
        self._files = files
        self._ask = ask
        self._told = told
        self._noted: dict[str, T] = {}

    def of(self, paths: Sequence[str]) -> Mapping[str, T]:
        """By file."""
        new = [path for path in paths if path not in self._noted]
        for begin in range(0, len(new), FILES_AT_ONCE):
            some = new[begin : begin + FILES_AT_ONCE]
            asked = pl.collect_all([self._ask(self._files.scan([path])) for path in some])
            self._noted |= {path: self._told(found) for path, found in zip(some, asked, strict=True)}
        if new:
            listed = set(self._files.listing()["path"])
            self._noted = {path: told for path, told in self._noted.items() if path in listed}
        return {path: self._noted[path] for path in paths}


def _ids(found: pl.DataFrame) -> NDArray[np.uint32]:
    return _hashes(found.to_series())


def _ends(found: pl.DataFrame) -> Mapping[int, int]:
    return dict(found.iter_rows())


def _reaches(ends: Mapping[int, int], passed: Mapping[int, int]) -> bool:
    return any(partition in passed and end >= passed[partition] for partition, end in ends.items())


def _share(few: NDArray[np.uint32], many: NDArray[np.uint32]) -> bool:
    """Whether two rising (N) and (M) have a number in common."""
    places = np.searchsorted(many, few)
    inside = places < len(many)
    return bool((many[places[inside]] == few[inside]).any())


def _hashes(ids: pl.Series) -> NDArray[np.uint32]:
    """(N), rising: 32 bits of each."""
    return np.unique(ids.drop_nulls().hash().to_numpy().astype(np.uint32))
