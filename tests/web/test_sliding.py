"""A sliding window against a list of all that ever came, and what it remembers."""

from hypothesis import given
from hypothesis import strategies as st

from web.sliding import SlidingWindow

QUARTERS = st.lists(st.tuples(st.integers(0, 6), st.sampled_from("ab")), max_size=60)
"""Quarters of a second since the request before, and who comes: exact in binary, so that edges are met."""


class Ticks:
    """A monotonic clock that is told the time."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(QUARTERS, st.integers(1, 4))
def test_a_request_fits_where_fewer_than_the_limit_came_within_the_second_before_it(
    requests: list[tuple[int, str]], limit: int
) -> None:
    ticks = Ticks()
    window = SlidingWindow(limit, ticks)
    came: dict[str, list[float]] = {"a": [], "b": []}
    for quarters, name in requests:
        ticks.now += quarters / 4
        recent = [moment for moment in came[name] if ticks.now - moment < 1]
        came[name].append(ticks.now)
        assert (window.spend(name) == 0) == (len(recent) < limit)


@given(QUARTERS, st.integers(1, 4))
def test_after_the_silence_that_it_asks_for_one_fits_and_a_moment_earlier_none(
    requests: list[tuple[int, str]], limit: int
) -> None:
    for early in (0.125, 0.0):
        ticks = Ticks()
        window = SlidingWindow(limit, ticks)
        silence = 0.0
        for quarters, _ in requests:
            ticks.now += quarters / 4
            silence = window.spend("a")
        if silence:
            assert 0 < silence <= 1
            ticks.now += silence - early
            assert (window.spend("a") == 0) == (early == 0)


def test_who_has_been_silent_for_a_second_is_forgotten() -> None:
    ticks = Ticks()
    window = SlidingWindow(10, ticks)
    for number in range(500):
        window.spend(str(number))
    assert len(window) == 500
    ticks.now += 1
    window.spend("another")
    assert len(window) == 1


def test_beyond_its_bound_it_forgets_who_has_been_silent_longest() -> None:
    window = SlidingWindow(1, Ticks(), most=3)
    assert [window.spend(name) for name in ("a", "b", "c", "a")] == [0, 0, 0, 1]
    for number in range(100):
        window.spend(str(number))
        assert len(window) <= 3
    assert window.spend("99") > 0
    assert window.spend("a") == 0
