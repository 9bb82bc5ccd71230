"""Spark Structured Streaming with Delta beside our flow: the same messages of one Kafka topic, one core for the engine.

    python -m benchmarks.peers [--quick] [--part backlog|steady]

`backlog`: single posts' messages as fast as they can be read. `steady`: 1,000 messages a second, and how long each
takes until its row can be read. What Spark is spared is in the README beside this package.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import polars as pl

from benchmarks.backlog import TOPIC, fill_kafka, now_us
from benchmarks.flow import flow
from benchmarks.gateway import LOAD_CORES, kafka
from benchmarks.measure import in_process
from benchmarks.peers.engines import BEGINS, CORES, DONE, Engine, ours, spark
from benchmarks.peers.steady import NotRead, live, produced, readable, until_quiet
from benchmarks.peers.task import BACKLOG, EVENTS, MINUTES, STEADY
from benchmarks.report import Figure, finish, kept_figures, percentile
from event_log import LogOptions, open_admin
from kinelake.example.traffic import LogMessage

RATE = 1_000
TRIGGERS = {"Spark, a batch after the other": "0 seconds", "Spark, a batch a second": "1 second"}


@dataclass(frozen=True)
class Size:
    """Messages of a backlog, messages that warm an engine up, and seconds at the steady rate: to settle, counted."""

    events: int = 1_000_000
    warm_up: int = 300_000
    settling: int = 10
    seconds: int = 30


QUICK = Size(20_000, 5_000, 2, 5)


class Unlike(Exception):
    """The two engines' tables do not say the same."""


@dataclass
class Peers:
    """One run over one Kafka."""

    folder: Path
    log_url: str
    size: Size

    def __post_init__(self) -> None:
        self.options = LogOptions(log_url=self.log_url)
        self.bootstrap = self.log_url.removeprefix("kafka://")

    def backlog(self) -> Iterator[Figure]:
        """Both engines over one backlog. Raises Unlike."""
        fill_kafka(self.bootstrap, self.options, self.size.events, now_us())
        ends = open_admin(self.log_url, self.options).end_offsets(TOPIC)
        # first, since what measures our flow leaves its allocators' settings in the environment
        with spark(self.folder, self.log_url, BACKLOG, warm_up=self.size.warm_up) as engine:
            yield from _against_the_clock(engine, sum(ends.values())).figures("Spark")
        tables = self.folder / "tables"
        run = in_process(flow, self.log_url, str(tables), (0, 1), ends, TOPIC, None, cores=CORES).measured()
        yield from Spent(run.result["events"], run.wall, run.cpu, run.anonymous).figures("Kinelake")
        _compared(tables / "media_events", engine.table.parent, sum(ends.values()))

    def steady(self) -> Iterator[Figure]:
        """One engine after the other: what it reads first are as many messages as warm it up."""
        fill_kafka(self.bootstrap, self.options, self.size.warm_up, now_us())
        messages = live(RATE, self.size.settling + self.size.seconds)
        with ours(self.folder, self.log_url) as engine:
            yield from self._freshness("Kinelake", messages, engine, engine.table)
        with spark(self.folder, self.log_url, STEADY, tuple(TRIGGERS.values())) as engine:
            for name, table in zip(TRIGGERS, engine.tables, strict=True):
                engine.until(BEGINS)
                yield from self._freshness(name, messages, engine, table)
                engine.go_on()

    def _freshness(self, name: str, messages: Sequence[LogMessage], engine: Engine, table: Path) -> Iterator[Figure]:
        settling = self.size.settling * RATE
        ends = open_admin(self.log_url, self.options).end_offsets(TOPIC)
        until_quiet(table, int(engine.least * sum(ends.values())))
        self._produced(messages[:settling])
        cpu, began = engine.watched.cpu(), time.perf_counter()
        places = self._produced(messages[settling:])
        cores = (engine.watched.cpu() - cpu) / (time.perf_counter() - began)
        until_quiet(table, int(engine.least * (sum(ends.values()) + len(messages))))
        said = f"{RATE:,} messages/s: {name}"
        yield from _waits(said, places, readable(table), engine.least)
        yield Figure(f"{said}, CPU", round(cores, 2), "cores")
        yield Figure(f"{said}, peak anonymous memory", round(engine.watched.peak), "MiB")

    def _produced(self, messages: Sequence[LogMessage]) -> pl.DataFrame:
        return produced(self.bootstrap, self.options.partitions, messages, RATE)


@dataclass(frozen=True)
class Spent:
    """What an engine took for that many events."""

    events: int
    wall: float
    cpu: float
    anonymous_mib: float

    def figures(self, name: str) -> Iterator[Figure]:
        """Speed, CPU, memory."""
        yield Figure(f"backlog: {name}, one core", round(self.events / self.wall), "events/s")
        yield Figure(f"backlog: {name}, CPU", round(self.cpu / self.events * 1e6, 2), "s per million")
        yield Figure(f"backlog: {name}, peak anonymous memory", round(self.anonymous_mib), "MiB")


def _against_the_clock(engine: Engine, messages: int) -> Spent:
    engine.until(BEGINS)
    cpu, began = engine.watched.cpu(), time.perf_counter()
    engine.until(DONE)
    wall, cpu = time.perf_counter() - began, engine.watched.cpu() - cpu
    return Spent(messages, wall, cpu, engine.watched.peak)


def _compared(ours: Path, spark: Path, messages: int) -> None:
    """Spark has every message, and as many events of every place and network as we. Raises Unlike."""
    theirs = pl.scan_delta(str(spark / EVENTS))
    counted = pl.scan_delta(str(spark / MINUTES)).select(pl.col("events").sum()).collect().item()
    rows = theirs.select(pl.len()).collect().item()
    if not rows == counted == messages:
        raise Unlike(f"Spark has {rows:,} rows and counts {counted:,} of {messages:,} messages")
    if not _places(theirs).equals(_places(pl.scan_delta(str(ours)))):
        raise Unlike("Spark's places are not ours")


def _waits(name: str, places: pl.DataFrame, rows: pl.DataFrame, least: float) -> Iterator[Figure]:
    seen = places.join(rows, on=["log_partition", "log_offset"])
    if seen.height < least * places.height:
        raise NotRead(f"{name}: of {places.height:,} messages {seen.height:,} could be read")
    waited = (seen["at"] - seen["due"]).to_list()
    for percent in (50, 95):
        yield Figure(f"{name}, produced until it can be read, p{percent}", percentile(waited, percent), "ms")


def _places(rows: pl.LazyFrame) -> pl.DataFrame:
    """How many distinct events of each place and network."""
    by = ["country_code", "region_code", "city", "ip_prefix"]
    return rows.group_by(by).agg(pl.col("event_id").n_unique()).sort(by).collect()


PARTS: Final = {BACKLOG: Peers.backlog, STEADY: Peers.steady}


def main() -> None:
    """The parts that are asked for; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few messages, to see that it works")
    parser.add_argument("--part", choices=PARTS, help="only this; of the other the last figures stay")
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else Size()
    os.sched_setaffinity(0, LOAD_CORES)
    found = {} if not arguments.part else {figure.name: figure for figure in kept_figures("peers")}
    for part in [arguments.part] if arguments.part else PARTS:
        with tempfile.TemporaryDirectory(dir=os.environ.get("KINELAKE_BENCH_FOLDER")) as name:
            folder = Path(name)
            with kafka(folder / "broker") as url:
                for figure in PARTS[part](Peers(folder, url, size)):
                    found[figure.name] = figure
        finish("peers", list(found.values()), {"size": asdict(size)}, arguments.quick)


if __name__ == "__main__":
    main()
