"""The sum: every accepted event is stored, a duplicate, suppressed, dead-lettered, or in flight.

Computed from what lies on disk alone: accepted from the log's end offsets, the rest from the tables' rows and
transactions. What retention deleted is counted where it was deleted and added back here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from kinelake.installation import Installation
from schemas.dead_letters import DEAD_LETTERS
from schemas.errors import Transient
from schemas.stream import streams
from schemas.suppressed import SUPPRESSED

DUPLICATE = "duplicate"
CONSISTENT_TRIES = 50
EXPIRED = {"stored": "expired_stored", "suppressed": "expired_suppressed", "dead_lettered": "expired_dead_lettered"}
"""Counters of what retention deleted, by what it was counted as before."""


class TablesTooBusy(Transient):
    """The primary table changed between every two looks."""


@dataclass(frozen=True)
class Position:
    """A stream's offsets by partition, and the rows that its primary table held at exactly these committed ones."""

    stream: str
    committed: Mapping[int, int]
    ends: Mapping[int, int]
    rows: int


@dataclass(frozen=True)
class Balance:
    """The sum of one stream in events; `balance` is accepted minus all the rest and must be 0."""

    stream: str
    accepted: int
    stored: int
    duplicate: int
    suppressed: Mapping[str, int]
    dead_lettered: int
    in_flight: int
    balance: int


def position(installation: Installation, stream: str) -> Position:
    """Where the stream stands; the ends are read last, so that nothing committed lies beyond them."""
    primary = streams()[stream].primary.name
    partitions = range(installation.settings.partitions)
    committed, rows = dict.fromkeys(partitions, 0), 0
    if installation.location.exists(primary):
        committed, rows = _committed(installation, stream, primary)
    return Position(stream, committed, installation.log.end_offsets(stream), rows)


def balance(installation: Installation, at: Position) -> Balance:
    """The sum at that position."""
    counted = _suppressed(installation, at)
    duplicate = counted.pop(DUPLICATE, 0)
    stored = at.rows + _expired(installation, "stored", at.stream)
    dead_lettered = _dead_lettered(installation, at) + _expired(installation, "dead_lettered", at.stream)
    in_flight = sum(end - at.committed[partition] for partition, end in at.ends.items())
    accepted = sum(at.ends.values())
    rest = accepted - stored - duplicate - sum(counted.values()) - dead_lettered - in_flight
    return Balance(at.stream, accepted, stored, duplicate, counted, dead_lettered, in_flight, rest)


def _committed(installation: Installation, stream: str, primary: str) -> tuple[dict[int, int], int]:
    """Offsets and rows of one version of the primary table."""
    for _ in range(CONSISTENT_TRIES):
        details = installation.tables.details(primary)
        offsets = installation.tables.offsets(primary, stream, range(installation.settings.partitions))
        if installation.tables.version(primary) == details.version:
            return dict(offsets), details.rows
    raise TablesTooBusy(f"{primary} changed {CONSISTENT_TRIES} times while it was looked at; try again")


def _suppressed(installation: Installation, at: Position) -> dict[str, int]:
    """Reason → events; a count whose last offset is not committed belongs to an epoch that will come again."""
    rows = _below(installation, SUPPRESSED.name, at, "last_offset")
    if rows is None:
        return {}
    counts = rows.group_by("reason").agg(pl.col("count").sum()).sort("reason").collect()
    found = dict(counts.iter_rows())
    expired = _expired(installation, "suppressed", at.stream)
    return found | ({"expired": expired} if expired else {})


def _dead_lettered(installation: Installation, at: Position) -> int:
    rows = _below(installation, DEAD_LETTERS.name, at, "log_offset")
    return 0 if rows is None else int(rows.select(pl.len()).collect().item())


def _below(installation: Installation, table: str, at: Position, offset: str) -> pl.LazyFrame | None:
    """The stream's rows of a shared table that lie below the primary's committed offsets."""
    if not installation.location.exists(table):
        return None
    committed = pl.LazyFrame(
        {"log_partition": list(at.committed), "committed": list(at.committed.values())},
        schema={"log_partition": pl.Int32, "committed": pl.Int64},
    )
    rows = installation.tables.scan(table).filter(pl.col("stream") == at.stream)
    return rows.join(committed, on="log_partition").filter(pl.col(offset) < pl.col("committed"))


def _expired(installation: Installation, counted_as: str, stream: str) -> int:
    return installation.control.counters.read(EXPIRED[counted_as]).get(stream, 0)
