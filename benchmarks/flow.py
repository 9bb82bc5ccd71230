"""A stream's flow over a real Kafka backlog, against the floor: consume + parse + append of the same messages.

    python -m benchmarks.flow [--events 5000000] [--stream analytics --items 20]

One process on one core, then two splits on two cores; the broker runs beside them.
"""

import argparse
import json
import os
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.backlog import MEASURED, fill_kafka, now_us
from benchmarks.measure import Measured, in_process

Ready = Callable[[], None]


def floor(
    ready: Ready, name: str, log_url: str, tables: str, split: tuple[int, int], ends: Mapping[int, int]
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

    stream = streams()[name]
    log = LogOptions(log_url=log_url)
    mine = {p: ends[p] for p in share(split, log.partitions)}
    sink = DeltaSink(Location(tables), [stream.primary], "floor", list(mine), SinkOptions(tables_url=tables))
    sink.open()
    source = LogPartition(open_reader(log_url, name, sink.offsets(), log), utc_now, lambda: False)
    decode = Decode(stream, utc_now)
    ready()
    pending: list[pl.DataFrame] = []
    offsets: dict[int, int] = {}
    total = 0
    while total < sum(mine.values()):
        polls: list[Poll] = source.next_batch()
        for poll in polls:
            pending.append(decode(poll).rows)
            offsets.update(poll.next_offsets)
            total += len(poll.fetched)
        rows = sum(frame.height for frame in pending)
        if rows >= COMMIT_ROWS or (rows and total == sum(mine.values())):
            whole = pl.concat([frame for frame in pending if frame.width], how="diagonal")
            sink.commit({stream.primary.name: whole}, offsets, {})
            pending, offsets = [], {}
    return {"messages": total}


class _UntilEnd:
    """Stops the flow once its share is committed."""

    def __init__(self, ends: Mapping[int, int]) -> None:
        self._ends = ends
        self.done = threading.Event()
        self.commits = 0

    def committed(self, batches: Sequence[Any]) -> None:
        self.commits += 1

    def progress(self, progress: Any) -> None:
        if all(progress.next_offsets.get(p, 0) >= end for p, end in self._ends.items()):
            self.done.set()


def flow(
    ready: Ready,
    name: str,
    log_url: str,
    tables: str,
    split: tuple[int, int],
    ends: Mapping[int, int],
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
    _warm(name)
    ready()
    running = wired(streams()[name], wiring)
    if profile:
        import cProfile

        profiler = cProfile.Profile()
        profiler.runcall(conveyed, running, options)
        profiler.dump_stats(profile)
    else:
        conveyed(running, options)
    return {"messages": sum(mine.values()), "commits": until.commits}


def _geo(folder: Path) -> Path:
    from kinelake.example.geo import write_geo_database

    return write_geo_database(folder / f"geo-{os.getpid()}.mmdb")


def _warm(name: str) -> None:
    """Load what the flow compiles from its cache, as any second start does, and compile the rules of devices.

    A process does that once, in its first look-ups, some 4 s of CPU.
    """
    from flows.run import flow_of
    from flows.steps.device import Devices
    from kinelake.example.people import USER_AGENTS
    from schemas.shared.stream import streams

    flow_of(streams()[name])
    Devices().columns(list(USER_AGENTS))


def report(name: str, items: int, runs: Sequence[Measured]) -> dict[str, Any]:
    """Events (so many items a message) per second over the longest wall time, CPU-seconds per million, memory."""
    events = items * sum(run.result["messages"] for run in runs)
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


def main() -> None:
    """Fill Kafka, run floor and flow alone and in two splits, print and keep the figures."""
    from event_log import LogOptions, open_admin
    from kinelake.example.traffic import examples
    from tests.servers.kafka import Kafka

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--profile", help="also run the flow under cProfile and write its figures here")
    parser.add_argument("--single", action="store_true", help="leave the two splits out")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--stream", choices=list(examples()), default=MEASURED.stream.name)
    parser.add_argument("--items", type=int, default=1, help="events in a message")
    arguments = parser.parse_args()
    name, items = arguments.stream, arguments.items
    with tempfile.TemporaryDirectory(dir=os.environ.get("KINELAKE_BENCH_FOLDER")) as made:
        folder = Path(made)
        (folder / "kafka").mkdir()
        kafka = Kafka(folder / "kafka", heap=1024)
        kafka.start()
        options = LogOptions(log_url=kafka.url)
        count, size = fill_kafka(kafka.bootstrap, options, arguments.events, now_us(), examples()[name], items)
        ends = open_admin(options.log_url, options).end_offsets(name)
        print(f"{count} messages of {items}, mean {size:.0f} bytes", flush=True)
        figures: dict[str, Any] = {"messages": count, "mean_bytes": round(size)}
        for turn in range(arguments.repeat):
            for kind, work, extra in (("floor", floor, ()), ("flow", flow, (None,))):
                url = str(folder / f"{kind}{turn}")
                run = in_process(work, name, options.log_url, url, (0, 1), ends, *extra, cores={0}).measured()
                figures[f"{kind}_one_core_{turn}"] = report(f"{kind}, one core", items, [run])
        if not arguments.single:
            for kind, work, extra in (("floor", floor, ()), ("flow", flow, (None,))):
                url = str(folder / f"{kind}-two")
                both = [in_process(work, name, options.log_url, url, (i, 2), ends, *extra, cores={i}) for i in (0, 1)]
                figures[f"{kind}_two_splits"] = report(f"{kind}, two splits", items, [one.measured() for one in both])
        if arguments.profile:
            url = str(folder / "profiled")
            in_process(flow, name, options.log_url, url, (0, 1), ends, arguments.profile, cores={0}).measured()
        kafka.stop()
    kept = "flow" if name == MEASURED.stream.name else f"flow-{name}"
    (Path(__file__).parent / "results" / f"{kept}.json").write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
