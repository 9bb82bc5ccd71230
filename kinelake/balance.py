"""The sum, in items: every accepted event is stored, a duplicate, suppressed, dead-lettered, or in flight.

Computed from what lies on disk alone: the primary table's commits note how many items they passed, what is in flight
is read from the log, the rest follows from the tables' rows and transactions. What retention removed is noted in the
commits that removed it, and added here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import polars as pl

from event_log import Reader, open_reader
from event_log.faults import LogUnavailable
from jobs.retention import DUPLICATE, expired
from kinelake.installation import Installation
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.faults import Transient
from schemas.shared.message import items_in
from schemas.shared.stream import streams
from schemas.shared.suppressed import SUPPRESSED
from sinks.decided import withdrawn
from sinks.erased_stream import application as erased
from sinks.purged import application as purged

LOOKS = 50
MOST_MESSAGES = 10_000
POLL_SECONDS = 1.0
QUIET_POLLS = 10
CONSENT = "consent"
"""The reason of what consent keeps out of the tables, at once or afterwards."""
ERASED = "erased"
"""The reason of what erasures keep out of the tables, or took out of them."""
PURGED = "purged"
"""The reason of what came with write keys whose rows were purged."""
T = TypeVar("T")
TakenOut: TypeAlias = tuple[int, int, int]
"""Rows that went for want of consent, by erasures, and with write keys."""


class TablesTooBusy(Transient):
    """A table changed between every two looks."""


@dataclass(frozen=True)
class Position:
    """A stream's offsets by partition, and what its primary table had passed and ever held at the committed ones.

    `in_flight` are the items of the messages between committed and ends; `withdrawn` the rows that a newer consent
    record took out of the table again, `erased` those that erasures did, `purged` those of write keys.
    """

    stream: str
    committed: Mapping[int, int]
    ends: Mapping[int, int]
    passed: int
    stored: int
    in_flight: int
    withdrawn: int
    erased: int
    purged: int


@dataclass(frozen=True)
class Balance:
    """The sum of one stream in events; `balance` is accepted minus all the rest and must be 0.

    `expired` of what is stored, suppressed and so on was removed by retention since, and is counted all the same.
    """

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
    committed, passed, stored, taken_out = dict.fromkeys(partitions, 0), 0, 0, (0, 0, 0)
    if installation.location.exists(primary):
        committed, passed, stored, taken_out = _at_rest(
            installation, primary, lambda: _primary(installation, stream, primary)
        )
    ends = installation.log.end_offsets(stream)
    in_flight = _in_flight(installation, stream, committed, ends)
    return Position(stream, committed, ends, passed, stored, in_flight, *taken_out)


def balance(installation: Installation, at: Position) -> Balance:
    """The sum at that position."""
    suppressed = _suppressed(installation, at)
    duplicate = suppressed.pop(DUPLICATE, 0)
    for reason, taken_out in ((CONSENT, at.withdrawn), (ERASED, at.erased), (PURGED, at.purged)):
        if taken_out:
            suppressed[reason] = suppressed.get(reason, 0) + taken_out
    dead_lettered = _dead_lettered(installation, at)
    accepted = at.passed + at.in_flight
    rest = at.passed - at.stored - duplicate - sum(suppressed.values()) - dead_lettered
    return Balance(at.stream, accepted, at.stored, duplicate, suppressed, dead_lettered, at.in_flight, rest)


def _primary(installation: Installation, stream: str, table: str) -> tuple[dict[int, int], int, int, TakenOut]:
    """Offsets, items passed, rows ever stored and not taken out, and those that were."""
    partitions = range(installation.settings.partitions)
    offsets = dict(installation.tables.offsets(table, stream, partitions))
    passed = sum(installation.tables.items(table, stream, partitions).values())
    stored = installation.tables.details(table).rows + _noted(installation, table, expired(stream))
    by_consent, by_erasures, by_purges = (
        _noted(installation, table, name) for name in (withdrawn(stream), erased(stream), purged(stream))
    )
    return offsets, passed, stored, (by_consent, by_erasures, by_purges)


def _in_flight(installation: Installation, stream: str, committed: Mapping[int, int], ends: Mapping[int, int]) -> int:
    """The items of the messages that no commit has passed, read from the log."""
    waiting = {partition: committed[partition] for partition, end in ends.items() if committed[partition] < end}
    if not waiting:
        return 0
    reader = open_reader(installation.settings.log_url, stream, waiting, installation.settings)
    try:
        return _items_until(reader, waiting, ends)
    finally:
        reader.close()


def _items_until(reader: Reader, reached: dict[int, int], ends: Mapping[int, int]) -> int:
    items, quiet = 0, 0
    while any(offset < ends[partition] for partition, offset in reached.items()):
        fetched = reader.poll(MOST_MESSAGES, POLL_SECONDS)
        quiet = 0 if len(fetched) else quiet + 1
        if quiet == QUIET_POLLS:
            raise LogUnavailable("the log does not hand out what is in flight; try again")
        places = zip(fetched.partitions.tolist(), fetched.offsets.tolist(), fetched.values, strict=True)
        for partition, offset, value in places:
            if offset < ends[partition]:
                items += items_in(value)
            reached[partition] = offset + 1
    return items


def _suppressed(installation: Installation, at: Position) -> dict[str, int]:
    """Reason → events; a count whose last offset is not committed belongs to an epoch that will come again."""
    name = SUPPRESSED.name
    if not installation.location.exists(name):
        return {}

    def counted() -> dict[str, int]:
        rows = _below(installation, name, at, "last_offset").group_by("reason").agg(pl.col("count").sum())
        counts = dict(rows.sort("reason").collect().iter_rows())
        gone = {
            DUPLICATE: _noted(installation, name, expired(at.stream, DUPLICATE)),
            "expired": _noted(installation, name, expired(at.stream)),
        }
        return counts | {reason: counts.get(reason, 0) + count for reason, count in gone.items() if count}

    return _at_rest(installation, name, counted)


def _dead_lettered(installation: Installation, at: Position) -> int:
    name = DEAD_LETTERS.name
    if not installation.location.exists(name):
        return 0

    def counted() -> int:
        rows = _below(installation, name, at, "log_offset").select(pl.len()).collect().item()
        counters = (expired(at.stream), erased(at.stream), purged(at.stream))
        return int(rows) + sum(_noted(installation, name, counter) for counter in counters)

    return _at_rest(installation, name, counted)


def _below(installation: Installation, table: str, at: Position, offset: str) -> pl.LazyFrame:
    """The stream's rows of a shared table that lie below the primary's committed offsets."""
    committed = pl.LazyFrame(
        {"log_partition": list(at.committed), "committed": list(at.committed.values())},
        schema={"log_partition": pl.Int32, "committed": pl.Int64},
    )
    rows = installation.tables.scan(table).filter(pl.col("stream") == at.stream)
    return rows.join(committed, on="log_partition").filter(pl.col(offset) < pl.col("committed"))


def _noted(installation: Installation, table: str, application: str) -> int:
    return installation.tables.table(table).transaction_version(application) or 0


def _at_rest(installation: Installation, table: str, look: Callable[[], T]) -> T:
    """What one version of the table says, though it takes several looks."""
    for _ in range(LOOKS):
        version = installation.tables.version(table)
        found = look()
        if installation.tables.version(table) == version:
            return found
    raise TablesTooBusy(f"{table} changed {LOOKS} times while it was looked at; try again")
