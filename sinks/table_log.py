"""A table's `_delta_log` kept short, so that its hundred-thousandth commit costs what its two hundredth did.

Delta lists the log at each commit and at each look for a new version. Of what the log holds stays

- the end, whole: every commit since the newest checkpoint that WHOLE commits follow, for who reads or writes now;
- points: of what is older one checkpoint for each POINTS-th part of the hours that old versions can be read;
- the base: the newest point from before these hours, so that a moment at their very beginning has one, too.

Guarantee: safe beside writers and readers and after a kill at any moment. Only a version that neither is a point nor
needed by a later one is removed, and nothing is before the checkpoint that takes its place has been read.
"""

import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from deltalake import DeltaTable
from deltalake.fs import DeltaStorageHandler
from pyarrow.fs import FileInfo, FileSelector

from sinks.faults import translated

WHOLE = 200
"""Commits that are never removed: a minute of a trickle; whoever opens a table reads what it has listed by then."""

POINTS = 24
"""Versions between the end of the log and the oldest that can be read."""

_FOLDER = "_delta_log"
_OF_VERSION = re.compile(r"(\d{20})\.")
# A bucket takes one file a request: what it takes to answer is spent side by side.
_REMOVING_THREADS = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """What the log holds of one version: names of files, and when the first of them was written.

    `is_checkpoint`: the table as of then is there in one file, which is written whole or not at all.
    """

    version: int
    written_at: datetime
    names: tuple[str, ...]
    is_commit: bool
    is_checkpoint: bool

    @classmethod
    def of(cls, version: int, written_at: datetime, names: Sequence[str]) -> "Entry":
        """Told from the names."""
        commit, checkpoint = f"{version:020}.json" in names, f"{version:020}.checkpoint.parquet" in names
        return cls(version, written_at, tuple(names), commit, checkpoint)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What pruning did: files of the log that went, and those it still has."""

    removed: int
    left: int


class TableLog:
    """The log of the table at a path or URL."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._files = DeltaStorageHandler(uri)

    def entries(self) -> list[Entry]:
        """What there is by version, the oldest first."""
        with translated(self._uri):
            found = self._files.get_file_info_selector(FileSelector(_FOLDER, allow_not_found=True))
        named = sorted((file for file in found if _OF_VERSION.match(file.base_name)), key=lambda file: file.base_name)
        return [_entry(version, list(files)) for version, files in groupby(named, _version)]

    def remove(self, entries: Iterable[Entry]) -> None:
        """Removes their files; what another process has removed meanwhile is gone all the same."""
        names = [name for entry in entries for name in entry.names]
        with translated(self._uri), ThreadPoolExecutor(_REMOVING_THREADS) as threads:
            list(threads.map(self._remove, names))

    def _remove(self, name: str) -> None:
        try:
            self._files.delete_file(f"{_FOLDER}/{name}")
        except FileNotFoundError:
            return


def prune(uri: str, hours: float, now: datetime, needed: int | None = None, most: int | None = None) -> Pruned:
    """Removes what neither the last `hours`' points nor the end of the log need.

    Args:
        needed: a version that somebody is still to read; from there on the log stays whole.
        most: versions removed at most, the oldest first, where the caller has no time for a log never pruned.

    Raises:
        TablesUnavailable: the storage refused, or the checkpoint that would stand for what goes cannot be read.
    """
    log = TableLog(uri)
    entries = log.entries()
    end = whole_from(entries, needed)
    gone = [] if end is None else superfluous(entries, end, hours, now)[:most]
    if gone:
        with translated(uri):
            DeltaTable(uri, version=end)
        log.remove(gone)
    removed = sum(len(entry.names) for entry in gone)
    return Pruned(removed, sum(len(entry.names) for entry in entries) - removed)


def whole_from(entries: Sequence[Entry], needed: int | None = None) -> int | None:
    """The version of the checkpoint from which on every commit stays; None while there is none so old."""
    newest = entries[-1].version if entries else 0
    before = newest - WHOLE if needed is None else min(newest - WHOLE, needed)
    return max((entry.version for entry in entries if entry.is_checkpoint and entry.version <= before), default=None)


def superfluous(entries: Sequence[Entry], end: int, hours: float, now: datetime) -> list[Entry]:
    """What may go of the versions before `end`, the oldest first."""
    points = _points([entry for entry in entries if entry.is_checkpoint and entry.version <= end], hours)
    base = as_of(points, now - timedelta(hours=hours))
    kept = {point.version for point in points if base is None or point.version >= base.version}
    return [entry for entry in entries if entry.version < end and entry.version not in kept]


def readable(entries: Iterable[Entry]) -> list[Entry]:
    """The versions that a table can be opened at: checkpoints, and commits that follow one or the table's beginning."""
    found: list[Entry] = []
    for entry in entries:
        follows = entry.version == (found[-1].version + 1 if found else 0)
        if entry.is_checkpoint or (entry.is_commit and follows):
            found.append(entry)
    return found


def as_of(entries: Iterable[Entry], moment: datetime) -> Entry | None:
    """The newest of them that had been written by then."""
    return max(
        (entry for entry in entries if entry.written_at <= moment), key=lambda entry: entry.version, default=None
    )


def _points(checkpoints: Iterable[Entry], hours: float) -> list[Entry]:
    """The first checkpoint of every part of the hours: one that came later does not move it."""
    part = hours * 3600 / POINTS
    slots = groupby(checkpoints, lambda entry: int(entry.written_at.timestamp() // part))
    return [next(entries) for _, entries in slots]


def _entry(version: int, files: Sequence[FileInfo]) -> Entry:
    return Entry.of(version, min(file.mtime for file in files), [file.base_name for file in files])


def _version(file: FileInfo) -> int:
    return int(file.base_name[:20])
