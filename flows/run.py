"""Runs one stream's flow over its share of the log, from where its tables stand until it is told to stop."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from bytewax.dataflow import Dataflow
from bytewax.run import cli_main

from blob_store.options import BlobOptions
from control.store import Control
from control.watermarks import Watermark
from event_log import open_reader
from event_log.options import LogOptions
from flows.conveyor import metrics
from flows.conveyor.batch import Batch
from flows.conveyor.options import FlowOptions
from flows.conveyor.sink import Progress, Report, TablesPartition, TablesSink
from flows.conveyor.source import LogSource
from flows.conveyor.watermarks import WatermarkWriter
from flows.steps.consent import ConsentRecords
from flows.steps.head import Flow, dataflow
from flows.steps.places import Current, Places
from flows.steps.standard import Start, steps
from schemas.shared.columns import Table
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.discovery import declared_in
from schemas.shared.faults import BadDeclaration, KinelakeError
from schemas.shared.options import OptionsOf, by_default
from schemas.shared.stream import Stream, module_of, streams
from schemas.shared.suppressed import SUPPRESSED
from schemas.shared.times import moment
from sinks.delta_sink import DeltaSink
from sinks.location import Location
from sinks.opened import OpenTables
from sinks.options import SinkOptions
from sinks.reader import TableReader

_log = structlog.get_logger()


def tables_of(stream: Stream) -> tuple[Table, ...]:
    """The tables a stream's flow writes, the primary one first."""
    return (stream.primary, *stream.derived_tables, SUPPRESSED, DEAD_LETTERS)


def share(split: tuple[int, int], partitions: int) -> list[int]:
    """The partitions of one of N equal processes; splits count from 0.

    Raises:
        ValueError: no such split.
    """
    index, count = split
    if not 0 <= index < count:
        raise ValueError(f"split {index}/{count} does not exist: the first number goes from 0 to {count - 1}")
    return [partition for partition in range(partitions) if partition % count == index]


def utc_now() -> datetime:
    """The system clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a flow is wired to: its share, the ends of the conveyor, and who is told."""

    split: tuple[int, int]
    log: LogOptions
    tables: SinkOptions
    options: FlowOptions
    control: Control
    report: Report
    stopping: Callable[[], bool]
    clock: Callable[[], datetime] = utc_now
    open_tables: OpenTables = field(default_factory=OpenTables)
    options_of: OptionsOf = by_default
    records: ConsentRecords | None = None
    """Everybody's consent; None for a flow that reads it by itself, to its own end."""
    places: Current | None = None
    """What the flows of a process share; a flow alone has its own, which stays as it is."""


def wired(stream: Stream, wiring: Wiring) -> Dataflow:
    """The stream's dataflow over the real log and tables, from where the tables stand."""
    own = flow_of(stream)
    location = Location(wiring.tables.tables_url)
    tables = tables_of(stream)
    partitions = share(wiring.split, wiring.log.partitions)
    sink = DeltaSink(location, tables, stream.name, partitions, wiring.tables, wiring.open_tables)
    sink.open()
    start = Start(stream.primary.name, {table.name: sink.offsets(table.name) for table in tables})
    progress = Progress(start.begin)
    records = wiring.records or records_of(wiring.log, location, wiring.clock)
    places = wiring.places or Places(wiring.control, wiring.options, wiring.options_of(BlobOptions)).current
    room = (TableReader(location), wiring.control, wiring.options, wiring.options_of, wiring.clock)
    made = steps(stream, start, *room, places, records, lambda: progress.next_offsets, wiring.stopping)
    source = LogSource(
        lambda: open_reader(wiring.log.log_url, stream.name, start.begin, wiring.log),
        wiring.clock,
        wiring.stopping,
        records.close if wiring.records is None else None,
        wiring.options.epoch_seconds,
        lambda: progress.caught_up,
    )
    ends = (progress, start.replay)
    report = Told(wiring.report, own, wiring.control)
    target = TablesSink(lambda: TablesPartition(sink, start.primary, *ends, own.reduces, report, wiring.stopping))
    _log.info("flow starts", flow=stream.name, split=wiring.split, replay=bool(start.replay))
    return dataflow(stream.name, own, source, target, made)


def records_of(log: LogOptions, location: Location, clock: Callable[[], datetime]) -> ConsentRecords:
    """Everybody's consent, as the one stream that has it declares as RECORDS in this room."""
    (make,) = declared_in("flows", "RECORDS").values()
    records: ConsentRecords = make(log, location, clock)
    return records


def flow_of(stream: Stream) -> Flow:
    """What the stream's module of this room declares as FLOW, or for several streams as FLOWS, by their names.

    Raises:
        BadDeclaration: it declares none for this stream.
    """
    module = module_of(stream.name)
    several: Mapping[str, Flow] = declared_in("flows", "FLOWS").get(module, {})
    found: Flow | None = several.get(stream.name, declared_in("flows", "FLOW").get(module))
    if found is None:
        raise BadDeclaration(
            f"flows.{module} declares no flow of the stream {stream.name}: FLOW, or FLOWS with one for each by its name"
        )
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """Tells of each commit the flow's own hook, then the report."""

    report: Report
    own: Flow
    control: Control

    def committed(self, batches: Sequence[Batch]) -> None:
        """These batches are in the tables."""
        if self.own.committed is not None:
            self.own.committed(self.control, batches)
        self.report.committed(batches)

    def progress(self, progress: Progress) -> None:
        """An epoch has closed."""
        self.report.progress(progress)


@dataclass(frozen=True, slots=True)
class Hosting:
    """What the flows of one process have in common: settings, who writes their watermarks, the tables and the consent
    records that they share.
    """

    log: LogOptions
    tables: SinkOptions
    options: FlowOptions
    control: Control
    watermarks: WatermarkWriter
    stopping: threading.Event
    options_of: OptionsOf
    places: Current | None = None
    open_tables: OpenTables = field(default_factory=OpenTables)
    records: ConsentRecords = field(init=False)

    def __post_init__(self) -> None:
        records = records_of(self.log, Location(self.tables.tables_url), utc_now)
        object.__setattr__(self, "records", records)

    def wiring(self, stream_name: str, split: tuple[int, int]) -> Wiring:
        """Of one of its flows."""
        report = Reporter(stream_name, self.watermarks)
        stopping = self.stopping.is_set
        own = (self.options, self.control, report, stopping, utc_now, self.open_tables, self.options_of)
        return Wiring(split, self.log, self.tables, *own, self.records, self.places)

    def close(self) -> None:
        """When no flow runs any more."""
        self.records.close()


def run(stream_name: str, split: tuple[int, int], hosting: Hosting, started: Callable[[], None]) -> None:
    """Run until the process stops; `started` hears when reading begins.

    Raises the Terminal or Transient error that ended it otherwise.
    """
    flow = wired(streams()[stream_name], hosting.wiring(stream_name, split))
    started()
    conveyed(flow, hosting.options)
    _log.info("flow stopped", flow=stream_name)


def conveyed(flow: Dataflow, options: FlowOptions) -> None:
    """Run the dataflow in this thread to its end; raises what ended it otherwise, without Bytewax's wrapping."""
    try:
        cli_main(flow, epoch_interval=timedelta(seconds=options.epoch_seconds))  # type: ignore[no-untyped-call]
    except Exception as error:
        raise _own(error) from error


class Reporter:
    """Counts one flow's metrics and notes its watermarks."""

    def __init__(self, stream: str, watermarks: WatermarkWriter) -> None:
        self._stream = stream
        self._watermarks = watermarks
        self._noted: Mapping[int, int] = {}

    def committed(self, batches: Sequence[Batch]) -> None:
        """Count what came into the tables."""
        metrics.count(self._stream, batches, utc_now())

    def progress(self, progress: Progress) -> None:
        """Note how far the flow is."""
        metrics.LAG.labels(self._stream).set(progress.lag)
        offsets = dict(progress.next_offsets)
        known = progress.as_of.keys() & offsets.keys()
        marks = {p: Watermark(moment(progress.as_of[p]), offsets[p]) for p in known}
        self._watermarks.note(self._stream, marks, committed=offsets != self._noted)
        self._noted = offsets


def _own(error: BaseException) -> BaseException:
    """The error of ours behind what Bytewax wrapped it in, else the error itself."""
    return next((cause for cause in _causes(error) if isinstance(cause, KinelakeError)), error)


def _causes(error: BaseException | None) -> Iterable[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
