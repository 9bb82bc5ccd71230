"""Reads of game telemetry over HTTP: the heatmap of an application with 100 M samples, one session of 100,000 samples.

    python -m benchmarks.game_reads [--quick]

The cells of the samples are put into game_sample_cells as settling would leave them, a month of days: walks of players
through a level, a cell after the other. The samples themselves are not there, since settled sessions are read from
cells alone. The one session is in game_samples and game_events as the flow writes them, and not settled. `kinelake up`
runs on both cores; what is asked first has to read the cells, and is told apart.
"""

import argparse
import itertools
import os
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import polars as pl
import uvloop

from benchmarks.client import Connection
from benchmarks.made import bench_folder
from benchmarks.report import Figure, finish, percentile
from benchmarks.service import up
from control.applications import Application
from flows.conveyor.batch import Batch
from flows.game.flow import kinds
from kinelake.applications import new_tokens
from kinelake.installation import Installation, opened
from schemas.game.cells import CELL_SIDE, GAME_SAMPLE_CELLS
from schemas.game.events import FUNNEL, REALTIME, STREAM
from schemas.shared.columns import TIMESTAMP
from sinks.delta_sink import DeltaSink
from sinks.files import TableFiles
from sinks.options import SinkOptions
from web.application_tokens import SECRET

SAMPLES, QUICK_SAMPLES = 100_000_000, 1_000_000
SAMPLES_A_SESSION = 5_000
CELLS_A_SESSION = 300
DAYS = 30
LEVELS = ("harbour", "caves", "keep")
WIDTH = 200
"""Cells along a side of a level."""
LONG_SESSION, LONG_SAMPLES, TRAJECTORY = "long", 100_000, 1_000
SECONDS, QUICK_SECONDS = 60, 5
MOST_HEATMAP_MS, MOST_TRAJECTORIES_MS = 100, 150
ORGANISATION = "game-reads-benchmark"
NAME = "game"
ANALYTICS: Final = "/api/analytics"


class NoAnswer(Exception):
    """A question was not answered as it should have been."""


class Told(NamedTuple):
    """Seconds by question, and what else there is to say."""

    took: Mapping[str, list[float]]
    details: Mapping[str, object]


def fill(installation: Installation, application: Application, samples: int, until: datetime) -> None:
    """The cells day by day, and the one long session."""
    cells = TableFiles.open(installation.location, GAME_SAMPLE_CELLS)
    for number in range(DAYS):
        begin = (until - timedelta(days=DAYS - number)).replace(hour=0, minute=0, second=0, microsecond=0)
        cells.exchange([], _day(application, samples // DAYS // SAMPLES_A_SESSION, begin, number), {})
    tables = (STREAM.primary, *STREAM.derived_tables)
    # under another name than the flow's, which begins at the log's begin
    sink = DeltaSink(installation.location, tables, "benchmark", [0], SinkOptions(tables_url=installation.location.url))
    sink.open()
    batch = kinds(Batch(_long(application, until - timedelta(hours=3)), {}))
    sink.commit({**batch.tables, STREAM.primary.name: batch.rows}, {0: 1}, {0: batch.rows.height})


def _day(application: Application, sessions: int, begin: datetime, number: int) -> pl.DataFrame:
    """Cells of sessions, each a walk through one level."""
    random = np.random.default_rng(number)
    size = (sessions, CELLS_A_SESSION)
    steps = random.integers(-1, 2, (*size, 2)).cumsum(1)
    at = (steps + random.integers(0, WIDTH, (sessions, 1, 2))) % WIDTH
    of_session = np.repeat(np.arange(sessions), CELLS_A_SESSION)
    ix, iz = at[..., 0].ravel(), at[..., 1].ravel()
    levels = random.integers(0, len(LEVELS), sessions)
    positions = np.full(ix.size, SAMPLES_A_SESSION // CELLS_A_SESSION)
    hours = random.integers(0, 24, sessions)
    frame = pl.DataFrame({"session": of_session, "ix": ix, "iz": iz, "positions": positions})
    walked = frame.group_by("session", "ix", "iz").agg(pl.col("positions").sum())
    hour = pl.lit(begin) + pl.duration(hours=pl.lit(pl.Series(hours).gather(walked["session"])), time_unit="us")
    told = walked.with_columns(
        tenant=pl.lit(application.tenant),
        app_id=pl.lit(application.id),
        subject=pl.format("{}-{}", pl.lit(number), "session"),
        session_id=pl.format("session-{}-{}", pl.lit(number), "session"),
        build_id=pl.format("1.{}", pl.col("session") % 3),
        level_id=pl.Series(LEVELS).gather(levels[walked["session"]]),
        hour=hour,
        iy=pl.lit(0),
        x_sum=(pl.col("ix") + 0.5) * CELL_SIDE * pl.col("positions"),
        y_sum=pl.lit(0.0),
        z_sum=(pl.col("iz") + 0.5) * CELL_SIDE * pl.col("positions"),
        occurred_at=hour,
        received_at=hour,
        consent_level=pl.lit(2),
        gpc=pl.lit(value=False),
        received_date=pl.lit(begin.date(), pl.Date),
    )
    return told.select(pl.col(name).cast(dtype) for name, dtype in GAME_SAMPLE_CELLS.schema.items())


def _long(application: Application, begin: datetime) -> pl.DataFrame:
    """One session: a level a quarter of an hour, trajectories of a thousand samples, a hundred samples a second."""
    random = np.random.default_rng(7)
    lasts, count = timedelta(seconds=TRAJECTORY / 100), LONG_SAMPLES // TRAJECTORY
    begins = [begin + number * lasts for number in range(count)]
    walks = random.normal(0, 0.05, (count, TRAJECTORY, 3)).cumsum(1).astype(np.float32)
    moved = [
        {"event_type": REALTIME, "occurred_at": at, "positions": walk.ravel().tolist(), "timestamp_end": at + lasts}
        for at, walk in zip(begins, walks, strict=True)
    ]
    named = [
        {"event_type": FUNNEL, "occurred_at": at, "level_id": LEVELS[number % len(LEVELS)], "funnel_step_name": "begin"}
        for number, at in enumerate(begins[::90])
    ]
    lists = {"positions": pl.List(pl.Float32()), "timestamp_end": TIMESTAMP}
    schema = {**STREAM.primary.schema, **lists}
    rows = [{"log_item": number, **row} for number, row in enumerate([*named, *moved])]
    wanted = {name: schema[name] for name in {name for row in rows for name in row}}
    return pl.DataFrame(rows, wanted).with_columns(
        stream=pl.lit(STREAM.name),
        tenant=pl.lit(application.tenant),
        app_id=pl.lit(application.id),
        subject=pl.lit("somebody"),
        session_id=pl.lit(LONG_SESSION),
        build_id=pl.lit("1.0"),
        received_at=pl.col("occurred_at"),
        received_date=pl.col("occurred_at").dt.date(),
        consent_level=pl.lit(2, pl.Int64),
        gpc=pl.lit(value=False),
        log_partition=pl.lit(0, pl.Int32),
        log_offset=pl.lit(0, pl.Int64),
    )


def questions(day: date) -> Mapping[str, str]:
    """What is asked in turn, by name."""
    since, until = (f"{day - timedelta(days=days)}T00:00:00Z" for days in (9, 2))
    return {
        "heatmap: a level": "/heatmap?source=samples&level=caves",
        "heatmap: few sessions left out": "/heatmap?source=samples&level=keep&min_sessions=5",
        "heatmap: a build": "/heatmap?source=samples&level=caves&build=1.1",
        "heatmap: a week": f"/heatmap?source=samples&level=harbour&from={since}&to={until}",
        "heatmap: wider cells": "/heatmap?source=samples&level=caves&cell_size=6.4",
        "trajectories": f"/trajectories/{LONG_SESSION}",
        "trajectories: simplified": f"/trajectories/{LONG_SESSION}?tolerance=0.2",
    }


async def _asked(url: str, key: str, day: date, seconds: float) -> dict[str, list[float]]:
    """Seconds by question; what each took for the first time is `first`."""
    took: dict[str, list[float]] = {"first": []}
    connection, known = await Connection.to(url), set[str]()
    end = time.perf_counter() + seconds
    for name, query in itertools.cycle(questions(day).items()):
        began = time.perf_counter()
        if began >= end and len(known) == len(questions(day)):
            break
        request = f"GET {ANALYTICS}{query} HTTP/1.1\r\nHost: benchmark\r\nX-API-Key: {key}\r\n\r\n"
        answer = await connection.ask(request.encode())
        if answer.status != 200:
            raise NoAnswer(f"{query}: {answer.status} {answer.body.decode()}")
        took.setdefault(name if name in known else "first", []).append(time.perf_counter() - began)
        known.add(name)
    connection.close()
    return took


def measured(folder: Path, samples: int, seconds: float) -> Told:
    """All of it; the tables of a run before are used where the folder was kept."""
    until = datetime.now(UTC)
    with opened(data=folder) as installation:
        if not installation.location.exists(GAME_SAMPLE_CELLS.name):
            installation.control.organisations.ensure(ORGANISATION)
            fill(installation, installation.control.applications.create(ORGANISATION, NAME, 2), samples, until)
        application = installation.control.applications.find(NAME, ORGANISATION)
        key = new_tokens(installation, application, (SECRET,))[SECRET]
        cells = installation.tables.details(GAME_SAMPLE_CELLS.name)
    # nothing is settled meanwhile
    with up(folder, os.sched_getaffinity(0), {"KINELAKE_SETTLE_EVERY_SECONDS": "86400"}) as service:
        took = uvloop.run(_asked(service.url, key, until.date(), seconds))
    return Told(took, {"samples": samples, "cells": cells.rows, "bytes_on_disk": cells.bytes})


def main() -> None:
    """Prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few samples, to see that it works")
    quick = parser.parse_args().quick
    samples, seconds = (QUICK_SAMPLES, QUICK_SECONDS) if quick else (SAMPLES, SECONDS)
    with bench_folder() as folder:
        told = measured(folder / f"{samples}-samples", samples, seconds)
    found = {begin: [one for name, each in told.took.items() if name.startswith(begin) for one in each]
             for begin in ("heatmap", "trajectories")}  # fmt: skip
    heat, paths = (percentile(found[begin], 95) for begin in ("heatmap", "trajectories"))
    figures = [
        Figure(f"heatmap over {samples:,} samples, cells settled: p95", heat, "ms", MOST_HEATMAP_MS, at_most=True),
        Figure(
            f"trajectories of a session of {LONG_SAMPLES:,} samples: p95",
            paths,
            "ms",
            MOST_TRAJECTORIES_MS,
            at_most=True,
        ),
        Figure("the first question, which reads the cells", told.took["first"][0] * 1000, "ms"),
        *(Figure(f"{name}: p95", percentile(each, 95), "ms") for name, each in told.took.items() if name != "first"),
    ]
    finish("game_reads", figures, dict(told.details), quick)


if __name__ == "__main__":
    main()
