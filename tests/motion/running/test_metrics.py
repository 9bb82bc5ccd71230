"""From readings to metrics: sides weigh the same, symmetry is that of the sides, errors are carried along."""

import pytest

from motion.metric import Metric, Reason, Side
from motion.running.metrics import Row, cadence, metrics, product, symmetry, whole, within_frame_error
from motion.running.strides import Reading


def row(left: list[float], right: list[float], error: float = 0.005) -> Row:
    sides: list[tuple[Side, list[float]]] = [("left", left), ("right", right)]
    return Row("step_time", "s", [Reading(s, k, v, error, 0.0) for s, values in sides for k, v in enumerate(values, 1)])


def test_sides_weigh_the_same_however_many_steps_they_have() -> None:
    assert row([0.3, 0.3, 0.3], [0.4]).middle == pytest.approx(0.35)


def test_one_side_alone_is_its_own_mean() -> None:
    assert row([0.3], []).middle == pytest.approx(0.3)
    assert row([], []).middle is None


def test_symmetry_is_the_difference_over_the_mean_of_the_sides() -> None:
    metric = symmetry(row([0.33], [0.37]), 0.8)
    assert metric.value == pytest.approx(100 * 0.04 / 0.35)
    assert metric.unit == "%"
    assert metric.confidence == 0.8


def test_symmetry_needs_both_sides_and_something_to_divide_by() -> None:
    assert symmetry(row([0.3], []), 1).reason is Reason.TOO_FEW
    assert symmetry(row([0.0], [0.0]), 1).reason is Reason.DEGENERATE


def test_less_than_a_frame_of_difference_is_within_frame_error() -> None:
    assert within_frame_error(row([0.33], [0.34]), 1 / 60)
    assert not within_frame_error(row([0.33], [0.37]), 1 / 60)
    assert not within_frame_error(row([0.33], []), 1 / 60)


def test_steps_that_differ_make_their_median_less_certain() -> None:
    assert row([0.3, 0.3], [0.3, 0.3]).error == pytest.approx(0.005)
    assert row([0.25, 0.35], [0.25, 0.35]).error > 0.03


def test_cadence_is_sixty_over_the_step_time_with_its_error() -> None:
    metric = cadence(Metric("step_time", 0.36, "s", 0.9, 0.0036))
    assert metric.value == pytest.approx(166.67, abs=0.01)
    assert metric.uncertainty == pytest.approx(1.667, abs=0.001)


def test_without_steps_all_are_null_with_the_reason_and_both_sides_are_named() -> None:
    found = list(metrics(Row("step_time", "s", [], Reason.NOT_VISIBLE), lambda _: 1.0))
    assert [metric.name for metric in found] == ["step_time", "left_step_time", "right_step_time"]
    assert {metric.reason for metric in found} == {Reason.NOT_VISIBLE}
    assert cadence(found[0]).reason is Reason.NOT_VISIBLE


def test_a_product_carries_both_errors_and_is_null_without_a_factor() -> None:
    pixels = whole(row([30.0], [30.0], error=3.0), 1.0)
    metric = product("vertical_oscillation", "m", pixels, 0.01, 0.1, Reason.NO_SCALE)
    assert metric.value == pytest.approx(0.3)
    assert metric.uncertainty == pytest.approx((0.03**2 + 0.03**2) ** 0.5)
    assert product("x", "m", pixels, float("nan"), 0.1, Reason.NO_SCALE).reason is Reason.NO_SCALE
