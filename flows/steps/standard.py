"""The steps every flow shares, made for one stream; a flow chains them and adds its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from control.store import Control
from flows.conveyor.options import FlowOptions
from flows.conveyor.seen_index import SeenIndex
from flows.conveyor.source import Cut, Landed
from flows.steps.client import Client
from flows.steps.consent import Consent, ConsentRecords
from flows.steps.decode import Decode
from flows.steps.device import Devices
from flows.steps.geo import Geo
from flows.steps.places import Current
from flows.steps.repeats import Repeats
from flows.steps.tombstones import Erased
from schemas.shared.options import OptionsOf
from schemas.shared.stream import Stream
from sinks.reader import TableReader

WINDOW = timedelta(hours=24)
SLACK = timedelta(hours=1)
"""How far gateways' clocks and the order on the log may be apart."""


@dataclass(frozen=True, slots=True)
class Start:
    """What the tables say when a flow starts: next offsets by table and partition, the primary's among them."""

    primary: str
    offsets: Mapping[str, Mapping[int, int]]

    @property
    def begin(self) -> Mapping[int, int]:
        """Where reading starts."""
        return self.offsets[self.primary]

    @property
    def replay(self) -> dict[int, int]:
        """Where the furthest table stands beyond the primary; empty where none does."""
        ends = {p: max(table[p] for table in self.offsets.values()) for p in self.begin}
        return {p: end for p, end in ends.items() if end > self.begin[p]}

    @property
    def landed(self) -> list[Landed]:
        """What tables have beyond the primary, the nearest end first."""
        ahead = {name: self._ahead(table) for name, table in self.offsets.items()}
        ends = {tuple(table.items()) for table in ahead.values()} - {tuple(self.begin.items())}
        return [
            Landed(dict(end), frozenset(name for name, table in ahead.items() if _covers(table, dict(end))))
            for end in sorted(ends, key=lambda end: sum(offset for _, offset in end))
        ]

    def _ahead(self, table: Mapping[int, int]) -> dict[int, int]:
        """A table's offsets, where it had nothing to write for long the primary's."""
        return {p: max(table[p], begin) for p, begin in self.begin.items()}


def _covers(table: Mapping[int, int], end: Mapping[int, int]) -> bool:
    return all(table[p] >= offset for p, offset in end.items())


@dataclass(frozen=True, slots=True)
class Steps:
    """The shared steps of one stream's flow, in the order they are chained, and what its own steps may need.

    `committed` says where the primary table stands; `options_of` has the stream's own settings, by the type that its
    `options` module declares as OPTIONS.
    """

    cut: Cut
    decode: Decode
    erased: Erased
    consent: Consent
    repeats: Repeats
    client: Client
    start: Start
    committed: Callable[[], Mapping[int, int]]
    tables: TableReader
    control: Control
    options: FlowOptions
    options_of: OptionsOf
    clock: Callable[[], datetime]


def steps(
    stream: Stream,
    start: Start,
    tables: TableReader,
    control: Control,
    options: FlowOptions,
    options_of: OptionsOf,
    clock: Callable[[], datetime],
    places: Current,
    records: ConsentRecords,
    committed: Callable[[], Mapping[int, int]],
    stopping: Callable[[], bool],
) -> Steps:
    """The steps for one stream, the repeats index rebuilt from the primary table.

    `records` are everybody's consent, `committed` says where the primary table stands.
    """
    repeats = Repeats(stream.name, SeenIndex(options.run_folder), clock)
    newest = tables.maximum(stream.primary.name, "received_at")
    if newest is not None:
        repeats.remember(_recent(tables.scan(stream.primary.name), start, newest))
    return Steps(
        cut=Cut(start.landed),
        decode=Decode(stream, clock),
        erased=Erased(stream.name, control.tombstones),
        consent=Consent(stream, records, control.decisions, committed, stopping),
        repeats=repeats,
        client=Client(Geo(places), Devices()),
        start=start,
        committed=committed,
        tables=tables,
        control=control,
        options=options,
        options_of=options_of,
        clock=clock,
    )


def _recent(primary: pl.LazyFrame, start: Start, newest: datetime) -> pl.LazyFrame:
    """The ids received within the window before the newest, of this process's partitions."""
    since = newest - WINDOW - SLACK
    ours = pl.col("log_partition").is_in(list(start.begin))
    return primary.filter((pl.col("received_at") >= since) & (pl.col("received_date") >= since.date()) & ours)
