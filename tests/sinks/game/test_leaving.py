"""Rows of game tables go with consent that is taken back and with an erasure, one by one, and nobody else's do."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from schemas.game import STREAM
from sinks.decided import RECORDS, Decision
from sinks.erased import PEOPLE, SESSIONS, Erasing
from sinks.erased_stream import erase_stream
from sinks.location import Location
from sinks.withdrawn import withdraw
from tests.kit.cases import TENANT, Run, record
from tests.kit.game_bodies import APP, CREATE_PLAYER, FUNNEL_STEP, GAMEPLAY, TRAJECTORY, but

# each goes on where the one before it has left the tables
pytestmark = pytest.mark.xdist_group("leaving game tables")

ANN, BOB = "ann"[::-1], "bob"[::-1]
NOON = datetime(2026, 2, 12, 12, tzinfo=UTC)
EVERYTHING = {"game_events": 4, "game_players": 1, "game_funnel_steps": 1, "game_samples": 3, "game_event_cells": 1}
"""Rows of one of each kind."""
MINE = {"app_id": ..., "player_id": ...}


def bodies(hour: int) -> list[dict[str, Any]]:
    """One item of each kind, at that hour."""
    at = f"2026-02-12T{hour}:00:00Z"
    moving = but(TRAJECTORY, timestamp=at, timestamp_start=..., timestamp_end=f"2026-02-12T{hour}:00:05Z")
    items = {"player": CREATE_PLAYER, "funnel": FUNNEL_STEP, "gameplay": GAMEPLAY}
    return [
        *(but(item, kind=kind, timestamp=at, **MINE) for kind, item in items.items()),
        but(moving, kind="realtime", **MINE),
    ]


def sent(subject: str, hour: int) -> dict[str, Any]:
    at = f"2026-02-12T{hour}:00:06Z"
    return {"received_at": at, "subject": subject, "stamped": {"app_id": APP}, "bodies": bodies(hour)}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two people's items in the morning and in the afternoon; tests change the tables one after the other."""
    run = Run(tmp_path_factory.mktemp("game"), STREAM)
    run.publish([record(STREAM, sent(subject, hour)) for subject in (ANN, BOB) for hour in (10, 14)])
    run.flow()
    return run


def counts(run: Run, subject: str) -> Mapping[str, tuple[int, int]]:
    """Table → the person's rows of before and after noon."""
    found = {name: run.rows(name).filter(pl.col("subject") == subject) for name in EVERYTHING}
    return {
        name: tuple(rows.filter((pl.col("occurred_at") < NOON) == early).height for early in (True, False))  # type: ignore[misc]
        for name, rows in found.items()
    }


def times(morning: int, afternoon: int) -> Mapping[str, tuple[int, int]]:
    return {name: (morning * rows, afternoon * rows) for name, rows in EVERYTHING.items()}


def location(run: Run) -> Location:
    return Location(run.tables.tables_url)


def nobody_asked(_: pl.DataFrame) -> None:
    raise AssertionError("the game folds no sessions")


def recorded(run: Run, since: datetime, level: int) -> None:
    records = pl.DataFrame([(TENANT, ANN, since, level)], RECORDS, orient="row")
    withdraw(location(run), Decision(STREAM, records, since), range(4), nobody_asked, lambda: None)


def test_consent_taken_back_takes_what_came_after_it_out_of_every_table(written: Run) -> None:
    assert counts(written, ANN) == counts(written, BOB) == times(1, 1)
    recorded(written, NOON, 1)
    assert counts(written, ANN) == times(1, 0)
    assert counts(written, BOB) == times(1, 1)


def test_a_lower_level_that_still_allows_it_is_stamped_on_the_rows_that_stay(written: Run) -> None:
    recorded(written, NOON.replace(hour=1), 2)
    assert counts(written, ANN) == times(1, 0)


def test_an_erasure_takes_all_of_a_person_and_nothing_of_others(written: Run) -> None:
    people = pl.DataFrame([(1, TENANT, ANN, "", NOON.replace(hour=20))], PEOPLE, orient="row")
    erasing = Erasing(people, pl.DataFrame(schema=SESSIONS))
    went = erase_stream(location(written), STREAM, erasing, 1, range(4), nobody_asked, lambda: None)
    assert {name: sum(gone.rows.values()) for name, gone in went.items()} == EVERYTHING
    assert counts(written, ANN) == times(0, 0)
    assert counts(written, BOB) == times(1, 1)
