"""Cells say what events and samples come to, however late they came, whatever consent or an erasure took of them."""

from datetime import timedelta

import pytest

from schemas.game.cells import GAME_EVENT_CELLS, GAME_SAMPLE_CELLS
from sinks.game.options import GameOptions
from sinks.game.settle import settle_at
from tests.kit.game_tables import subject_of
from tests.kit.media_sessions import NOON
from tests.reference.game.items import Happened, Reached
from tests.sinks.game.conftest import MINUTE, World, sent


def test_everything_is_in_cells_once_it_is_settled(world: World) -> None:
    assert world.tail() == set()
    assert sum(row["positions"] for row in world.rows(GAME_SAMPLE_CELLS.name)) == 2 * 2 * 2 * 7
    assert world.settle().reopened == 0


def test_a_level_that_is_named_late_changes_the_cells_of_its_session_alone(world: World) -> None:
    late = Reached(player="ann", session="ann-0", at=NOON - MINUTE, level="roof", step="late")
    world.mine.write(late, at=NOON + timedelta(days=3))
    assert len(world.tail()) == 1
    world.adds_up()
    assert world.settle(3.5).reopened == 1
    world.adds_up()
    assert {row["level_id"] for row in world.rows(GAME_SAMPLE_CELLS.name)} == {None, "roof", "caves", "keep"}


def test_samples_are_settled_as_often_as_the_setting_says(world: World) -> None:
    world.mine.write(*sent("eve"))
    at = NOON + timedelta(days=0.2)
    assert settle_at(world.location, at + 9 * MINUTE, at, GameOptions()).reopened == 0
    assert settle_at(world.location, at + 10 * MINUTE, at, GameOptions()).reopened == 2
    world.adds_up()


def test_parts_of_a_day_that_is_over_become_one_row_a_cell(world: World) -> None:
    again = Happened(player="ann", session="ann-0", at=NOON + 92 * MINUTE, level="keep", place=(3.1, 1.1, -7.1))
    world.mine.write(again)
    before = len(world.rows(GAME_EVENT_CELLS.name))
    world.settle(2)
    assert len(world.rows(GAME_EVENT_CELLS.name)) == before - 1
    world.adds_up()


@pytest.mark.parametrize("settled", [True, False])
def test_what_consent_forbids_is_in_no_cell(world: World, settled: bool) -> None:
    if not settled:
        world.mine.write(*sent("ann"))
    world.withdrawn(NOON + MINUTE)
    world.adds_up()
    world.settle(0.3)
    world.adds_up()


@pytest.mark.parametrize("sessions", [(), ("ann-1",), ("ann-0", "ann-1")])
def test_what_is_erased_is_in_no_cell(world: World, sessions: tuple[str, ...]) -> None:
    world.erased(NOON + MINUTE, *sessions)
    world.adds_up()
    world.erased(NOON + MINUTE, *sessions)
    world.settle(0.3)
    world.adds_up()
    if len(sessions) == 2:
        for table in (GAME_EVENT_CELLS.name, GAME_SAMPLE_CELLS.name):
            assert {row["subject"] for row in world.rows(table)} == {subject_of("bo")}
