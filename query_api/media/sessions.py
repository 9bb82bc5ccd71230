"""GET /v1/media/sessions/{id}: one session's facts per media and its events in the order they are folded in."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import polars as pl

from query_api.tables import EARLIEST, LATEST, Extent, Tables
from schemas.media.events import FOLD_ORDER, STREAM
from schemas.media.sessions import MEDIA_SESSION_STATES, MEDIA_SESSIONS, SESSION_COLUMNS
from schemas.shared.defaults import filled
from sinks.media.whole import sessions
from web.caller import Caller, Role, at_least
from web.problems import Problem

FACTS = tuple(column.name for column in SESSION_COLUMNS if column.name not in ("tenant", "session_id"))
INSTANT = ("subject", "media_id", "occurred_at")
"""What events share that only their meaning tells apart."""
ENVELOPE = ("event_type", "event_id", "media_id", "subject", "occurred_at", "received_at", "position_seconds")
NOT_SHOWN = {"tenant", "session_id", "stream", "payload_digest", "extra", "data", "received_date", "from_seconds"}


def timeline(tables: Tables, caller: Caller, session_id: str, at: datetime) -> dict[str, Any]:
    """The answer; raises the 404 for a session that is not there or not the caller's."""
    mine = _visible(caller)
    facts = _facts(tables, Extent(caller.tenant, "first_event_at", EARLIEST, LATEST, session_id), mine, at)
    if facts.is_empty():
        raise Problem(404, "not_found", "There is no such session, or it is not yours.")
    return {
        "session_id": session_id,
        "media": [dict(row) for row in facts.iter_rows(named=True)],
        "events": [_event(row) for row in _events(tables, caller.tenant, session_id, mine, facts)],
    }


def _visible(caller: Caller) -> pl.Expr:
    """Of a session of the caller's organisation: any for a specialist, else one's own."""
    return pl.lit(value=True) if caller.role in at_least(Role.SPECIALIST) else pl.col("subject") == caller.subject


def _facts(tables: Tables, named: Extent, mine: pl.Expr, at: datetime) -> pl.DataFrame:
    # states are looked at first: a session that is settled in between is then in both, and counted once
    states = tables.rows(MEDIA_SESSION_STATES, named).filter(mine)
    found = sessions(tables.rows(MEDIA_SESSIONS, named).filter(mine), states, at)
    return found.select(*FACTS, "status").sort("first_event_at", "media_id").collect()


def _events(
    tables: Tables, tenant: str, session_id: str, mine: pl.Expr, facts: pl.DataFrame
) -> Iterator[dict[str, Any]]:
    """Between the first and the last that the facts are made of: all other files are left alone."""
    first: Any = facts["first_event_at"].min()
    last: Any = facts["last_event_at"].max()
    rows = tables.rows(STREAM.primary, Extent(tenant, "occurred_at", first, last, session_id)).filter(mine)
    ordered = filled(rows, STREAM).collect().sort("occurred_at", *_meaning(), "event_id")
    return ordered.iter_rows(named=True)


def _meaning() -> tuple[pl.Expr, ...]:
    """What orders events of one instant: their sequence if all have one, their kind, their position."""
    counts = pl.col("sequence").is_not_null().all().over(INSTANT)
    rank = pl.col("event_type").replace_strict(FOLD_ORDER, range(len(FOLD_ORDER)), return_dtype=pl.Int8)
    position = pl.coalesce("from_seconds", "position_seconds", pl.lit(-1.0))
    return pl.when(counts).then("sequence"), rank, position


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    """The event's name, times and position, then whatever else is known of it."""
    position = row["position_seconds"] if row["from_seconds"] is None else row["from_seconds"]
    rest = {name: value for name, value in row.items() if value is not None and name not in {*ENVELOPE, *NOT_SHOWN}}
    return {name: row[name] for name in ENVELOPE} | {"position_seconds": position} | rest
