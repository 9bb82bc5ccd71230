"""What is written straight is what the ordinary way writes, and the flow reads it; whatever comes, nothing breaks."""

from typing import Any

import msgspec
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest_gateway.door.protocol import Read, Said
from ingest_gateway.media.cmcd import MOST_RECORD_BYTES
from schemas.media.events import STREAM
from schemas.shared.message import item_line, session_member, straight_line
from tests.kit.cmcd_bodies import HOSTILE, NOW_MS, RECORDS, REPEATED
from tests.kit.fuzzing import fuzzed
from tests.kit.players import read, rows
from web.problems import Problem

RECORD = f'e=t,sid="s",sta=p,ts={NOW_MS}'


def columns_of(item: Said) -> dict[str, Any]:
    """The stream's own columns as its line has them."""
    columns: dict[str, Any] = msgspec.json.decode(b"{" + item.event.own[1:])
    return columns


def straight(item: Said) -> bytes:
    event = item.event
    assert event.event_id is not None
    return straight_line(event, event.event_id, session_member(event.session_id))


def ordinary(item: Said) -> bytes:
    event = item.event
    assert event.event_id is not None
    return item_line(msgspec.structs.replace(event, fields=columns_of(item), own=b""), event.event_id)


@given(st.lists(RECORDS, min_size=1, max_size=4))
@settings(max_examples=150)
def test_what_is_written_straight_is_what_the_ordinary_way_writes_and_the_flow_reads(records: list[str]) -> None:
    said = read("\n".join(records)).said
    types = {kind: {column.name: column.dtype for column in columns} for kind, columns in STREAM.kinds.items()}
    found = sorted(rows(said).to_dicts(), key=lambda row: row["log_offset"]) if said else []
    for item, row in zip(said, found, strict=True):
        columns, dtypes = columns_of(item), types[item.event.event_type]
        assert straight(item) == ordinary(item)
        assert {name: row[name] for name in columns} == columns
        assert all(type(value) is float for name, value in columns.items() if dtypes[name] == pl.Float64)


def reading(body: bytes) -> Read | Problem:
    """What it holds, or why it is none."""
    try:
        return read(body)
    except Problem as problem:
        return problem


@given(HOSTILE)
@fuzzed(400)
def test_no_body_is_more_than_too_large(body: bytes) -> None:
    found = reading(body)
    if isinstance(found, Problem):
        assert found.status == 413
    else:
        assert all(straight(item) == ordinary(item) for item in found.said)


@given(REPEATED)
@fuzzed(100, seconds=0.5)
def test_the_largest_record_takes_no_longer_whatever_repeats_in_it(part: str) -> None:
    read(RECORD + (part * MOST_RECORD_BYTES)[: MOST_RECORD_BYTES - len(RECORD)])
