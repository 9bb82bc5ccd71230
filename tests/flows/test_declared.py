"""Lists, free-form objects and what a request says once: from the body of a client to the rows of a table."""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from event_log import Fetched
from flows.conveyor.source import Poll
from flows.run import flow_of
from flows.steps.decode import Decode
from flows.steps.head import Flow
from query_api.listing import Listing, rows_of
from schemas.shared.faults import BadDeclaration
from schemas.shared.message import LINE_END, message
from schemas.shared.stream import Stream
from sinks.location import Location
from sinks.reader import TableReader
from tests.kit.cases import Run, published
from tests.kit.declared import NOTES, SAMPLES
from tests.kit.strategies import client_events, client_requests

NOW = datetime(2026, 2, 17, 10, tzinfo=UTC)
AT = "2026-02-17T10:00:00Z"
BROKEN = [
    b"",
    b"no json",
    b'{"event_type":"note","event_id":1}',
    b'{"event_type":"note","event_id":"e","occurred_at":1,"payload_digest":1,"numbers":["x"]}',
    b'{"event_type":"note","event_id":"e","occurred_at":1,"payload_digest":1,"numbers":1.5}',
    b'{"event_type":"note","event_id":"e","occurred_at":1,"payload_digest":1,"counts":[1.5]}',
    b'{"event_type":"note","event_id":"e","occurred_at":1,"payload_digest":1,"flags":[[true]]}',
    b'{"event_type":"note","event_id":"e","occurred_at":1,"payload_digest":1,"labels":{"a":1}}',
]
examples = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def on_the_log(stream: Stream, body: Any) -> bytes:
    return published(stream, {"received_at": AT, "body": body}).value


def read(stream: Stream, values: list[bytes]) -> Any:
    fetched = Fetched(
        partitions=np.zeros(len(values), np.int32),
        offsets=np.arange(len(values), dtype=np.int64),
        keys=[b"key"] * len(values),
        values=values,
        clients=[b""] * len(values),
    )
    return Decode(stream, lambda: NOW)(Poll(fetched, {0: len(values)}))


def meant(value: Any) -> Any:
    """A free-form value without keys that are null, numbers by value."""
    if isinstance(value, dict):
        return {name: meant(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [meant(inner) for inner in value]
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def same(column: Any, sent: Any) -> None:
    """The column holds what was sent."""
    assert (None if column is None else meant(msgspec.json.decode(column))) == meant(sent)


LISTS = ("numbers", "counts", "labels", "people", "flags")


@given(st.lists(client_events(NOTES, NOW), min_size=1, max_size=8))
@examples
def test_every_list_and_object_that_is_accepted_is_read_as_it_was_sent(bodies: list[Any]) -> None:
    batch = read(NOTES, [on_the_log(NOTES, body) for body in bodies])
    assert "dead_letters" not in batch.tables
    for row, body in zip(batch.rows.sort("log_offset").iter_rows(named=True), bodies, strict=True):
        assert {name: row[name] for name in LISTS} == {name: body.get(name) for name in LISTS}
        same(row["details"], body.get("details"))
        assert row["room"] == (body.get("place") or {}).get("room")


@given(
    st.lists(st.one_of(client_events(NOTES, NOW), st.sampled_from(BROKEN)), min_size=1, max_size=12),
)
@examples
def test_among_broken_lines_every_good_one_is_kept(lines: list[Any]) -> None:
    values = [on_the_log(NOTES, line) if isinstance(line, dict) else line for line in lines]
    head = on_the_log(NOTES, {"text": "t"}).split(LINE_END)[0]
    items = [
        value.split(LINE_END)[1] if isinstance(line, dict) else value for value, line in zip(values, lines, strict=True)
    ]
    good = {place for place, line in enumerate(lines) if isinstance(line, dict)}
    batch = read(NOTES, [message(head, items)])
    kept = dict(batch.rows.select("log_item", "text").iter_rows()) if batch.rows.height else {}
    dead = set(batch.tables["dead_letters"]["log_item"]) if "dead_letters" in batch.tables else set()
    assert kept == {place: lines[place]["text"].replace("0123", "****") for place in good}
    assert dead == set(range(len(lines))) - good


def test_a_list_reads_the_same_beside_a_broken_line_and_without_one() -> None:
    body = {"text": "t", "numbers": [1, 2.5, -0.0], "counts": [], "labels": ["a\n", "ä"], "flags": [True, False]}
    value = on_the_log(NOTES, body)
    (fast,) = read(NOTES, [value]).rows.select(LISTS).iter_rows(named=True)
    (slow,) = (
        read(NOTES, [value, message(value.split(LINE_END)[0], [BROKEN[2]])]).rows.select(LISTS).iter_rows(named=True)
    )
    assert fast == slow == {**{name: body.get(name) for name in LISTS}, "numbers": [1.0, 2.5, 0.0]}
    assert math.copysign(1, fast["numbers"][2]) == 1


@given(client_requests(SAMPLES, NOW))
@examples
def test_what_a_request_says_once_is_in_every_row(body: Any) -> None:
    rows = read(SAMPLES, [on_the_log(SAMPLES, body)]).rows
    assert rows["log_item"].to_list() == list(range(len(body["samples"])))
    for row, item in zip(rows.iter_rows(named=True), body["samples"], strict=True):
        assert (row["session_id"], row["room"]) == (item.get("session_id") or body["session_id"], body["room"])
        assert row["sensors"] == body["sensors"]
        assert row["scale"] == (1 if body.get("scale") is None else body["scale"])
        assert (row["number"], row["celsius"]) == (item["number"], item["celsius"])
        same(row["setup"], body.get("setup"))
        same(row["note"], item.get("note"))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The real flow of one of the streams, which needs no module of its own here."""
    for module in ("flows.run", "tests.kit.cases"):
        monkeypatch.setattr(f"{module}.flow_of", lambda stream: Flow())
    return lambda stream: Run(tmp_path, stream)


def test_a_table_of_its_own_name_has_the_lists_and_the_columns_that_a_flow_adds(run: Any) -> None:
    flow = run(NOTES)
    body = {"text": "t", "numbers": [1.5], "labels": [], "details": {"b": 1, "a": [None]}, "x": 1, "timestamp": AT}
    flow.publish([published(NOTES, {"received_at": AT, "body": each}) for each in (body, {"text": "u"})])
    flow.flow()
    rows = TableReader(Location(flow.tables.tables_url)).scan("note_log").sort("text").collect()
    assert rows.schema["numbers"] == pl.List(pl.Float64)
    assert rows["numbers"].to_list() == [[1.5], None]
    assert rows["labels"].to_list() == [[], None]
    assert rows["length"].to_list() == [None, None]
    listed = Listing(None, NOW - timedelta(hours=1), NOW + timedelta(seconds=1), 10)
    answer = msgspec.json.decode(
        msgspec.json.encode(rows_of(TableReader(Location(flow.tables.tables_url)), NOTES, "clinic", listed))
    )
    found = next(row for row in answer["events"] if row["text"] == "t")
    assert (found["numbers"], found["labels"], found["details"]) == ([1.5], [], {"a": [None], "b": 1})
    assert found["extra"] == {"x": 1}
    assert "length" not in found


def test_a_repeat_a_conflict_and_a_broken_item_cost_only_themselves(run: Any) -> None:
    flow = run(SAMPLES)
    several = [{"number": number, "elapsed_ms": number, "celsius": [1.5]} for number in range(3)]
    said = {"session_id": "s", "room": "north", "sensors": ["a"]}
    changed = [{**several[0], "celsius": [2.5]}, several[1], {**several[2], "number": 7}]
    whole, again = ({"received_at": AT, "body": {**said, "samples": items}} for items in (several, changed))
    damaged = published(SAMPLES, again)
    head, *lines = damaged.value.split(LINE_END)
    flow.publish([published(SAMPLES, whole)])
    flow.publish([damaged._replace(value=message(head, [*lines, b"{"]))])
    flow.flow()
    rows = flow.rows("samples_events")
    assert sorted(rows["number"].to_list()) == [0, 1, 2, 7]
    assert set(rows["room"]) == {"north"}
    assert flow.rows("suppressed").select("reason", "count").rows() == [("duplicate", 1)]
    letters = flow.rows("dead_letters").sort("log_item")
    assert letters.select("reason", "log_item").rows() == [("event_id_conflict", 0), ("undecodable", 3)]
    assert letters["value"][0] == message(head, [lines[0]])
    assert letters["value"][1] == message(head, [b"{"])


def test_a_dead_letter_sent_again_is_a_row_with_what_its_request_said_once(run: Any) -> None:
    flow = run(SAMPLES)
    said = {"session_id": "s", "room": "north", "sensors": ["a"]}
    item = {"number": 1, "elapsed_ms": 0, "celsius": [1.5], "note": {"a": 1}}
    flow.publish([published(SAMPLES, {"received_at": AT, "body": {**said, "samples": [item]}})])
    flow.publish([published(SAMPLES, {"received_at": AT, "body": {**said, "samples": [{**item, "celsius": []}]}})])
    flow.flow()
    (letter,) = flow.rows("dead_letters").iter_rows(named=True)
    repaired = letter["value"].replace(b'"celsius":[]', b'"celsius":[9.5]').replace(b'"event_id":"', b'"event_id":"f')
    again = published(SAMPLES, {"received_at": AT, "body": {**said, "samples": [item]}})
    flow.publish([again._replace(value=repaired, key=letter["message_key"])])
    flow.flow()
    rows = flow.rows("samples_events").sort("log_offset").select("room", "sensors", "celsius", "note")
    assert rows.rows() == [("north", ["a"], [1.5], '{"a":1}'), ("north", ["a"], [9.5], '{"a":1}')]


def test_a_module_of_several_streams_has_a_flow_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other, rest = Flow(), Flow(reduces={"a": lambda rows: rows}), Flow(reduces={"b": lambda rows: rows})
    declared: dict[str, Any] = {"FLOWS": {"kit": {"notes": one, "samples": other}}, "FLOW": {}}
    monkeypatch.setattr("flows.run.module_of", lambda stream: "kit")
    monkeypatch.setattr("flows.run.declared_in", lambda room, attribute: declared[attribute])
    assert (flow_of(NOTES), flow_of(SAMPLES)) == (one, other)
    declared["FLOWS"] = {}
    with pytest.raises(BadDeclaration, match=r"flows\.kit declares no flow of the stream notes"):
        flow_of(NOTES)
    declared["FLOW"] = {"kit": rest}
    assert flow_of(NOTES) is rest
