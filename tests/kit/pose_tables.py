"""Tables of pose windows and sessions, filled as the flow's commits fill them."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
from deltalake import write_deltalake

from flows.conveyor.batch import Batch
from flows.pose.flow import windows
from schemas.pose.sessions import POSE_SESSIONS
from schemas.pose.windows import POSE_WINDOWS
from schemas.shared.columns import Table
from sinks.location import Location
from sinks.table import created, shaped
from tests.kit.pose_rows import SIZE, STANDING, points, rows
from tests.reference.pose.frame import Frame

TABLES = (POSE_WINDOWS, POSE_SESSIONS)


def commit(location: Location, frames: Sequence[Frame], tenant: str = "acme", at: object = None) -> None:
    """What a batch of frames brings; `at` is when they were received, if that matters."""
    said = rows(frames).with_columns(tenant=pl.lit(tenant))
    if at is not None:
        said = said.with_columns(received_at=pl.lit(at, said.schema["received_at"]))
    done = windows(Batch(said, {}))
    for table in TABLES:
        _append(location, table, done.tables[table.name])


def _append(location: Location, table: Table, parts: pl.DataFrame) -> None:
    created(location, table)
    write_deltalake(location.uri(table.name), shaped(parts, table), mode="append")


def standing(session: str, count: int = 30, first: int = 0, subject: str = "somebody", **fields: object) -> list[Frame]:
    """So many frames of somebody who stands, 30 a second."""
    x, y, visibility = points(STANDING)
    one = Frame(subject, session, "squat", 0, 0.0, x, y, visibility, SIZE)
    numbers = range(first, first + count)
    return [replace(one, number=number, elapsed_ms=number * 1000 / 30, **fields) for number in numbers]  # type: ignore[arg-type]
