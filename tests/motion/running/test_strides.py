"""Times between contacts: with their side and stride, and without those that were overlooked or found twice."""

import numpy as np
import pytest

from motion.metric import Side
from motion.running.gait import Contact, Gait
from motion.running.strides import Strides, strides

TIMES = np.arange(240) / 60
NAN = float("nan")


def run(step: float = 0.35, contact: float = 0.25, count: int = 8) -> list[Contact]:
    sides: tuple[Side, Side] = ("left", "right")
    return [Contact(sides[k % 2], 0.2 + k * step, 0.2 + k * step + contact) for k in range(count)]


def of(contacts: list[Contact]) -> Strides:
    return strides(TIMES, Gait(tuple(contacts), False, ()))


def test_steps_strides_contacts_and_flights_are_what_lies_between() -> None:
    found = of(run())
    assert [one.value for one in found.step_times()] == pytest.approx([0.35] * 7)
    assert [one.value for one in found.stride_times()] == pytest.approx([0.7] * 6)
    assert [one.value for one in found.contact_times()] == pytest.approx([0.25] * 8)
    assert [one.value for one in found.flight_times()] == pytest.approx([0.1] * 7)
    assert [one.value for one in found.duty_factors()] == pytest.approx([0.25 / 0.7] * 6)
    assert found.count == 3


def test_each_time_is_known_to_a_frame_over_the_root_of_six() -> None:
    assert of(run()).step_times()[0].error == pytest.approx(1 / 60 / np.sqrt(6))


def test_a_step_is_of_the_foot_that_comes_down_and_a_flight_of_the_one_that_left() -> None:
    found = of(run())
    assert [one.side for one in found.step_times()][:3] == ["right", "left", "right"]
    assert [one.side for one in found.flight_times()][:3] == ["left", "right", "left"]


def test_strides_are_numbered_by_the_foot_that_came_first() -> None:
    assert [one.rep for one in of(run()).contact_times()] == [1, 1, 2, 2, 3, 3, 4, 4]


def test_an_overlooked_contact_makes_no_double_step() -> None:
    contacts = run()
    del contacts[3]
    found = of(contacts)
    assert max(one.value for one in found.step_times()) == pytest.approx(0.35)
    assert max(one.value for one in found.stride_times()) == pytest.approx(0.7)


def test_a_contact_found_twice_counts_once() -> None:
    contacts = run()
    contacts.insert(1, Contact("left", 0.25, 0.45))
    assert len(of(contacts).contacts) == 8


def test_contacts_cut_off_by_the_film_keep_what_is_known_of_them() -> None:
    contacts = [Contact("right", NAN, 0.1), *run(), Contact("left", 3.0, NAN)]
    found = of(contacts)
    assert len(found.contact_times()) == 8
    assert found.flight_times()[0].value == pytest.approx(0.1)
    assert len(found.landed()) == 9


def test_no_contacts_are_no_strides() -> None:
    found = of([])
    assert found.count == 0
    assert found.step_times() == []
    assert found.leading == ()
