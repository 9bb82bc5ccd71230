"""Every admitted time is one that Python and pandas can hold and move."""

from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.shared.times import END_US, microseconds, moment, parsed
from tests.kit.fuzzing import fuzzed

# One draw for all numbers of two digits: nine of them would be most of a case's time.
PAIRS = st.binary(min_size=9, max_size=9).map(lambda drawn: [f"{byte % 100:02}" for byte in drawn])


@given(PAIRS, st.sampled_from("+-"))
@fuzzed(2000)
def test_a_time_is_admitted_or_refused_and_can_be_held(pairs: list[str], sign: str) -> None:
    text = "{}{}-{}-{}T{}:{}:{}{sign}{}:{}".format(*pairs, sign=sign)
    try:
        micros = parsed(text)
    except ValueError:
        return
    at = moment(micros)
    assert microseconds(at) == micros
    assert pd.Timestamp(at) + timedelta(days=730) > pd.Timestamp(at)


@pytest.mark.parametrize(("text", "micros"), [("1970-01-01T00:00:00Z", 0), ("2200-12-31T23:59:59.999999Z", END_US - 1)])
def test_the_edges_are_admitted(text: str, micros: int) -> None:
    assert parsed(text) == micros


@pytest.mark.parametrize("fraction", ["", ".5", ".123456", ".1234567"])
def test_the_offset_of_utc_is_read_as_its_letter(fraction: str) -> None:
    assert parsed(f"2026-11-28T08:15:32{fraction}+00:00") == parsed(f"2026-11-28T08:15:32{fraction}Z")


@pytest.mark.parametrize("end", ["", "Z+00:00", "+01:00+00:00", "+00:00+00:00"])
def test_a_time_has_one_offset(end: str) -> None:
    with pytest.raises(ValueError, match="RFC 3339"):
        parsed(f"2026-11-28T08:15:32{end}")
