"""GET /v1/media/sessions/{id}: one session's facts per media and its events in the order they are folded in."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from schemas.media.events import FOLD_ORDER, STREAM
from schemas.media.sessions import SESSION_COLUMNS
from schemas.shared.defaults import filled
from sinks.media.whole import whole
from sinks.reader import TableReader
from web.caller import Caller, Role, at_least
from web.problems import Problem

FACTS = tuple(column.name for column in SESSION_COLUMNS if column.name not in ("tenant", "session_id"))
INSTANT = ("subject", "media_id", "occurred_at")
"""What events share that only their meaning tells apart."""
ENVELOPE = ("event_type", "event_id", "media_id", "subject", "occurred_at", "received_at", "position_seconds")
NOT_SHOWN = {"tenant", "session_id", "stream", "payload_digest", "extra", "data", "received_date", "from_seconds"}


def timeline(reader: TableReader, caller: Caller, session_id: str, at: datetime) -> dict[str, Any]:
    """The answer; raises the 404 for a session that is not there or not the caller's."""
    mine = _visible(caller, session_id)
    facts = whole(reader, at, mine).select(*FACTS, "status").sort("first_event_at", "media_id").collect()
    if facts.is_empty():
        raise Problem(404, "not_found", "There is no such session, or it is not yours.")
    return {
        "session_id": session_id,
        "media": [dict(row) for row in facts.iter_rows(named=True)],
        "events": [_event(row) for row in _events(reader, mine, facts).iter_rows(named=True)],
    }


def _visible(caller: Caller, session_id: str) -> pl.Expr:
    """A session of the caller's organisation: any for a specialist, else one's own."""
    named = (pl.col("tenant") == caller.tenant) & (pl.col("session_id") == session_id)
    return named if caller.role in at_least(Role.SPECIALIST) else named & (pl.col("subject") == caller.subject)


def _events(reader: TableReader, mine: pl.Expr, facts: pl.DataFrame) -> pl.DataFrame:
    received = pl.col("received_date").is_between(*_received(facts))
    rows = filled(reader.rows(STREAM.primary).filter(mine, received), STREAM)
    return rows.collect().sort("occurred_at", *_meaning(), "event_id")


def _meaning() -> tuple[pl.Expr, ...]:
    """What orders events of one instant: their sequence if all have one, their kind, their position."""
    counts = pl.col("sequence").is_not_null().all().over(INSTANT)
    rank = pl.col("event_type").replace_strict(FOLD_ORDER, range(len(FOLD_ORDER)), return_dtype=pl.Int8)
    position = pl.coalesce("from_seconds", "position_seconds", pl.lit(-1.0))
    return pl.when(counts).then("sequence"), rank, position


def _received(facts: pl.DataFrame) -> tuple[Any, Any]:
    """The days on which its events came in; a client's clock may have been a day ahead."""
    first: Any = facts["first_event_at"].min()
    last: Any = facts["last_received_at"].max()
    return (first - timedelta(days=1)).date(), last.date()


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    """The event's name, times and position, then whatever else is known of it."""
    position = row["position_seconds"] if row["from_seconds"] is None else row["from_seconds"]
    rest = {name: value for name, value in row.items() if value is not None and name not in {*ENVELOPE, *NOT_SHOWN}}
    return {name: row[name] for name in ENVELOPE} | {"position_seconds": position} | rest
