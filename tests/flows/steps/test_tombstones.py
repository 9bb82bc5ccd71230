"""What an erased person did before the erasure reaches no table; what they do later does."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from control.tombstones import Tombstone
from flows.conveyor.batch import Batch
from flows.steps.tombstones import Erased
from jobs.motion.messages import failed
from schemas.shared.scopes import of_session
from schemas.shared.stream import streams
from schemas.shared.times import microseconds
from sinks.location import Location
from sinks.reader import TableReader
from tests.kit.cases import Run, record
from tests.kit.motion.told import FILMED

ERASED_AT = datetime(2026, 2, 17, 11, 0, tzinfo=UTC)
EARLIER, LATER = "2026-02-17T10:59:59.999999Z", "2026-02-17T11:00:00Z"


def play(person: str, number: int, occurred: str, received: str = LATER) -> dict[str, Any]:
    body = {
        "event": "play",
        "event_id": f"00000000-0000-4000-8000-{number:012d}",
        "session_id": person,
        "media_id": "squat",
        "timestamp": occurred,
        "data": {"position_seconds": 1.0},
    }
    return {"received_at": received, "subject": person, "body": body}


def test_only_what_an_erased_person_did_before_is_dropped_and_counted(tmp_path: Path) -> None:
    run = Run(tmp_path, streams()["media"])
    run.control.tombstones.add("clinic", "zoe", datetime(2026, 2, 1, tzinfo=UTC))
    run.control.tombstones.add("clinic", "zoe", ERASED_AT)
    run.control.tombstones.add("elsewhere", "ann", ERASED_AT)
    lines = [play("zoe", 1, EARLIER), play("zoe", 2, LATER), play("ann", 3, EARLIER), play("zoe", 4, LATER, EARLIER)]
    run.publish([record(run.stream, line) for line in lines])
    run.flow()
    tables = TableReader(Location(run.tables.tables_url))
    kept = tables.scan("media_events").select("event_id").sort("event_id").collect()["event_id"].to_list()
    assert [int(event_id[-1]) for event_id in kept] == [2, 3]
    counted = tables.scan("suppressed").group_by("reason").agg(pl.col("count").sum()).collect()
    assert counted.rows() == [("erased", 2)]
    assert run.rows("media_session_states")["subject"].sort().to_list() == ["ann", "zoe"]


def test_an_erasure_of_a_project_takes_nothing_of_another_nor_of_no_project(tmp_path: Path) -> None:
    run = Run(tmp_path, streams()["media"])
    run.control.tombstones.add("clinic", "zoe", ERASED_AT, "here")
    run.control.tombstones.add("clinic", "ann", ERASED_AT)
    step, before = Erased("media", run.control.tombstones), ERASED_AT - timedelta(seconds=1)
    people = [("zoe", "here"), ("zoe", "there"), ("zoe", None), ("ann", "here"), ("ann", None)]
    rows = pl.DataFrame(people, schema=["subject", "project_id"], orient="row").with_columns(
        tenant=pl.lit("clinic"), occurred_at=pl.lit(before), received_at=pl.lit(ERASED_AT)
    )
    step(Batch(rows.head(0), {}, again=rows))
    assert step.number == 2
    assert step.of(rows).to_list() == [True, False, False, True, True]
    assert step.of(rows.drop("project_id")).to_list() == [False, False, False, True, True]


def test_of_an_erased_session_everything_is_dropped_whenever_it_comes(tmp_path: Path) -> None:
    run = Run(tmp_path, streams()["motion_sessions"])
    films = [replace(FILMED, subject=who, session_id=name) for who, name in (("zoe", "a"), ("zoe", "b"), ("ann", "a"))]
    run.control.tombstones.add("clinic", "zoe", ERASED_AT, of_session("a"))
    later = microseconds(ERASED_AT) + 3_600_000_000
    for at in (later - 2 * 3_600_000_000, later):
        run.publish([failed(film, f"{at}", at, "no_person") for film in films])
    run.flow()
    kept = run.rows("motion_sessions").group_by("subject", "session_id").len().sort("subject", "session_id")
    assert kept.rows() == [("ann", "a", 2), ("zoe", "b", 2)]
    counted = run.rows("suppressed").group_by("reason").agg(pl.col("count").sum())
    assert counted.rows() == [("erased", 2)]


SCOPES = ("", "p", "q", of_session("a"), of_session("b"))
PEOPLE = ("zoe", "ann")
STONES = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(SCOPES), st.integers(0, 9)), max_size=8)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE), st.sampled_from(("p", "q", None)), st.sampled_from("ab"), st.integers(0, 9),
        st.integers(0, 9),
    ),
    min_size=1,
)  # fmt: skip


class Stones:
    """Tombstones that are learned of one after the other."""

    def __init__(self, stones: list[tuple[str, str, int]]) -> None:
        self._stones = [Tombstone(n, "clinic", who, at(hour), scope) for n, (who, scope, hour) in enumerate(stones, 1)]
        self.known = 0

    def after(self, number: int) -> list[Tombstone]:
        return self._stones[number : self.known]


def at(hour: int) -> datetime:
    return ERASED_AT.replace(hour=hour)


@given(stones=STONES, said=ROWS, known=st.integers(0, 8))
@settings(max_examples=200, deadline=None)
def test_a_row_is_erased_by_any_stone_that_reaches_it_however_they_were_learned(
    stones: list[tuple[str, str, int]], said: list[tuple[str, str | None, str, int, int]], known: int
) -> None:
    source: Any = Stones(stones)
    step = Erased("media", source, monotonic=itertools.count(step=10).__next__)
    columns = ["subject", "project_id", "session_id", "occurred", "received"]
    rows = pl.DataFrame(said, schema=columns, schema_overrides={"project_id": pl.String}, orient="row").with_columns(
        tenant=pl.lit("clinic"),
        occurred_at=pl.Series([at(row[3]) for row in said]),
        received_at=pl.Series([at(row[4]) for row in said]),
    )
    for source.known in sorted({min(known, len(stones)), len(stones)}):
        step(Batch(rows.head(0), {}, again=rows))
    assert step.of(rows).to_list() == [any(reaches(stone, row) for stone in stones) for row in said]


def reaches(stone: tuple[str, str, int], row: tuple[str, str | None, str, int, int]) -> bool:
    (who, scope, hour), (subject, project, session, *times) = stone, row
    if who != subject:
        return False
    if scope.startswith("session:"):
        return scope == f"session:{session}"
    return scope in ("", project) and min(times) < hour
