"""Windows that several processes share, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from control.request_windows import Leased
from control.store import Control
from tests.control.conftest import Clock

MINUTE = timedelta(minutes=1)


def lease(control: Control, clock: Clock, most: int = 10, budget: str = "a") -> Leased:
    return control.request_windows.lease(budget, most, 25, MINUTE, clock())


def test_a_window_gives_what_it_has_and_no_more(control: Control, clock: Clock) -> None:
    start = clock()
    leased = [lease(control, clock) for _ in range(4)]
    assert leased == [Leased(start, 10, 15), Leased(start, 10, 5), Leased(start, 5, 0), Leased(start, 0, 0)]
    assert lease(control, clock, budget="b").granted == 10


def test_a_window_lasts_from_its_first_request(control: Control, clock: Clock) -> None:
    start = clock()
    lease(control, clock, 25)
    clock.pass_seconds(59.9)
    assert lease(control, clock) == Leased(start, 0, 0)
    clock.pass_seconds(0.1)
    assert lease(control, clock) == Leased(clock(), 10, 15)


def test_a_clock_a_little_behind_begins_no_window_of_its_own(control: Control, clock: Clock) -> None:
    start = clock()
    lease(control, clock, 20)
    clock.pass_seconds(-0.5)
    assert lease(control, clock) == Leased(start, 5, 0)


def test_many_at_once_get_what_there_is(control: Control, clock: Clock) -> None:
    with ThreadPoolExecutor(8) as pool:
        granted = list(pool.map(lambda _: lease(control, clock, 1).granted, range(40)))
    assert sum(granted) == 25


def test_a_sweep_forgets_what_has_ended_and_the_oldest_beyond_a_number(control: Control, clock: Clock) -> None:
    for name in "abcde":
        lease(control, clock, 25, name)
        clock.pass_seconds(10)
    control.request_windows.sweep(clock() - timedelta(seconds=45), keep=2)
    at_once = {name: lease(control, clock, 1, name).granted for name in "abcde"}
    assert at_once == {"a": 1, "b": 1, "c": 1, "d": 0, "e": 0}
