"""The state of an installation as `kinelake status` shows it; read from control, the log and the tables, never asked
of the running processes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from control.watermarks import Watermark
from event_log.faults import UnknownTopic
from jobs.tables import declared_tables
from kinelake.balance import Balance, Position, balance, position
from kinelake.installation import Installation
from kinelake.role import now
from kinelake.troubles import flows_in_trouble
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.faults import Transient
from schemas.shared.stream import streams


@dataclass(frozen=True)
class RoleStatus:
    """A process; `alive` when it was heard of in the last 15 s."""

    role: str
    instance: str
    alive: bool
    seen_at: datetime
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class PartitionStatus:
    """A partition of a stream's log: what is in the tables, what is on the log, what lies between."""

    partition: int
    committed: int
    end: int
    lag: int
    as_of: datetime | None


@dataclass(frozen=True)
class FlowStatus:
    """A stream's flow; `freshness_seconds` is how long ago everything accepted was in the tables."""

    stream: str
    lag: int
    freshness_seconds: float | None
    partitions: list[PartitionStatus]


@dataclass(frozen=True)
class TableStatus:
    """A table's size from its log; no row is read."""

    name: str
    rows: int
    version: int
    files: int
    bytes: int
    path: str


@dataclass(frozen=True)
class DeadLetters:
    """What could not be processed and why."""

    stream: str
    stage: str
    reason: str
    count: int


@dataclass(frozen=True)
class Status:
    """Everything at one moment; `problems` say which flows do not run, and what could not be found out."""

    at: datetime
    roles: list[RoleStatus]
    flows: list[FlowStatus]
    tables: list[TableStatus]
    dead_letters: list[DeadLetters]
    sums: list[Balance]
    problems: list[str]


def status(installation: Installation) -> Status:
    """The state now; a part that does not answer is named among the problems and left out."""
    flows, sums = [], []
    problems = [f"flow {name} {reason}" for name, reason in flows_in_trouble(installation.control).items()]
    without = list[str]()
    for name in streams():
        try:
            at = position(installation, name)
            flows.append(_flow(at, installation.control.watermarks.read(name)))
            sums.append(balance(installation, at))
        except UnknownTopic:
            without.append(name)
        except Transient as error:
            problems.append(f"{name}: {error}")
    problems.extend(_not_started(installation, without))
    return Status(now(), roles(installation), flows, tables(installation), dead_letters(installation), sums, problems)


def _not_started(installation: Installation, without: Sequence[str]) -> Iterator[str]:
    """What is wrong with streams that have no topic: nothing where others have one and it never had rows.

    Such a stream is new since the installation was last started.
    """
    if len(without) == len(streams()):
        yield f"nothing has been started on {installation.folder.path} yet; `kinelake up` does"
        return
    for name in without:
        if installation.location.exists(streams()[name].primary.name):
            yield f"{name}: its topic is gone from the log, though its table is there; `kinelake up` makes a new one"


def roles(installation: Installation) -> list[RoleStatus]:
    """The processes that reported within a day."""
    beats = installation.control.heartbeats.list(now())
    return [RoleStatus(beat.role, beat.instance, beat.alive, beat.seen_at, beat.detail) for beat in beats]


def tables(installation: Installation) -> list[TableStatus]:
    """The tables that exist."""
    return [_table(installation, name) for name in declared_tables() if installation.location.exists(name)]


def table_rows(installation: Installation) -> Mapping[str, int]:
    """Name → rows, of the tables that exist."""
    return {table.name: table.rows for table in tables(installation)}


def dead_letters(installation: Installation) -> list[DeadLetters]:
    """Counts by stream, stage and reason."""
    if not installation.location.exists(DEAD_LETTERS.name):
        return []
    key = ["stream", "stage", "reason"]
    counts = installation.tables.scan(DEAD_LETTERS.name).group_by(key).agg(count=pl.len()).sort(key).collect()
    return [DeadLetters(**row) for row in counts.iter_rows(named=True)]


def _table(installation: Installation, name: str) -> TableStatus:
    found = installation.tables.details(name)
    return TableStatus(name, found.rows, found.version, found.files, found.bytes, found.path)


def _flow(at: Position, watermarks: Mapping[int, Watermark]) -> FlowStatus:
    partitions = [
        PartitionStatus(
            partition=number,
            committed=at.committed[number],
            end=end,
            lag=end - at.committed[number],
            as_of=watermarks[number].as_of if number in watermarks else None,
        )
        for number, end in at.ends.items()
    ]
    known = [each.as_of for each in partitions if each.as_of is not None]
    freshness = (now() - min(known)).total_seconds() if len(known) == len(partitions) and known else None
    return FlowStatus(at.stream, sum(each.lag for each in partitions), freshness, partitions)
