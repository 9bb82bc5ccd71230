"""A stream's flow over a real Kafka backlog, against the floor: consume + parse + append of the same messages.

    python -m benchmarks.flow [--stream media] [--only 20] [--events 5000000] [--people 1000000]

Events are items: of pose, frames. What another stream than media comes to is kept beside its results.

One process on one core, once more with consent records of everybody among a million people, then two splits on two
cores; the broker runs beside them.
"""

import argparse
import json
import os
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from benchmarks.backlog import TOPIC, fill_kafka, now_us
from benchmarks.measure import Measured, Running, in_process
from schemas.shared.columns import TIMESTAMP

if TYPE_CHECKING:
    from schemas.shared.stream import Stream
    from tests.servers.kafka import Kafka

Ready = Callable[[], None]


def floor(
    ready: Ready, log_url: str, tables: str, split: tuple[int, int], ends: Mapping[int, int], name: str
) -> dict[str, Any]:
    """Consume, parse, append, commit every 200,000 rows; nothing in between."""
    from event_log import LogOptions, open_reader
    from flows.conveyor.sink import COMMIT_ROWS
    from flows.conveyor.source import LogPartition, Poll
    from flows.run import share, utc_now
    from flows.steps.decode import Decode
    from schemas.shared.stream import streams
    from sinks.delta_sink import DeltaSink
    from sinks.location import Location
    from sinks.options import SinkOptions

    log = LogOptions(log_url=log_url)
    mine = {p: ends[p] for p in share(split, log.partitions)}
    stream = streams()[name]
    sink = DeltaSink(Location(tables), [stream.primary], "floor", list(mine), SinkOptions(tables_url=tables))
    sink.open()
    source = LogPartition(open_reader(log_url, name, sink.offsets(), log), utc_now, lambda: False)
    decode = Decode(stream, utc_now)
    ready()
    pending: list[pl.DataFrame] = []
    offsets: dict[int, int] = {}
    total = items = 0
    while total < sum(mine.values()):
        polls: list[Poll] = source.next_batch()
        for poll in polls:
            batch = decode(poll)
            pending.append(batch.rows)
            offsets.update(poll.next_offsets)
            total += len(poll.fetched)
            items += sum(batch.passed.values())
        rows = sum(frame.height for frame in pending)
        if rows >= COMMIT_ROWS or (rows and total == sum(mine.values())):
            rows_of = pl.concat([frame for frame in pending if frame.width], how="diagonal")
            sink.commit({stream.primary.name: rows_of}, offsets, {})
            pending, offsets = [], {}
    return {"events": items}


class _UntilEnd:
    """Stops the flow once its share is committed."""

    def __init__(self, ends: Mapping[int, int]) -> None:
        self._ends = ends
        self.done = threading.Event()
        self.commits = self.items = 0

    def committed(self, batches: Sequence[Any]) -> None:
        self.commits += 1
        self.items += sum(sum(batch.passed.values()) for batch in batches)

    def progress(self, progress: Any) -> None:
        if all(progress.next_offsets.get(p, 0) >= end for p, end in self._ends.items()):
            self.done.set()


def flow(
    ready: Ready,
    log_url: str,
    tables: str,
    split: tuple[int, int],
    ends: Mapping[int, int],
    name: str,
    profile: str | None,
) -> dict[str, Any]:
    """The real flow, from where its tables stand to the end of its share."""
    from control.store import Control
    from event_log import LogOptions
    from flows.conveyor.options import FlowOptions
    from flows.run import Wiring, conveyed, share, wired
    from schemas.shared.stream import streams
    from sinks.options import SinkOptions

    log = LogOptions(log_url=log_url)
    mine = {p: ends[p] for p in share(split, log.partitions)}
    until = _UntilEnd(mine)
    options = FlowOptions(geo_database=_geo(Path(tables).parent))
    control = Control.open(f"sqlite:///{Path(tables).parent / 'control.db'}")
    wiring = Wiring(split, log, SinkOptions(tables_url=tables), options, control, until, until.done.is_set)
    _warm(streams()[name])
    ready()
    running = wired(streams()[name], wiring)
    if profile:
        import cProfile

        profiler = cProfile.Profile()
        profiler.runcall(conveyed, running, options)
        profiler.dump_stats(profile)
    else:
        conveyed(running, options)
    return {"events": until.items, "commits": until.commits}


def _geo(folder: Path) -> Path:
    from kinelake.example.geo import write_geo_database

    return write_geo_database(folder / f"geo-{os.getpid()}.mmdb")


def _warm(stream: "Stream") -> None:
    """Load what is compiled from its cache, as any second start does, and compile the rules of devices.

    A process does that once, in its first batch, some 6 s of CPU: of a short run it would be half.
    """
    import numpy as np

    from flows.conveyor.seen_index import SeenIndex
    from flows.run import flow_of
    from flows.steps.device import Devices
    from kinelake.example.people import USER_AGENTS

    flow_of(stream)
    SeenIndex().judge(np.ones(1, np.uint64), np.zeros(1, np.int64), np.zeros(1, np.int64))
    Devices().columns(list(USER_AGENTS))


def give_consent(tables: str, given: str, people: int, name: str) -> None:
    """Everybody in a run's tables, and others up to that many people, has a consent record in the `given` tables."""
    from schemas.shared.stream import streams
    from schemas.shared.suppressed import SUPPRESSED
    from sinks.delta_sink import DeltaSink
    from sinks.location import Location
    from sinks.options import SinkOptions
    from sinks.reader import TableReader

    stream = streams()["consent"]
    known = TableReader(Location(tables)).rows(streams()[name].primary).select("tenant", "subject").unique().collect()
    more = pl.int_range(max(0, people - known.height), eager=True).cast(pl.String).str.zfill(64)
    other = pl.DataFrame({"tenant": ["elsewhere"], "subject": [more]}).explode("subject")
    at = pl.from_epoch(pl.lit(now_us() // 1_000_000 - 30 * 86_400)).dt.replace_time_zone("UTC").cast(TIMESTAMP)
    rows = pl.concat([known, other], how="vertical_relaxed").with_columns(
        level=pl.lit(2), effective_at=at, received_at=at, received_date=at.dt.date(), log_partition=pl.lit(0),
        record_number=pl.int_range(pl.len()), log_offset=pl.lit(0), stream=pl.lit(stream.name), occurred_at=at,
        session_id=pl.lit(None, pl.String),
    )  # fmt: skip
    sink = DeltaSink(Location(given), [stream.primary, SUPPRESSED], "given", [0], SinkOptions(tables_url=given))
    sink.open()
    sink.commit({stream.primary.name: rows}, {0: 1}, {0: rows.height})


def report(name: str, runs: Sequence[Measured]) -> dict[str, Any]:
    """Events per second over the longest wall time, CPU-seconds per million, memory."""
    events = sum(run.result["events"] for run in runs)
    wall, cpu = max(run.wall for run in runs), sum(run.cpu for run in runs)
    found = {
        "events": events,
        "events_per_second": round(events / wall),
        "cpu_seconds_per_million": round(cpu / events * 1e6, 2),
        "events_per_core_second": round(events / cpu),
        "anonymous_mib": round(max(run.anonymous for run in runs)),
        "mapped_mib": round(max(run.mapped for run in runs)),
    }
    print(f"{name:18s} {found}", flush=True)
    return found


def kept_as(stream: str, only: int | None) -> str:
    """The file of results/ that a run over a stream's messages is kept in, or over those of `only` items."""
    return "_".join(["flow", *([stream] if stream != TOPIC else []), *([f"of_{only}"] if only else [])]) + ".json"


class Bench(NamedTuple):
    """A topic that is full: where it is, and where its partitions end."""

    stream: str
    log_url: str
    ends: Mapping[int, int]
    folder: Path

    def started(self, work: Callable[..., Any], tables: str, split: tuple[int, int], *extra: Any) -> Running:
        """A process that works on a part of the topic, on the core of that part."""
        return in_process(work, self.log_url, tables, split, self.ends, self.stream, *extra, cores={split[0]})

    def on_one_core(self, turn: int, people: int) -> dict[str, Any]:
        """Floor and flow, and the flow once more where everybody has a consent record."""
        figures = {
            f"{name}_one_core_{turn}": report(
                f"{name}, one core", [self.started(work, str(self.folder / f"{name}{turn}"), (0, 1), *extra).measured()]
            )
            for name, work, extra in WORKS
        }
        given = str(self.folder / f"given{turn}")
        give_consent(str(self.folder / f"flow{turn}"), given, people, self.stream)
        run = self.started(flow, given, (0, 1), None).measured()
        return {**figures, f"flow_with_consent_one_core_{turn}": report("flow, consent", [run])}

    def in_two_splits(self) -> dict[str, Any]:
        """Floor and flow, each as two processes that share the partitions."""
        figures = {}
        for name, work, extra in WORKS:
            both = [self.started(work, str(self.folder / f"{name}-two"), (i, 2), *extra) for i in (0, 1)]
            figures[f"{name}_two_splits"] = report(f"{name}, two splits", [one.measured() for one in both])
        return figures


WORKS: Sequence[tuple[str, Callable[..., Any], tuple[Any, ...]]] = (("floor", floor, ()), ("flow", flow, (None,)))
"""What is measured, by name, with what it is told beside the topic."""


def main() -> None:
    """Fill Kafka, run floor and flow alone and in two splits, print and keep the figures."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(dir=os.environ.get("KINELAKE_BENCH_FOLDER")) as name:
        figures = _figures(Path(name), arguments)
    kept = Path(__file__).parent / "results" / kept_as(arguments.stream, arguments.only)
    kept.write_text(json.dumps(figures, indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stream", default=TOPIC, help="whose flow")
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--only", type=int, help="only messages with that many events")
    parser.add_argument("--profile", help="also run the flow under cProfile and write its figures here")
    parser.add_argument("--single", action="store_true", help="leave the two splits out")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--people", type=int, default=1_000_000, help="with a consent record, in a third run")
    return parser.parse_args()


def _figures(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    from tests.servers.kafka import Kafka

    (folder / "kafka").mkdir()
    kafka = Kafka(folder / "kafka", heap=1024, flags=())
    kafka.start()
    bench, figures = _filled(folder, kafka, arguments)
    for turn in range(arguments.repeat):
        figures |= bench.on_one_core(turn, arguments.people)
    if not arguments.single:
        figures |= bench.in_two_splits()
    if arguments.profile:
        bench.started(flow, str(folder / "profiled"), (0, 1), arguments.profile).measured()
    kafka.stop()
    return figures | {"load_average": round(os.getloadavg()[0], 2)}


def _filled(folder: Path, kafka: "Kafka", arguments: argparse.Namespace) -> tuple[Bench, dict[str, Any]]:
    from event_log import LogOptions, open_admin
    from kinelake.example.traffic import examples

    options, stream = LogOptions(log_url=kafka.url), arguments.stream
    traffic = examples()[stream]
    count, items, size = fill_kafka(kafka.bootstrap, options, arguments.events, now_us(), traffic, arguments.only)
    print(f"{count} messages with {items} events, mean {size:.0f} bytes", flush=True)
    ends = open_admin(options.log_url, options).end_offsets(stream)
    return Bench(stream, kafka.url, ends, folder), {"messages": count, "mean_bytes": round(size)}


if __name__ == "__main__":
    main()
