"""Budgets by the minute: how much fits, when there is room again, and what is forgotten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.minutes import MINUTE_SECONDS, Minutes


class Seconds:
    """A monotonic clock that is told the time."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_so_many_fit_into_a_minute_that_begins_with_the_first(seconds: Seconds) -> None:
    minutes = Minutes(2, seconds)
    assert [minutes.spend("a"), minutes.spend("a")] == [0, 0]
    seconds.now += 59.5
    assert (minutes.spend("a"), minutes.spend("b")) == (1, 0)
    seconds.now += 0.5
    assert minutes.spend("a") == 0


def test_what_begins_with_room_is_counted_whole(seconds: Seconds) -> None:
    minutes = Minutes(10, seconds)
    assert (minutes.spend("a", 9), minutes.spend("a", 100), minutes.spend("a", 1)) == (0, 0, 60)


def test_to_look_costs_nothing(seconds: Seconds) -> None:
    minutes = Minutes(1, seconds)
    assert [minutes.spent("a") for _ in range(3)] == [0, 0, 0]
    assert (minutes.spend("a"), minutes.spent("a")) == (0, 60)


def test_beyond_its_bound_the_oldest_minute_is_forgotten(seconds: Seconds) -> None:
    minutes = Minutes(1, seconds, most_names=2)
    for name in ("a", "b", "c"):
        minutes.spend(name)
    assert len(minutes) == 2
    assert (minutes.spent("b"), minutes.spent("c"), minutes.spent("a")) == (60, 60, 0)


@given(st.lists(st.floats(0, 40), max_size=60), st.integers(1, 5))
def test_no_minute_lets_in_more_than_there_is(pauses: list[float], most: int) -> None:
    seconds = Seconds()
    minutes = Minutes(most, seconds)
    began, let_in = None, 0
    for pause in pauses:
        seconds.now += pause
        wait = minutes.spend("a")
        if began is None or seconds.now >= began + MINUTE_SECONDS:
            began, let_in = seconds.now, 0
        let_in += wait == 0
        assert let_in <= most
        assert wait == 0 or (1 <= wait <= 60 and let_in == most)
