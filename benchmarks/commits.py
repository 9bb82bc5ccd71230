"""What a commit and a look for a new version cost after 100,000 commits to one table, beside a table with 200.

    KINELAKE_BENCH_FOLDER=… python -m benchmarks.commits [--quick]

One row each. Every hundredth commit and all that are measured go by the flow's own sink; the ones between are written
into the log directly, since what a commit costs hangs on what lies there and not on who wrote it (`--whole`: all by the
sink, which takes hours). Upkeep does what the worker does in a minute and in five of a trickle of 3.5 commits a second:
it compacts every 210 commits and prunes every 1,050. At each mark the long table and a new one of 200 commits take
turns, commit by commit, so that whatever else the machine does slows both. The floor is the same sink without any
pruning, as far as that is bearable.
"""

import argparse
import json
import os
import shutil
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from deltalake import DeltaTable
from deltalake.transaction import AddAction

from benchmarks.made import bench_folder
from benchmarks.report import Figure, finish
from schemas.shared.columns import TIMESTAMP, Column, Table
from sinks.data_file import added
from sinks.delta_sink import DeltaSink
from sinks.location import Location
from sinks.options import SinkOptions
from sinks.reader import TableReader
from sinks.table_log import prune
from sinks.upkeep import compact

MARKS, QUICK_MARKS = (1_000, 10_000, 50_000, 100_000), (400, 800)
UNPRUNED, QUICK_UNPRUNED = (1_000, 5_000), (400,)
SHORT = 200
TURNS = 200
COMPACT_EVERY, PRUNE_EVERY = 210, 1_050
MOST_RATIO, MOST_LOG_FILES = 1.2, 1_500
_ROW_GROUP = 8192
DAY, NOON = date(2026, 2, 1), datetime(2026, 2, 1, 12, tzinfo=UTC)

READINGS = Table(
    "readings",
    "For this measurement.",
    (
        Column("tenant", pl.String, "Whose."),
        Column("session_id", pl.String, "Which."),
        Column("occurred_at", TIMESTAMP, "When.", "UTC"),
        Column("value", pl.Float64, "How much.", "ms"),
        Column("received_date", pl.Date, "Day."),
    ),
)


BY_SINK_EVERY = 100
"""Of the commits that only make a table long: those at which Delta makes a checkpoint."""
OTHER = "other"
"""Application of the commits that the sink has not made."""


class Unpruned(DeltaSink):
    """The sink, were there no pruning."""

    def _prune(self, name: str) -> None:
        """Leaves the log as it is."""


@dataclass
class Trickle:
    """One table and its commits, with the upkeep that such a time would bring."""

    folder: Path
    pruned: bool = True
    whole: bool = False
    commits: int = 0
    by_sink: int = 0
    options: SinkOptions = field(default_factory=SinkOptions)

    def __post_init__(self) -> None:
        self.location = Location(str(self.folder))
        self.uri = self.location.uri(READINGS.name)
        self.reader = TableReader(self.location)
        kind = DeltaSink if self.pruned else Unpruned
        self.sink = kind(self.location, [READINGS], "flow", [0], self.options)
        self.sink.open()
        self._one = added(DeltaTable(self.uri), READINGS, _row(0), _ROW_GROUP)

    def grow(self) -> None:
        """One commit that nobody measures."""
        if self.whole or (self.newest() + 2) % BY_SINK_EVERY == 0:
            self.commit()
        else:
            self._written()
            self._counted()

    def until(self, commits: int) -> None:
        """Commits by the sink until there are so many."""
        while self.commits < commits:
            self.commit()

    def newest(self) -> int:
        """The newest version of the table, as its log has it."""
        names = os.listdir(Path(self.uri, "_delta_log"))
        return int(max(name for name in names if name.endswith(".json")).removesuffix(".json"))

    def commit(self) -> float:
        """One commit, in seconds; upkeep that is due follows it."""
        rows = _row(self.commits)
        self.by_sink += 1
        began = time.perf_counter()
        self.sink.commit({READINGS.name: rows}, {0: self.by_sink}, {})
        took = time.perf_counter() - began
        self._counted()
        return took

    def _written(self) -> None:
        """A commit as the sink would make it: a file of one row, and how far another flow passed its log."""
        path = self._one.path.replace("part-", f"part-{self.commits}-")
        shutil.copyfile(Path(self.uri, self._one.path), Path(self.uri, path))
        at = self._one.modification_time
        actions = (
            {"add": {**_named(self._one), "path": path}},
            {"txn": {"appId": OTHER, "version": self.commits, "lastUpdated": at}},
            {"commitInfo": {"timestamp": at, "operation": "WRITE"}},
        )
        with Path(self.uri, "_delta_log", f"{self.newest() + 1:020}.json").open("x") as file:
            file.write("\n".join(map(json.dumps, actions)))

    def _counted(self) -> None:
        """One more; upkeep that is due follows it."""
        self.commits += 1
        if self.commits % COMPACT_EVERY == 0:
            compact(self.location, READINGS)
        if self.pruned and self.commits % PRUNE_EVERY == 0:
            prune(self.uri, self.options.vacuum_hours, datetime.now(UTC))

    def look(self) -> float:
        """One look for a new version, in seconds."""
        began = time.perf_counter()
        self.reader.version(READINGS.name)
        return time.perf_counter() - began

    def log(self) -> list[Path]:
        """The files of its log."""
        return list(Path(self.uri, "_delta_log").iterdir())


def _row(number: int) -> pl.DataFrame:
    values = ["t"], [f"{number % 97:02}"], [NOON + timedelta(seconds=number)], [float(number)], [DAY]
    return pl.DataFrame(dict(zip(READINGS.schema.names(), values, strict=True)), schema=READINGS.schema)


def _named(add: AddAction) -> dict[str, Any]:
    """The action as the log has it."""
    return {
        "path": add.path,
        "partitionValues": add.partition_values,
        "size": add.size,
        "modificationTime": add.modification_time,
        "dataChange": add.data_change,
        "stats": add.stats,
    }


def compared(long: Trickle, short: Trickle) -> dict[str, Any]:
    """The medians of both at this length of the long one, in milliseconds."""
    took: dict[str, list[float]] = {"commit": [], "commit of 200": [], "look": [], "look of 200": []}
    asked: tuple[tuple[str, Callable[[], float]], ...] = (
        ("commit", long.commit),
        ("commit of 200", short.commit),
        ("look", long.look),
        ("look of 200", short.look),
    )
    for _ in range(TURNS):
        for name, ask in asked:
            took[name].append(ask())
    checkpoints = [path.stat().st_size for path in long.log() if path.name.endswith(".checkpoint.parquet")]
    medians = {f"{name}_ms": round(statistics.median(each) * 1000, 2) for name, each in took.items()}
    return {
        **medians,
        "commit_ratio": round(medians["commit_ms"] / medians["commit of 200_ms"], 3),
        "look_ratio": round(medians["look_ms"] / medians["look of 200_ms"], 3),
        "log_files": len(long.log()),
        "largest_checkpoint_bytes": max(checkpoints, default=0),
    }


def measured(
    folder: Path, marks: tuple[int, ...], pruned: bool, whole: bool, deadline: float
) -> dict[int, dict[str, Any]]:
    """Commits at the marks → what was found there; the marks that the time did not reach are left out."""
    name = "pruned" if pruned else "unpruned"
    long, found = Trickle(folder / name, pruned, whole), {}
    for mark in marks:
        while long.commits < mark and time.monotonic() < deadline:
            long.grow()
        if long.commits < mark:
            break
        short = Trickle(folder / f"{name}-beside-{mark}")
        short.until(SHORT)
        found[mark] = compared(long, short)
        print(f"{mark:,} commits, {name}: {found[mark]}", flush=True)
    return found


def main() -> None:
    """Both runs; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few commits, to see that it works")
    parser.add_argument("--whole", action="store_true", help="every commit by the sink: hours")
    parser.add_argument("--minutes", type=float, default=120, help="stop committing after this time")
    arguments = parser.parse_args()
    deadline = time.monotonic() + 60 * arguments.minutes
    with bench_folder() as folder:
        found = measured(folder, QUICK_MARKS if arguments.quick else MARKS, True, arguments.whole, deadline)
        floor = measured(folder, QUICK_UNPRUNED if arguments.quick else UNPRUNED, False, arguments.whole, deadline)
    figures = [figure for mark, each in found.items() for figure in _of_mark(mark, each)]
    figures += [
        Figure(f"floor, no pruning: commit after {mark:,} over after 200", each["commit_ratio"], "")
        for mark, each in floor.items()
    ]
    finish("commits", figures, {"pruned": found, "unpruned": floor}, arguments.quick)


def _of_mark(mark: int, found: dict[str, Any]) -> list[Figure]:
    return [
        Figure(f"commit after {mark:,}: median", found["commit_ms"], "ms"),
        Figure(f"commit after {mark:,} over after 200", found["commit_ratio"], "", MOST_RATIO, at_most=True),
        Figure(f"look for a version after {mark:,} over after 200", found["look_ratio"], "", MOST_RATIO, at_most=True),
        Figure(f"_delta_log after {mark:,}", found["log_files"], "files", MOST_LOG_FILES, at_most=True),
    ]


if __name__ == "__main__":
    main()
