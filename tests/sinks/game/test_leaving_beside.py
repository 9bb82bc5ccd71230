"""Whatever settling does while an erasure or a withdrawal takes events away, cells are of what stays."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from schemas.game.cells import GAME_SAMPLE_CELLS
from sinks.files import ExchangeRaced, TableFiles
from sinks.location import Location
from tests.kit.game_tables import subject_of
from tests.kit.media_sessions import NOON
from tests.reference.game.items import Item, Moved, Reached
from tests.sinks.game.conftest import MINUTE, World, sent

FORGOTTEN, FORBIDDEN = NOON + 10 * MINUTE, NOON + 20 * MINUTE
"""Ann's events from before the one are erased; from then on, until the other, she consents to none."""


def going_on() -> list[Item]:
    """A session that names a level and then moves, once before each of these times and once after the last."""
    who: dict[str, Any] = {"player": "ann", "session": "ann-2"}
    found: list[Item] = []
    for level, at in (("roof", NOON), ("well", NOON + 11 * MINUTE), ("yard", NOON + 25 * MINUTE)):
        found.append(Reached(**who, at=at, level=level, step="begin"))
        found.append(Moved(**who, at=at + MINUTE, lasts=MINUTE, places=[(0.0, 0.0, 0.0), (9.0, 0.0, 0.0)]))
    for at in (FORGOTTEN + MINUTE // 2, FORBIDDEN + MINUTE):
        found.append(Moved(**who, at=at, places=[(5.0, 0.0, 5.0)]))
    return found


class Interleaved:
    """Does something of its own at one of the times that it is called."""

    def __init__(self, number: int, what: Callable[[], object]) -> None:
        self.left = number
        self._what = what

    def __call__(self) -> None:
        self.left -= 1
        if self.left == -1:
            self._what()


def erase(world: World, go_on: Callable[[], None]) -> None:
    world.erased(FORGOTTEN, go_on=go_on)


def withdraw_for_a_while(world: World, go_on: Callable[[], None]) -> None:
    world.withdrawn(FORGOTTEN, until=FORBIDDEN, go_on=go_on)


LEAVES = {"erasure": erase, "withdrawal": withdraw_for_a_while}


@pytest.mark.parametrize("settled", [True, False], ids=["settled", "tail"])
@pytest.mark.parametrize("leave", LEAVES.values(), ids=LEAVES)
def test_settling_at_any_point_of_a_leave_makes_cells_of_what_stays(
    tmp_path: Path, leave: Callable[[World, Callable[[], None]], None], settled: bool
) -> None:
    number, left = 0, -1
    while left < 0:
        world = World(Location(str(tmp_path / str(number))))
        world.mine.write(*(going_on() if settled else sent("bo")))
        world.settle()
        if not settled:
            world.mine.write(*going_on())
        later = Reached(player="ann", session="ann-2", at=NOON + 60 * MINUTE, level="roof", step="late")
        world.mine.write(later)
        settling = Interleaved(number, partial(world.settle, 0.3))
        leave(world, settling)
        world.adds_up()
        world.settle(0.4)
        world.adds_up()
        number, left = number + 1, settling.left
    assert number > 4


@pytest.mark.parametrize("seen", [False, True])
@pytest.mark.parametrize("batch", [0, 1])
@pytest.mark.parametrize("leave", LEAVES.values(), ids=LEAVES)
def test_a_leave_in_the_middle_of_settling_ends_it(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    leave: Callable[[World, Callable[[], None]], None],
    batch: int,
    seen: bool,
) -> None:
    """`seen` while a batch is exchanged: the table object goes on from a version that has the leave's exchanges."""
    from sinks.game import samples, settle

    world.mine.write(*going_on())
    world.mine.write(*sent("eve"))
    monkeypatch.setattr(samples, "SAMPLES_AT_ONCE", 1)
    exchange, leaving = settle.exchange_sessions, Interleaved(batch, lambda: leave(world, lambda: None))

    def interrupted(cells: TableFiles, rows: pl.DataFrame) -> None:
        if not seen:
            leaving()
        exchange(cells, rows)
        if seen:
            leaving()
            cells.refresh()

    monkeypatch.setattr(settle, "exchange_sessions", interrupted)
    with pytest.raises(ExchangeRaced):
        world.settle(0.3)
    monkeypatch.undo()
    world.adds_up()
    world.settle(0.3)
    world.adds_up()


def test_a_withdrawal_that_died_once_the_events_were_gone_is_finished(tmp_path: Path) -> None:
    worlds = [World(Location(str(tmp_path / name))) for name in ("lives", "dies")]
    for world in worlds:
        world.mine.write(*going_on())
        world.settle(0.3)
    lives, dies = worlds
    counted = Interleaved(99, lambda: None)
    withdraw_for_a_while(lives, counted)

    def die() -> None:
        raise KeyboardInterrupt

    # before the last two commits: the cells once more, and the note that it is done
    with pytest.raises(KeyboardInterrupt):
        withdraw_for_a_while(dies, Interleaved(99 - counted.left - 2, die))
    again = Interleaved(99, lambda: None)
    withdraw_for_a_while(dies, again)
    assert again.left == 99 - 2
    withdraw_for_a_while(dies, again)
    assert again.left == 99 - 2
    dies.adds_up()


def test_settling_that_began_before_an_erasure_puts_nothing_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from sinks.game import settle

    world.mine.write(*sent("ann"))
    exchange = settle.exchange_sessions

    def late(cells: TableFiles, rows: pl.DataFrame) -> None:
        world.erased(NOON + timedelta(days=1), "ann-0", "ann-1")
        exchange(cells, rows)

    monkeypatch.setattr(settle, "exchange_sessions", late)
    with pytest.raises(ExchangeRaced):
        world.settle(0.3)
    monkeypatch.undo()
    world.settle(0.3)
    assert {row["subject"] for row in world.rows(GAME_SAMPLE_CELLS.name)} == {subject_of("bo")}
    world.adds_up()
