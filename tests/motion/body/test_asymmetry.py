import pytest

from motion.body.asymmetry import asymmetry
from motion.metric import Metric, Reason, missing

LEFT = Metric("left_knee_flexion", 110.04, "degrees", 0.8, 3.0, side="left")
RIGHT = Metric("right_knee_flexion", 104.96, "degrees", 0.6, 4.0, side="right")


def test_it_is_the_difference_of_the_values_as_they_are_reported() -> None:
    found = asymmetry("knee_flexion_asymmetry", LEFT, RIGHT, (1.0, 0.8))
    assert found == Metric("knee_flexion_asymmetry", 5.0, "degrees", 0.6, 5.0)
    assert asymmetry("knee_flexion_asymmetry", RIGHT, LEFT, (0.8, 1.0)) == found


@pytest.mark.parametrize("seen", [(0.79, 1.0), (1.0, 0.79)])
def test_a_side_that_is_reliable_in_less_than_80_percent_of_the_frames_is_not_compared(
    seen: tuple[float, float],
) -> None:
    assert asymmetry("a", LEFT, RIGHT, seen) == missing("a", "degrees", Reason.LOW_VISIBILITY)


def test_a_side_without_a_value_gives_its_reason() -> None:
    hidden = missing("right_knee_flexion", "degrees", Reason.NOT_VISIBLE, side="right")
    assert asymmetry("a", LEFT, hidden, (1.0, 0.0)).reason is Reason.NOT_VISIBLE
    assert asymmetry("a", hidden, LEFT, (0.0, 1.0)).reason is Reason.NOT_VISIBLE


def test_the_reason_does_not_depend_on_which_side_is_which() -> None:
    hidden, unseen = (missing("x", "degrees", reason) for reason in (Reason.NOT_VISIBLE, Reason.WRONG_VIEW))
    assert asymmetry("a", hidden, unseen, (0, 0)) == asymmetry("a", unseen, hidden, (0, 0))
