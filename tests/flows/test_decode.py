"""Bytes → columns: whatever lies on the log, good messages come through and the rest keeps its bytes."""

from datetime import UTC, datetime

import msgspec
import numpy as np
import polars as pl
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from event_log import Fetched
from flows.conveyor.source import Poll
from flows.steps.decode import Decode
from schemas.media.events import STREAM
from schemas.shared.again import again_message
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.envelope import SCHEMA_VERSION, RequestPart
from schemas.shared.message import head_line, item_line, items_in, message
from schemas.shared.stream import streams
from schemas.shared.validation import EventValidator
from tests.kit.strategies import client_events

NOW = datetime(2026, 2, 17, 10, tzinfo=UTC)
MICROS = 1_771_322_400_000_000
VALIDATOR = EventValidator(STREAM)
PART = RequestPart(
    schema_version=SCHEMA_VERSION,
    tenant="clinic",
    subject="s" * 64,
    received_at=MICROS,
    request_id="r",
    consent_level=2,
    consent_source="token",
)


def on_the_log(body: bytes, number: int = 0) -> bytes:
    accepted = VALIDATOR.accept(body, MICROS)
    return message(head_line(PART), [item_line(accepted, f"00000000-0000-4000-8000-{number:012d}")])


PLACE = ("log_offset", "log_item")

GOOD_BODY = (
    b'{"event":"play","session_id":"s","media_id":"m","timestamp":"2026-02-17T10:00:00Z","data":{"position_seconds":1}}'
)
GOOD = on_the_log(GOOD_BODY)


def poll(values: list[bytes]) -> Poll:
    fetched = Fetched(
        partitions=np.zeros(len(values), np.int32),
        offsets=np.arange(len(values), dtype=np.int64),
        keys=[b"key"] * len(values),
        values=values,
        clients=[b""] * len(values),
    )
    return Poll(fetched, {0: len(values)})


@given(
    st.lists(st.tuples(st.integers(0, len(GOOD)), st.binary(max_size=6), st.integers(0, 12)), min_size=1, max_size=8)
)
@example([(0, b"\n", 0)])
@example([(15, b"session_start", 4)])
@example([(328, b"0", 0)])
@example([(len(GOOD), b"\n" + GOOD, 0)])
@settings(max_examples=300)
def test_a_damaged_message_costs_only_itself(damages: list[tuple[int, bytes, int]]) -> None:
    damaged = [GOOD[:place] + put + GOOD[place + gone :] for place, put, gone in damages]
    values = [value for bad in damaged for value in (GOOD, bad)]
    batch = Decode(STREAM, lambda: NOW)(poll(values))
    letters = batch.tables.get("dead_letters", pl.DataFrame(schema=DEAD_LETTERS.schema))
    dead = {(offset, item): value for offset, item, value in letters.select(*PLACE, "value").iter_rows()}
    rows = set(batch.rows.select(PLACE).iter_rows()) if batch.rows.width else set()
    empty = {(offset, 0) for offset, value in enumerate(values) if not value}
    everything = {(offset, item) for offset, value in enumerate(values) for item in range(items_in(value))}
    assert rows | dead.keys() | empty == everything
    assert len(rows) + len(dead) + len(empty) == len(everything) == sum(batch.passed.values())
    assert all(alone(values[offset], item) == value for (offset, item), value in dead.items())
    assert {(offset, 0) for offset, value in enumerate(values) if value == GOOD} <= rows


def alone(value: bytes, item: int) -> bytes:
    """A message of one of a message's items."""
    head, *lines = value.split(b"\n")
    return b"\n".join((head, lines[item])) if lines and lines[item] else head


BROKEN = b'{"event_type":"play","event_id":12}'


def test_a_broken_item_in_the_middle_of_a_hundred_costs_only_itself() -> None:
    head, item = GOOD.split(b"\n")
    lines = [item] * 50 + [BROKEN] + [item] * 49
    batch = Decode(STREAM, lambda: NOW)(poll([message(head, lines), GOOD]))
    (letter,) = batch.tables["dead_letters"].iter_rows(named=True)
    assert (letter["log_offset"], letter["log_item"], letter["message_key"]) == (0, 50, b"key")
    assert letter["value"] == message(head, [BROKEN])
    assert batch.rows.select(PLACE).rows() == [(0, n) for n in range(100) if n != 50] + [(1, 0)]
    assert batch.passed == {0: 101}


def test_a_head_that_cannot_be_read_makes_each_of_its_items_a_dead_letter() -> None:
    _, item = GOOD.split(b"\n")
    batch = Decode(STREAM, lambda: NOW)(poll([message(b'{"tenant":1}', [item, item]), GOOD]))
    letters = batch.tables["dead_letters"]
    assert letters.select(PLACE).rows() == [(0, 0), (0, 1)]
    assert all(detail.startswith("head: ") for detail in letters["detail"])
    assert batch.rows.select(PLACE).rows() == [(1, 0)]


SESSION = {"tenant": "clinic", "subject": "zoe", "session_id": "a", "media_id": "m"}


def test_a_message_that_asks_for_a_session_is_no_item_and_another_that_begins_so_is_a_dead_letter() -> None:
    _, asking = again_message(SESSION)
    broken = asking.replace(b"media_id", b"media")
    batch = Decode(STREAM, lambda: NOW)(poll([asking, GOOD, broken, asking]))
    assert batch.again.to_dicts() == [{**SESSION, "log_partition": 0, "log_offset": 3}]
    assert batch.rows.select(PLACE).rows() == [(1, 0)]
    assert batch.tables["dead_letters"].select(PLACE).rows() == [(2, 0)]
    assert (batch.passed, batch.next_offsets, items_in(asking)) == ({0: 2}, {0: 4}, 0)


def test_a_flow_that_folds_no_sessions_takes_such_a_message_for_one_that_cannot_be_read() -> None:
    batch = Decode(streams()["errors"], lambda: NOW)(poll([again_message(SESSION)[1]]))
    assert batch.tables["dead_letters"].height == 1


def test_an_item_of_another_person_is_theirs() -> None:
    head, item = GOOD.split(b"\n")
    theirs = item.replace(b'"session_id"', b'"subject":"another","session_id"')
    batch = Decode(STREAM, lambda: NOW)(poll([message(head, [item, theirs])]))
    assert batch.rows["subject"].to_list() == [PART.subject, "another"]


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
