"""What the tables say at the end, against the answers, the reference and the sum."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest

from kinelake.balance import Balance, balance, position
from kinelake.installation import Installation
from schemas.media.events import STREAM
from schemas.media.sessions import MEDIA_SESSION_STATES, MEDIA_SESSIONS, SESSION_COLUMNS, SESSION_KEY
from schemas.media.usage import MEDIA_USAGE, USAGE_SUMS
from schemas.shared.times import microseconds
from tests.kit.chaos.ledger import MARK
from tests.reference.media import fold as reference
from tests.reference.media.answers import MINUTE_US
from tests.reference.media.session import Session
from tests.reference.media.usage import _Minutes

ENVELOPE = (
    "event_id", "tenant", "subject", "session_id", "media_id", "media_type", "country_code", "device_type",
    "browser_family", "sequence",
)  # fmt: skip
EXACT = (
    "events", "errors", "fatal_error", "total_duration_seconds", "end_status", "dropped_frames", "buffering_count",
    "reached_end", "country_code", "device_type",
)  # fmt: skip
CLOSE = ("watch_time_seconds", "bits", "media_seconds", "unique_seconds", "completion_percent", "buffering_duration_ms")


def the_sum(installation: Installation) -> Balance:
    """accepted − stored − duplicate − suppressed − dead-lettered − in flight, now."""
    return balance(installation, position(installation, STREAM.name))


def stored(installation: Installation) -> pl.DataFrame:
    """Every row of media_events with its mark."""
    rows = installation.tables.scan(STREAM.primary.name).collect()
    return rows.with_columns(mark=pl.col("extra").str.json_path_match(f"$.{MARK}"))


def times_stored(rows: pl.DataFrame) -> Mapping[str, int]:
    """Mark → rows."""
    return dict(rows.group_by("mark").len().iter_rows())


def expect_sessions(installation: Installation, rows: pl.DataFrame) -> None:
    """The newest state of every session, settled or not, is the reference's fold of the stored events."""
    expected = reference.fold(map(_event, rows.iter_rows(named=True)))
    newest = {tuple(row[name] for name in SESSION_KEY): row for row in _newest(installation).iter_rows(named=True)}
    assert len(newest) == len(expected)
    for session in expected:
        _same(newest[tuple(getattr(session, name) for name in SESSION_KEY)], session)
    expect_usage(installation, expected)


def expect_usage(installation: Installation, sessions: list[Session]) -> None:
    """Minute by minute the partials add up to what the reference counts."""
    minutes = _Minutes()
    for session in sessions:
        minutes.add(session)
    partials = installation.tables.scan(MEDIA_USAGE.name).filter(pl.col("dimension") == "all")
    rows = partials.group_by("minute").agg(pl.col(USAGE_SUMS).sum()).collect()
    found = {microseconds(row["minute"]) // MINUTE_US: row for row in rows.iter_rows(named=True)}
    assert {minute: row["sessions"] for minute, row in found.items() if row["sessions"]} == dict(minutes.concurrent)
    for minute in minutes.concurrent:
        assert found[minute]["bits"] == pytest.approx(minutes.bits.get(minute, 0.0), rel=1e-9, abs=1e-3)
        assert found[minute]["stalls"] == minutes.stalls[minute]


def _newest(installation: Installation) -> pl.DataFrame:
    names = [*(column.name for column in SESSION_COLUMNS), "revision"]
    tables = [MEDIA_SESSION_STATES.name, MEDIA_SESSIONS.name]
    found = [installation.tables.scan(name).select(names) for name in tables if installation.location.exists(name)]
    return pl.concat(found).collect().sort("revision").unique(SESSION_KEY, keep="last")


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    """A stored row as the reference takes an event."""
    times = {name: microseconds(row[name]) for name in ("occurred_at", "received_at")}
    own = {column.name for column in STREAM.kinds[row["event_type"]]}
    data = {name: row[name] for name in own if row[name] is not None and name not in ENVELOPE}
    return {**{name: row[name] for name in ENVELOPE}, **times, "event": row["event_type"], "data": data}


def _same(row: Mapping[str, Any], session: Session) -> None:
    assert {name: row[name] for name in EXACT} == {name: getattr(session, name) for name in EXACT}
    for name in CLOSE:
        expected = getattr(session, name)
        assert row[name] == (None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-9)), name
