"""A film is divided by the film alone, without gap or overlap."""

from dataclasses import replace
from fractions import Fraction
from threading import Event

import pytest

from jobs.video.film import Film, Turn
from jobs.video.stretches import SHORTEST, Stretch, side_by_side, stretches

FILM = Film(
    path="a.mp4",
    stored=(64, 48),
    turn=Turn(),
    rate=30.0,
    seconds=10.0,
    frames=300,
    time_base=Fraction(1, 30),
    stamps=tuple(range(300)),
    keys=tuple(range(0, 300, 50)),
)


def test_a_long_film_has_two_stretches_that_meet() -> None:
    first, second = stretches(FILM)
    assert (first.begin, first.enter, second.end) == (None, None, None)
    assert first.end == second.begin


def test_a_tracker_is_under_way_when_its_stretch_begins_right_after_a_key() -> None:
    second = stretches(FILM)[1]
    assert second.enter == 150
    assert second.begin is not None
    assert second.enter < second.begin


def test_without_a_key_near_the_middle_it_is_decoded_up_to_there() -> None:
    second = stretches(replace(FILM, keys=(0,)))[1]
    assert second.begin == 150


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_the_second_stretch_begins_with_an_analysed_frame(step: int) -> None:
    for film in (FILM, replace(FILM, keys=(0, 101, 137))):
        parts = stretches(film, step)
        for part in parts[1:]:
            assert part.begin is not None
            assert part.enter is not None
            assert part.begin % step == 0
            assert part.enter % step == 0


def test_when_one_part_fails_the_others_stop() -> None:
    def work(part: int, halt: Event) -> bool:
        if part == 1:
            raise ValueError("broken")
        return halt.wait(60)

    with pytest.raises(ValueError, match="broken"):
        side_by_side(work, [1, 0])


def test_parts_give_their_results_in_order() -> None:
    assert side_by_side(lambda part, halt: part * 2, [1, 2, 3]) == [2, 4, 6]


def test_short_films_and_films_without_sure_times_stay_whole() -> None:
    short = replace(FILM, stamps=tuple(range(2 * SHORTEST - 1)))
    unsure = replace(FILM, stamps=(), keys=())
    assert stretches(short) == stretches(unsure) == [Stretch()]
