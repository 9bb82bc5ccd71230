import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion.texts import Text, reworded
from motion.texts.reworded import numbers

RULE = Text("Knee flexion: left 124.5°, right 119.0°. The sides differ by 5.5°. Next: squats, 3 × 8.", ("A source.",))


def test_other_words_with_the_same_numbers_are_taken() -> None:
    said = "You bend the left knee 124.5° and the right 119.0°, 5.5° apart. Try squats next, 3 × 8!"
    assert reworded(RULE, said) == Text(said, RULE.references)


@pytest.mark.parametrize(
    "said",
    [
        "You bend the left knee 125° and the right 119.0°, 5.5° apart. Try squats, 3 × 8.",
        "You bend the left knee 119.0° and the right 124.5°, 5.5° apart. Try squats, 3 × 8.",
        "You bend the left knee 124.5° and the right 119.0°. Try squats, 3 × 8.",
        "You bend the left knee 124.5° and the right 119.0°, 5.5° apart. Try squats, 3 × 8, in 4 weeks.",
        "You bend the left knee 124.5° and the right 119.0°, −5.5° apart. Try squats, 3 × 8.",
        "You bend the left knee 124.5 cm and the right 119.0°, 5.5° apart. Try squats, 3 × 8.",
        "",
    ],
    ids=["changed", "sides swapped", "left out", "added", "sign", "unit", "empty"],
)
def test_a_rewording_with_other_numbers_leaves_the_rules_text(said: str) -> None:
    assert reworded(RULE, said) == RULE


def test_a_hyphen_between_words_and_numbers_is_no_minus() -> None:
    assert numbers("5-10 steps, -3°, version 2-a") == [("5", ""), ("10", ""), ("-3", "°"), ("2", "")]


@settings(max_examples=30, deadline=None)
@given(st.floats(-500, 500), st.floats(-500, 500))
def test_any_other_first_number_is_refused(first: float, second: float) -> None:
    rule, said = (Text(f"Value: {value:.1f}°.") for value in (first, second))
    assert (reworded(rule, said.text) == said) == (said == rule)
