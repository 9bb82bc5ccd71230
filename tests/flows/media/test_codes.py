"""Texts that clients choose: what the flow holds of them does not grow with how many there were."""

import gc
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flows.steps.client
import flows.steps.device
import sinks.media.folding.codes
from event_log import Fetched
from flows.conveyor.batch import Batch
from flows.conveyor.seen_index import SeenIndex
from flows.conveyor.source import Poll
from flows.media.sessions import Sessions
from flows.media.store import SessionStore
from flows.steps.client import Client
from flows.steps.decode import Decode
from flows.steps.device import Devices
from flows.steps.exclusions import ExcludedNetworks
from flows.steps.geo import Geo
from flows.steps.places import fixed
from flows.steps.repeats import Repeats
from schemas.media.events import STREAM
from schemas.shared import client_context
from schemas.shared.message import head_line, item_line, message
from schemas.shared.validation import EventValidator
from sinks.media.folding.codes import SWEEP_AFTER, Codes, sweep
from tests.flows.test_decode import MICROS, NOW, PART
from tests.kit.media_rows import rows

VALIDATOR = EventValidator(STREAM)

texts = st.lists(st.none() | st.text(max_size=3), max_size=20)


@given(st.lists(st.tuples(texts, st.booleans()), max_size=8))
@settings(deadline=None, max_examples=30)
def test_a_code_stands_for_its_text_as_long_as_a_record_holds_it(drawn: list[tuple[list[str | None], bool]]) -> None:
    codes, held = Codes(), np.empty(0, np.int32)
    for new, forgets in drawn:
        series = pl.Series(new, dtype=pl.String)
        encoded = codes.encode(series)
        assert codes.decode(encoded).to_list() == new
        held = encoded if forgets else np.concatenate([held, encoded])
        before = codes.decode(held).to_list()
        codes.keep(held)
        assert codes.decode(held).to_list() == before
        assert len(codes) == len(set(before) - {None})


def _records(codes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    kept = np.zeros(len(codes), [("dimensions", np.int32, (1,))])
    kept["dimensions"][:, 0] = codes
    return kept


def test_60000_texts_that_nothing_refers_to_any_more_are_forgotten() -> None:
    codes, encoded = Codes(), np.empty(0, np.int32)
    for start in range(0, 60_000, 5_000):
        encoded = codes.encode(pl.Series([f"connection {number}" for number in range(start, start + 5_000)]))
        sweep({"connection_type": codes}, _records(encoded[:10]))
        assert len(codes) <= 2 * SWEEP_AFTER
    assert codes.decode(encoded[:2]).to_list() == ["connection 55000", "connection 55001"]


class _Flow:
    """The media flow's steps that see what a client writes, with room for few of everything."""

    def __init__(self) -> None:
        store = SessionStore(200, 200, None, keep_recent=0)
        self.decode = Decode(STREAM, lambda: NOW)
        self.steps: tuple[Callable[[Batch], Batch], ...] = (
            Repeats(STREAM.name, SeenIndex(), lambda: NOW),
            Client(Geo(fixed(None, ExcludedNetworks(()))), Devices()),
            Sessions(store, lambda _: rows([]).lazy()),
        )

    def take(self, poll: Poll) -> Batch:
        batch = self.decode(poll)
        for step in self.steps:
            batch = step(batch)
        return batch

    def texts(self) -> int:
        """How many texts the steps hold."""
        return _texts([self.decode, *self.steps])


def _texts(roots: list[Any]) -> int:
    seen: set[int] = set()
    found, todo = 0, roots
    while todo:
        item = todo.pop()
        if id(item) in seen or isinstance(item, type | ModuleType | FunctionType):
            continue
        seen.add(id(item))
        found += isinstance(item, str | bytes)
        todo.extend(gc.get_referents(item))
    return found


def _client_chose(number: int) -> tuple[bytes, bytes]:
    """A message of which every text is a client's own, and its client."""
    event = {
        **{"event_id": str(UUID(int=number)), "timestamp": "2026-02-17T10:00:00Z"},
        **{name: f"{name} {number}" for name in ("session_id", "media_id", "media_type", f"key{number % 50}")},
    }
    kinds: list[dict[str, Any]] = [
        {
            "event": "session_start",
            "data": {
                "total_duration_seconds": 60.0,
                "connection_type": f"c {number}",
                "initial_resolution": f"{number}p",
                "own": f"{number}",
            },
        },
        {"event": "error", "data": {"error_code": f"e {number}", "error_message": f"m {number}"}},
        {"event": "quality_change", "data": {"to_resolution": f"{number}p", "from_resolution": f"{number}i"}},
        {"event": "heartbeat", "data": {"position_seconds": 1.0, "current_resolution": f"{number}p"}},
    ]
    body = msgspec.json.encode(event | kinds[number % len(kinds)])
    accepted = VALIDATOR.accept(body, MICROS)
    agent = f"App{number}/1.0 (iPhone; iOS 17.4; Scale/{number})"
    value = message(head_line(PART), [item_line(accepted, str(UUID(int=number)))])
    return value, client_context.encode(f"2001:db8::{number:x}", agent)


def _poll(start: int, count: int) -> Poll:
    values, clients = zip(*(_client_chose(number) for number in range(start, start + count)), strict=True)
    offsets = np.arange(start, start + count, dtype=np.int64)
    return Poll(
        Fetched(np.zeros(count, np.int32), offsets, [b""] * count, list(values), list(clients)), {0: start + count}
    )


def test_whatever_text_a_client_chooses_the_steps_hold_no_more_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks.media.folding.codes, "SWEEP_AFTER", 200)
    monkeypatch.setattr(flows.steps.client, "KNOWN_CLIENTS", 200)
    monkeypatch.setattr(flows.steps.device, "KNOWN_AGENTS", 200)
    flow, held = _Flow(), []
    for start in range(0, 6_000, 500):
        batch = flow.take(_poll(start, 500))
        assert set(batch.rows["media_type"]) == {f"media_type {number}" for number in range(start, start + 500)}
        held.append(flow.texts())
    assert max(held[6:]) <= 1.1 * max(held[:6]), held


def test_the_raw_row_and_the_session_keep_their_text() -> None:
    batch = _Flow().take(_poll(0, 400))
    connections = [f"c {number}" for number in range(0, 400, 4)]
    assert sorted(batch.rows["connection_type"].drop_nulls()) == sorted(connections)
    states = batch.tables["media_session_states"]
    assert sorted(states["connection_type"].drop_nulls()) == sorted(connections)
