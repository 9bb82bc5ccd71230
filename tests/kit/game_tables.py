"""Tables of game telemetry, filled as the flow's commits fill them, from items as the reference has them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec
import polars as pl

from flows.conveyor.batch import Batch
from flows.game.flow import kinds
from schemas.game.cells import GAME_EVENT_CELLS
from schemas.game.events import CREATE_PLAYER, FUNNEL, GAMEPLAY, PLAYER, REALTIME, STREAM
from schemas.shared.columns import TIMESTAMP
from sinks.delta_sink import DeltaSink
from sinks.game.cells import merged_event_cells
from sinks.location import Location
from sinks.options import SinkOptions
from tests.reference.game.items import Happened, Introduced, Item, Moved, Reached

TENANT = "acme"
APP = "22222222-2222-4222-8222-222222222222"
OTHER_APP = "33333333-3333-4333-8333-333333333333"
PARTITIONS = (0, 1)
LIES_ON_THE_LOG = {
    "position": pl.List(pl.Float64()),
    "positions": pl.List(pl.Float32()),
    "timestamp_end": TIMESTAMP,
}


def subject_of(player: str) -> str:
    """A stand-in for the pseudonym."""
    return player[::-1]


class GameTables:
    """What one application's players send."""

    def __init__(self, location: Location, app_id: str = APP, tenant: str = TENANT) -> None:
        self.location = location
        self.app_id = app_id
        self.tenant = tenant
        tables = (STREAM.primary, *STREAM.derived_tables)
        self._sink = DeltaSink(location, tables, STREAM.name, PARTITIONS, SinkOptions(tables_url=location.url))

    def write(self, *items: Item, at: datetime | None = None) -> None:
        """One commit, of a message on the partition of the first item's player; `at` is when it came in."""
        # another application may have written meanwhile
        self._sink.open()
        partition = len(items[0].player) % len(PARTITIONS)
        offset = self._sink.offsets()[partition]
        rows = [
            self._row(item, at) | {"log_partition": partition, "log_offset": offset, "log_item": number}
            for number, item in enumerate(items)
        ]
        batch = kinds(Batch(pl.DataFrame(rows, self._schema(rows)), {}))
        tables = {**batch.tables, STREAM.primary.name: batch.rows}
        if GAME_EVENT_CELLS.name in tables:
            tables[GAME_EVENT_CELLS.name] = merged_event_cells(tables[GAME_EVENT_CELLS.name])
        self._sink.commit(tables, {partition: offset + 1}, {partition: len(rows)})

    def _schema(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        named = {name for row in rows for name in row}
        known = {**STREAM.primary.schema, **LIES_ON_THE_LOG}
        return {name: dtype for name, dtype in known.items() if name in named}

    def _row(self, item: Item, at: datetime | None) -> dict[str, Any]:
        received_at = at or item.at
        return {
            "stream": STREAM.name,
            "event_id": str(uuid4()),
            "tenant": self.tenant,
            "app_id": self.app_id,
            "subject": subject_of(item.player),
            "session_id": item.session,
            "build_id": item.build,
            "occurred_at": item.at,
            "received_at": received_at,
            "received_date": received_at.date(),
            "consent_level": 2,
            "consent_source": "default",
            "gpc": False,
            **_own(item),
        }


def _own(item: Item) -> dict[str, Any]:
    match item:
        case Introduced():
            hardware = {} if item.gpu is None else {"gpu": item.gpu}
            said = {"region": item.region, "hardware": msgspec.json.encode(hardware).decode()}
            return {"event_type": PLAYER, "event_name": CREATE_PLAYER, **said}
        case Reached():
            return {"event_type": FUNNEL, "funnel_step_name": item.step, "level_id": item.level}
        case Happened():
            place = None if item.place is None else list(item.place)
            return {"event_type": GAMEPLAY, "event_name": item.name, "level_id": item.level, "position": place}
        case Moved():
            flat = [axis for place in item.places for axis in place]
            rates = dict(zip(("fps_mean", "fps_low_5", "fps_low_1"), item.fps, strict=True))
            return {"event_type": REALTIME, "positions": flat, "timestamp_end": item.at + item.lasts, **rates}
    raise TypeError(f"{type(item).__name__} is no kind of item")
