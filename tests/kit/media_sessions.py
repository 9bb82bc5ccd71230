"""Facts of media sessions made by hand, and the tables they lie in."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from deltalake import write_deltalake

from schemas.media.sessions import MEDIA_SESSION_STATES
from sinks.location import Location
from sinks.media.settle import SettleTables

NOON = datetime(2026, 2, 17, 12, tzinfo=UTC)


def session(session_id: str, **facts: Any) -> dict[str, Any]:
    """A completed session of ten minutes that began at noon, but for what `facts` say; times may be minutes."""
    began = _moment(facts.pop("first_event_at", NOON))
    ended = _moment(facts.pop("last_event_at", began + timedelta(minutes=10)))
    received = _moment(facts.pop("last_received_at", ended))
    return {
        "tenant": "acme",
        "subject": "s" * 8,
        "session_id": session_id,
        "media_id": "squat",
        "media_type": "video",
        "consent_level": 2,
        "gpc": False,
        "first_event_at": began,
        "last_event_at": ended,
        "last_playhead_at": ended,
        "last_received_at": received,
        "country_code": "RO",
        "device_type": "mobile",
        "connection_type": "wifi",
        "browser_family": "Firefox",
        "source": None,
        "ingest_key": None,
        "events": 10,
        "total_duration_seconds": 600.0,
        "ttfb_ms": 300.0,
        "load_time_ms": 900.0,
        "first_play_at": began + timedelta(seconds=1),
        "watch_time_seconds": 590.0,
        "unique_seconds": 590.0,
        "max_position_seconds": 590.0,
        "completion_percent": 98.0,
        "buffering_count": 1,
        "buffering_duration_ms": 400.0,
        "bits": 1.5e9,
        "media_seconds": 590.0,
        "dropped_frames": None,
        "fatal_error": False,
        "errors": 0,
        "reached_end": True,
        "end_status": "completed",
        "revision": 1,
        "log_partition": 0,
        "reopened": False,
        "received_date": received.date(),
    } | facts


def _moment(value: datetime | float) -> datetime:
    return value if isinstance(value, datetime) else NOON + timedelta(minutes=value)


def states(*rows: Mapping[str, Any]) -> pl.DataFrame:
    """A frame of media_session_states."""
    return pl.DataFrame(rows, schema=MEDIA_SESSION_STATES.schema)


def append(folder: Path, *rows: Mapping[str, Any]) -> None:
    """What the flow does at the end of an epoch."""
    write_deltalake(str(folder / MEDIA_SESSION_STATES.name), states(*rows), mode="append")


def settle_tables(folder: Path) -> SettleTables:
    """The three tables below a folder, made if they are not there."""
    return SettleTables.open(Location(str(folder)))
