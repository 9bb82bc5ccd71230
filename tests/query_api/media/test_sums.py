"""Answers from cells, edges and the tail equal those computed session by session, whenever settling ran."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from query_api.media.question import Question
from query_api.media.statistics import PERIODS, bandwidth, qoe, sessions
from query_api.media.sums import Sums
from query_api.media.usage import UsageMinutes
from query_api.media.view import MediaKeeper, MediaView
from schemas.media.dimensions import SESSION_DIMENSIONS
from schemas.media.usage import MEDIA_USAGE
from schemas.shared.times import microseconds
from sinks.files import TableFiles
from sinks.location import Location
from sinks.media.options import SettleOptions
from sinks.media.settle import SettleTables, settle
from tests.kit.media_sessions import NOON, append, session, settle_tables
from tests.reference.media import answers as media_answers

Facts = Mapping[str, Any]


class World:
    """Tables, what was appended to them, and a query process that looks at them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = NOON
        self.newest: dict[tuple[str, ...], Facts] = {}
        usage = UsageMinutes(TableFiles.reading(Location(str(folder)), MEDIA_USAGE))
        # before anybody has made a table
        self.keeper = MediaKeeper(SettleTables.reading(Location(str(folder))), usage, lambda: self.now)
        self.tables = settle_tables(folder)

    def append(self, *rows: Facts) -> None:
        append(self.folder, *rows)
        for row in rows:
            key = tuple(row[name] for name in ("tenant", "subject", "session_id", "media_id"))
            if key not in self.newest or self.newest[key]["revision"] < row["revision"]:
                self.newest[key] = row

    def settle(self) -> None:
        settle(self.tables, self.now, self.now, SettleOptions())

    def view(self) -> MediaView:
        return self.keeper.refresh()

    def agrees(self, tenant: str = "acme", period: str = "24h", media_id: str | None = None) -> None:
        view, rows = self.view(), references(self.newest.values(), tenant)
        since, now = self.now - PERIODS[period], microseconds(self.now)
        for status in (None, "completed", "abandoned", "active"):
            sums = Sums(view, Question(tenant, since, self.now, media_id, status))
            same(sessions(sums, period), media_answers.sessions_stats(rows, period, now, status, media_id))
        sums = Sums(view, Question(tenant, since, self.now, media_id))
        for group in SESSION_DIMENSIONS:
            same(bandwidth(sums, period, group), media_answers.bandwidth_stats(rows, period, group, now, media_id))
            same(qoe(sums, period, group), media_answers.qoe(rows, period, group, now, media_id))
        for sources in ({"token"}, {"cmcd", "segment"}):
            sums = Sums(view, Question(tenant, since, self.now, media_id, sources=frozenset(sources)))
            theirs = [row for row in rows if (row.source or "token") in sources]
            same(sessions(sums, period), media_answers.sessions_stats(theirs, period, now, None, media_id))
            same(qoe(sums, period, "country_code"), media_answers.qoe(theirs, period, "country_code", now, media_id))


def references(rows: Iterable[Facts], tenant: str) -> list[Any]:
    """The sessions of one organisation as the reference takes them, times in µs."""
    return [
        SimpleNamespace(**{name: microseconds(v) if isinstance(v, datetime) else v for name, v in row.items()})
        for row in rows
        if row["tenant"] == tenant
    ]


def same(found: Any, expected: Any) -> None:
    """Equal with keys in order, means to 1e-9."""
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for name in expected:
            same(found[name], expected[name])
    elif isinstance(expected, list):
        assert len(found) == len(expected), (found, expected)
        for one, other in zip(found, expected, strict=True):
            same(one, other)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
    else:
        assert found == expected
        assert type(found) is type(expected)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_an_empty_lake_answers_with_zeros_and_nulls(world: World) -> None:
    world.agrees()


def test_settling_changes_no_answer(world: World) -> None:
    world.append(session("a"), session("b", end_status="abandoned", reached_end=False, country_code=None))
    world.append(session("c", first_event_at=55, last_event_at=58, end_status=None, reached_end=False))
    world.now = NOON + timedelta(minutes=60)
    world.agrees()
    world.settle()
    world.agrees()
    assert world.view().tail.states["session_id"].to_list() == ["c"]


def test_a_reopened_session_is_counted_once_with_its_newest_facts(world: World) -> None:
    world.append(session("a"), session("b"))
    world.now = NOON + timedelta(minutes=60)
    world.settle()
    world.agrees()
    world.append(session("a", revision=2, first_event_at=-60, last_event_at=10, ttfb_ms=9000.0, device_type="tv"))
    world.agrees()
    assert world.view().tail.reopened["session_id"].to_list() == ["a"]
    world.now += timedelta(minutes=5)
    world.settle()
    world.agrees()
    assert world.view().tail.reopened.is_empty()


def test_a_query_process_that_starts_late_sees_the_same(world: World) -> None:
    world.append(session("a"), session("b"))
    world.now = NOON + timedelta(minutes=60)
    world.settle()
    world.append(session("a", revision=2, last_event_at=61, last_received_at=61))
    late = World(world.folder)
    late.now, late.newest = world.now, world.newest
    late.agrees()


def test_between_the_two_commits_of_settling_nothing_is_counted_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.append(session("a"), session("b", first_event_at=30))
    world.now = NOON + timedelta(minutes=60)
    for files in (world.tables.cells, world.tables.states):
        exchange = files.exchange

        def seen(*args: Any, exchange: Any = exchange, **named: Any) -> None:
            world.agrees()
            exchange(*args, **named)
            world.agrees()

        monkeypatch.setattr(files, "exchange", seen)
    world.settle()
    world.agrees()


def test_tenants_never_mix(world: World) -> None:
    world.append(session("a"), session("a", tenant="other", country_code="IT"))
    world.now = NOON + timedelta(minutes=60)
    world.settle()
    world.append(session("b", tenant="other", first_event_at=50))
    for tenant in ("acme", "other", "nobody"):
        world.agrees(tenant)


def test_above_1000_sessions_percentiles_are_within_one_percent(world: World) -> None:
    world.append(*(session(f"s{n}", first_event_at=n / 100, ttfb_ms=float(n), load_time_ms=None) for n in range(1500)))
    world.now = NOON + timedelta(minutes=90)
    world.settle()
    world.append(*(session(f"t{n}", first_event_at=60, ttfb_ms=2000.0 + n) for n in range(100)))
    rows = references(world.newest.values(), "acme")
    expected = media_answers.sessions_stats(rows, "24h", microseconds(world.now))["performance"]
    sums = Sums(world.view(), Question("acme", world.now - PERIODS["24h"], world.now))
    assert sessions(sums, "24h")["performance"] == pytest.approx(expected, rel=0.01)


moments = st.integers(-3 * 24 * 60, 0)
facts = st.fixed_dictionaries(
    {
        "session_id": st.sampled_from("abcdefgh"),
        "tenant": st.sampled_from(["acme", "other"]),
        "media_id": st.sampled_from(["squat", "plank"]),
        "first_event_at": moments,
        "country_code": st.sampled_from([None, "RO", "IT"]),
        "source": st.sampled_from([None, "cmcd", "segment"]),
        "ttfb_ms": st.none() | st.floats(0, 1e4),
        "load_time_ms": st.none() | st.floats(0, 1e4),
        "buffering_count": st.integers(0, 9),
        "buffering_duration_ms": st.just(0.0) | st.floats(0, 1e5),
        "completion_percent": st.none() | st.floats(0, 100),
        "watch_time_seconds": st.just(0.0) | st.floats(0, 1e4),
        "reached_end": st.booleans(),
        "fatal_error": st.booleans(),
        "end_status": st.sampled_from([None, "completed", "abandoned"]),
    }
)
steps = st.lists(st.tuples(st.lists(facts, min_size=1, max_size=4), st.integers(0, 90), st.booleans(), st.booleans()))


def grown(before: Facts | None, drawn: Facts, now: datetime, revision: int) -> dict[str, Any]:
    """A session's next state: its beginning may only move back and its end forward."""
    first = NOON + timedelta(minutes=drawn["first_event_at"])
    last = min(now, first + timedelta(minutes=drawn["buffering_count"] * 7))
    if before is not None:
        first, last = min(first, before["first_event_at"]), max(last, before["last_event_at"])
    own = {name: value for name, value in drawn.items() if name != "session_id"}
    times = {"first_event_at": first, "last_event_at": last, "last_received_at": now, "first_play_at": None}
    played = {"first_play_at": first} if drawn["watch_time_seconds"] else {}
    return session(drawn["session_id"], **own | times | played | {"revision": revision})


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, period=st.sampled_from(list(PERIODS)), media_id=st.sampled_from([None, "squat"]))
def test_whenever_settling_runs_the_answers_are_those_of_no_settling(
    tmp_path_factory: pytest.TempPathFactory, steps: Any, period: str, media_id: str | None
) -> None:
    world, revision = World(tmp_path_factory.mktemp("lake")), 0
    for drawn, minutes, settles, looks in steps:
        for one in drawn:
            revision += 1
            key = (one["tenant"], "s" * 8, one["session_id"], one["media_id"])
            world.append(grown(world.newest.get(key), one, world.now, revision))
        world.now += timedelta(minutes=minutes)
        if settles:
            world.settle()
        if looks:
            world.agrees("acme", period, media_id)
    world.agrees("other", period, media_id)
    world.settle()
    world.agrees("acme", period, media_id)
