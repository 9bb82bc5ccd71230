"""What a stranger wrote as a number: within its bounds, or none."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kit.fuzzing import fuzzed
from web.digits import MOST_SECONDS, decimal_number, seconds_claim, whole_claim, whole_number

OTHER_SCRIPTS = ["²", "١", "\uff11"]
NO_NUMBERS = ["", " 1", "1 ", "+1", "-1", "1_0", "1.0", "1e3", "0x1", "1\n", "1001", "0000000001", "9" * 4301]
NUMBERS = st.integers() | st.floats() | st.booleans() | st.text() | st.none() | st.integers(0, 10).map(float)


@pytest.mark.parametrize("text", NO_NUMBERS + OTHER_SCRIPTS, ids=lambda text: repr(text)[:12])
def test_only_ascii_digits_within_the_bound_are_a_whole_number(text: str) -> None:
    assert whole_number(text, 1000) is None


@given(st.integers(0, 10**30), st.integers(0, 10**30), st.integers(0, 10**30))
@fuzzed(1500)
def test_a_number_within_its_bounds_is_read_as_it_is(number: int, least: int, most: int) -> None:
    assert whole_number(str(number), most, least) == (number if least <= number <= most else None)


@given(st.text(), st.integers(1, 10**6))
@fuzzed(1500)
def test_no_text_is_an_error(text: str, most: int) -> None:
    found = whole_number(text, most)
    assert found is None or 0 <= found <= most


@pytest.mark.parametrize(
    "text", ["", ".5", "5.", "-1", "+1", "1e3", "nan", "inf", "1_0", "1,5", "1.5\n", "9" * 13, "²"]
)
def test_only_digits_with_a_point_between_them_are_a_decimal_number(text: str) -> None:
    assert decimal_number(text, 1e15) is None


def test_a_decimal_number_lies_within_its_bounds() -> None:
    assert [decimal_number(text, 100, 0.5) for text in ("0.49", "0.5", "1.6", "100", "100.01")] == [
        None, 0.5, 1.6, 100.0, None,
    ]  # fmt: skip


@given(NUMBERS, st.integers(0, 100))
@fuzzed(1500)
def test_a_whole_claim_is_a_number_without_a_fraction(value: object, most: int) -> None:
    found = whole_claim(value, most)
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value in range(most + 1)
    assert (found is not None) == whole
    assert found is None or (type(found) is int and found == value)


@given(NUMBERS)
@fuzzed(1500)
def test_a_time_in_a_claim_is_finite_and_within_its_bound(value: object) -> None:
    found = seconds_claim(value)
    assert found is None or (math.isfinite(found) and abs(found) <= MOST_SECONDS)


@pytest.mark.parametrize("value", [0, 1e3, 1771322400, 1771322400.5, 2**53, -1])
def test_a_number_that_can_be_a_time_is_one(value: float) -> None:
    assert seconds_claim(value) == value
