"""Reads of game telemetry over HTTP: the heatmap of an application with 100 M samples, one session of 100,000 samples.

    python -m benchmarks.game_reads [--quick]

Walks of players through levels over thirty days. Of the last day the flow's own step makes rows and settling makes
cells. Of the days before it, only their cells are there, put into game_sample_cells as settling would leave them:
settled sessions are read from these alone, but for those in an hour that the period cuts, which is asked of the last
day. The one long session came after that, and is not settled. `kinelake up` runs on both cores. What is asked first is
told apart, and so are periods that nobody asked for before, whose counts are not remembered.
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
from sinks.game.samples import naming, no_cells, sample_cells, travels
from sinks.game.settle import reading
from sinks.location import Location
from sinks.options import SinkOptions
from sinks.passed import application as passed
from web.application_tokens import SECRET

SAMPLES, QUICK_SAMPLES = 100_000_000, 1_000_000
SAMPLES_A_SESSION = 5_000
CELLS_A_SESSION = 300
SAMPLES_A_TRAJECTORY = 100
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
CUT: Final = "heatmap: a period that cuts an hour"
"""The one that cells alone cannot answer: of that hour's sessions the rows are counted."""


class NoAnswer(Exception):
    """A question was not answered as it should have been."""


class Told(NamedTuple):
    """Seconds by question, and what else there is to say."""

    took: Mapping[str, list[float]]
    details: Mapping[str, object]


def fill(installation: Installation, application: Application, samples: int, until: datetime) -> None:
    """The cells day by day, the last day's rows, settled, and the one long session."""
    cells = TableFiles.open(installation.location, GAME_SAMPLE_CELLS)
    days = [(until - timedelta(days=ago)).replace(hour=0, minute=0, second=0, microsecond=0) for ago in range(DAYS)]
    sessions, last = samples // DAYS // SAMPLES_A_SESSION, days[1]
    for number, begin in enumerate(days[2:]):
        cells.exchange([], _day(application, sessions, begin, number), {})
    tables = (STREAM.primary, *STREAM.derived_tables)
    # under another name than the flow's, which begins at the log's begin
    sink = DeltaSink(installation.location, tables, "benchmark", [0], SinkOptions(tables_url=installation.location.url))
    sink.open()
    for number, rows in enumerate((_walks(application, sessions, last), _long(application, until))):
        batch = kinds(Batch(rows, {}))
        sink.commit({**batch.tables, STREAM.primary.name: batch.rows}, {0: number + 1}, {0: batch.rows.height})
        if not number:
            _settle(installation.location)


def _settle(location: Location) -> None:
    """As the worker does, who goes by offsets that the flow has noted: here it has seen nothing."""
    cells, events = TableFiles.open(location, GAME_SAMPLE_CELLS), TableFiles.open(location, STREAM.primary)
    rows = events.scan(events.listing()["path"].to_list())
    for made in sample_cells(reading(location), travels(rows).collect(), naming(rows).collect()):
        cells.exchange([], made, {})
    cells.exchange([], no_cells(), {passed(STREAM.name, 0): 1})


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


def _walks(application: Application, sessions: int, begin: datetime) -> pl.DataFrame:
    """A day's sessions, each of half an hour in one level."""
    random = np.random.default_rng(99)
    each = SAMPLES_A_SESSION // SAMPLES_A_TRAJECTORY
    walks = random.normal(0, 0.3, (sessions, SAMPLES_A_SESSION, 3)).cumsum(1)
    walks += random.uniform(0, WIDTH * CELL_SIDE, (sessions, 1, 3))
    hour = np.repeat(random.integers(0, 24, sessions), each)
    moved = pl.DataFrame(
        {
            "session": np.repeat(np.arange(sessions), each),
            "second": hour * 3600 + np.tile(np.arange(each), sessions) * (1800 // each),
            "positions": walks.astype(np.float32).reshape(sessions * each, -1),
        }
    ).with_columns(event_type=pl.lit(REALTIME), occurred_at=pl.lit(begin) + pl.duration(seconds="second"))
    moved = moved.with_columns(timestamp_end=pl.col("occurred_at") + timedelta(seconds=1800 // each))
    named = moved.group_by("session").agg(pl.col("occurred_at").min())
    level = pl.Series(LEVELS).gather(named["session"] % len(LEVELS))
    named = named.with_columns(event_type=pl.lit(FUNNEL), level_id=level, funnel_step_name=pl.lit("begin"))
    rows = pl.concat([named, moved.drop("second")], how="diagonal").with_row_index("log_item")
    who = {"subject": pl.format("last-{}", "session"), "session_id": pl.format("session-last-{}", "session")}
    known = rows.with_columns(positions=pl.col("positions").cast(pl.List(pl.Float32)), **who).drop("session")
    return _common(application, known, 0)


def _long(application: Application, until: datetime) -> pl.DataFrame:
    """One session: a level a quarter of an hour, trajectories of a thousand samples, ten seconds each."""
    random, begin = np.random.default_rng(7), until - timedelta(hours=3)
    lasts, count = timedelta(seconds=TRAJECTORY / 100), LONG_SAMPLES // TRAJECTORY
    walks = random.normal(0, 0.05, (count, TRAJECTORY, 3)).cumsum(1).astype(np.float32)
    moved = [
        {"event_type": REALTIME, "occurred_at": at, "positions": walk.ravel().tolist(), "timestamp_end": at + lasts}
        for at, walk in zip((begin + number * lasts for number in range(count)), walks, strict=True)
    ]
    named = [
        {"event_type": FUNNEL, "occurred_at": at, "level_id": LEVELS[number % len(LEVELS)], "funnel_step_name": "begin"}
        for number, at in enumerate(begin + 90 * number * lasts for number in range(-(-count // 90)))
    ]
    schema = {**STREAM.primary.schema, "positions": pl.List(pl.Float32()), "timestamp_end": TIMESTAMP}
    rows = [{"log_item": number, **row} for number, row in enumerate([*named, *moved])]
    wanted = {name: schema[name] for name in {name for row in rows for name in row}}
    who = {"subject": pl.lit("somebody"), "session_id": pl.lit(LONG_SESSION)}
    return _common(application, pl.DataFrame(rows, wanted).with_columns(**who), 1)


def _common(application: Application, rows: pl.DataFrame, offset: int) -> pl.DataFrame:
    """With what all rows have, in a message of that offset."""
    told = rows.with_columns(
        stream=pl.lit(STREAM.name),
        tenant=pl.lit(application.tenant),
        app_id=pl.lit(application.id),
        build_id=pl.lit("1.0"),
        received_at=pl.col("occurred_at"),
        received_date=pl.col("occurred_at").dt.date(),
        consent_level=pl.lit(2, pl.Int64),
        gpc=pl.lit(value=False),
        log_partition=pl.lit(0, pl.Int32),
        log_offset=pl.lit(offset, pl.Int64),
    )
    return told.with_columns(pl.col("log_item").cast(STREAM.primary.schema["log_item"]))


def questions(day: date, number: int) -> Mapping[str, str]:
    """What is asked in turn, by name; `number` rises, and with it moves what is in no earlier question."""
    since, until = (f"{day - timedelta(days=days)}T{number % 24:02}:00:00Z" for days in (9 + number // 24 % 20, 2))
    week = f"from={since}&to={until}"
    cut = f"from={day - timedelta(days=1)}T{number % 24:02}:17:00Z"
    return {
        "heatmap: all levels": "/heatmap?source=samples",
        "heatmap: a level": "/heatmap?source=samples&level=caves",
        "heatmap: few sessions left out": "/heatmap?source=samples&level=keep&min_sessions=5",
        "heatmap: a build": "/heatmap?source=samples&level=caves&build=1.1",
        "heatmap: all levels, a new period": f"/heatmap?source=samples&{week}",
        "heatmap: a level, a new period": f"/heatmap?source=samples&level=harbour&{week}",
        "heatmap: a level and a build, a new period": f"/heatmap?source=samples&level=caves&build=1.2&{week}",
        "heatmap: wider cells, a new period": f"/heatmap?source=samples&level=caves&cell_size=6.4&{week}",
        CUT: f"/heatmap?source=samples&level=caves&{cut}",
        "heatmap: events": "/heatmap?level=caves",
        "trajectories": f"/trajectories/{LONG_SESSION}",
        "trajectories: simplified": f"/trajectories/{LONG_SESSION}?tolerance=0.2",
    }


async def _asked(url: str, key: str, day: date, seconds: float) -> dict[str, list[float]]:
    """Seconds by question; what each took for the first time is `first`."""
    took: dict[str, list[float]] = {"first": []}
    connection = await Connection.to(url)
    end = time.perf_counter() + seconds
    for turn in itertools.count():
        # each a second time at least
        if turn >= 2 and time.perf_counter() >= end:
            break
        for name, query in questions(day, turn).items():
            began = time.perf_counter()
            request = f"GET {ANALYTICS}{query} HTTP/1.1\r\nHost: benchmark\r\nX-API-Key: {key}\r\n\r\n"
            answer = await connection.ask(request.encode())
            if answer.status != 200:
                raise NoAnswer(f"{query}: {answer.status} {answer.body.decode()}")
            took.setdefault(name if turn else "first", []).append(time.perf_counter() - began)
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
    asked = {name: each for name, each in told.took.items() if name != CUT}
    found = {begin: [one for name, each in asked.items() if name.startswith(begin) for one in each]
             for begin in ("heatmap", "trajectories")}  # fmt: skip
    heat, paths = (percentile(found[begin], 95) for begin in ("heatmap", "trajectories"))
    figures = [
        Figure(
            f"heatmap over {samples:,} samples, whole hours, cells settled: p95",
            heat,
            "ms",
            MOST_HEATMAP_MS,
            at_most=True,
        ),
        Figure(
            f"trajectories of a session of {LONG_SAMPLES:,} samples: p95",
            paths,
            "ms",
            MOST_TRAJECTORIES_MS,
            at_most=True,
        ),
        Figure("the first question after the start", told.took["first"][0] * 1000, "ms"),
        *(Figure(f"{name}: p95", percentile(each, 95), "ms") for name, each in told.took.items() if name != "first"),
    ]
    finish("game_reads", figures, dict(told.details), quick)


if __name__ == "__main__":
    main()
