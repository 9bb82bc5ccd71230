"""Bytes → columns: whatever lies on the log, good messages come through and the rest keeps its bytes."""

from datetime import UTC, datetime

import msgspec
import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from event_log import Fetched
from flows.source import Poll
from flows.steps.decode import Decode
from schemas.envelope import RequestPart
from schemas.media import STREAM
from schemas.message import message, request_fields
from schemas.validation import EventValidator
from tests.strategies import client_events

NOW = datetime(2026, 2, 17, 10, tzinfo=UTC)
MICROS = 1_771_322_400_000_000
VALIDATOR = EventValidator(STREAM)
PART = RequestPart(
    tenant="clinic", subject="s" * 64, received_at=MICROS, request_id="r", consent_level=2, consent_source="token"
)


def on_the_log(body: bytes, number: int = 0) -> bytes:
    accepted = VALIDATOR.accept(body, MICROS)
    return message(accepted, f"00000000-0000-4000-8000-{number:012d}", request_fields(PART))


GOOD_BODY = (
    b'{"event":"play","session_id":"s","media_id":"m","timestamp":"2026-02-17T10:00:00Z","data":{"position_seconds":1}}'
)
GOOD = on_the_log(GOOD_BODY)


def poll(values: list[bytes]) -> Poll:
    fetched = Fetched(
        np.zeros(len(values), np.int32), np.arange(len(values), dtype=np.int64), values, [b""] * len(values)
    )
    return Poll(fetched, {0: len(values)})


@given(
    st.lists(st.tuples(st.integers(0, len(GOOD)), st.binary(max_size=6), st.integers(0, 12)), min_size=1, max_size=8)
)
@example([(0, b"\n", 0)])
@example([(15, b"session_start", 4)])
@example([(len(GOOD), b"\n" + GOOD, 0)])
@settings(max_examples=300)
def test_a_damaged_message_costs_only_itself(damages: list[tuple[int, bytes, int]]) -> None:
    damaged = [GOOD[:place] + put + GOOD[place + gone :] for place, put, gone in damages]
    values = [value for bad in damaged for value in (GOOD, bad)]
    batch = Decode(STREAM, lambda: NOW)(poll(values))
    letters = batch.tables.get("dead_letters")
    dead = {} if letters is None else dict(zip(letters["log_offset"], letters["value"], strict=True))
    rows = set(batch.rows["log_offset"].to_list())
    empty = {offset for offset, value in enumerate(values) if not value}
    assert rows | dead.keys() | empty == set(range(len(values)))
    assert not rows & dead.keys()
    assert all(values[offset] == value for offset, value in dead.items())
    assert {offset for offset, value in enumerate(values) if value == GOOD} <= rows


@given(st.lists(client_events(STREAM, NOW).map(msgspec.json.encode), min_size=1, max_size=20))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_what_the_gateway_accepts_the_flow_reads_as_it_was(bodies: list[bytes]) -> None:
    batch = Decode(STREAM, lambda: NOW)(poll([on_the_log(body, number) for number, body in enumerate(bodies)]))
    assert "dead_letters" not in batch.tables
    validator = EventValidator(STREAM)
    for row in batch.rows.iter_rows(named=True):
        accepted = validator.accept(bodies[row["log_offset"]], MICROS)
        assert {name: row[name] for name in accepted.fields} == accepted.fields
        assert (row["event_type"], row["session_id"]) == (accepted.event_type, accepted.session_id)
        assert row["payload_digest"] == accepted.payload_digest


def test_columns_hold_the_value_that_counts_where_the_client_said_nothing() -> None:
    body = GOOD_BODY.replace(b'"play"', b'"error"').replace(b'"position_seconds":1', b'"error_code":"E"')
    survived = body.replace(b'"E"', b'"E","fatal":false')
    batch = Decode(STREAM, lambda: NOW)(poll([on_the_log(body), on_the_log(survived, 1), GOOD]))
    rows = batch.rows.sort("log_offset")
    assert rows["gpc"].to_list() == [False] * 3
    assert rows["media_type"].to_list() == ["video"] * 3
    assert rows["fatal"].to_list() == [True, False, None]
