"""Numbers of positions as they lie on the log, from every format that MessagePack has for them."""

import struct

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.game.items import numbers_of
from schemas.shared.quantities import LARGEST_SINGLE
from tests.kit.fuzzing import fuzzed

NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.integers(-300, 300) | st.floats(-LARGEST_SINGLE, LARGEST_SINGLE)
encoded = msgspec.msgpack.encode


@given(st.lists(NUMBERS, max_size=40))
@fuzzed(1000)
def test_numbers_are_the_nearest_of_32_bits_without_signs_of_zero(numbers: list[float]) -> None:
    found, no_number, too_large = numbers_of(encoded(numbers))
    assert found.tobytes() == (np.array(numbers, np.float64).astype(np.float32) + np.float32(0)).tobytes()
    assert (no_number, too_large) == (-1, -1)


@pytest.mark.parametrize("number", [1.5, -0.0, LARGEST_SINGLE])
def test_numbers_of_32_bits_stay_what_they_are(number: float) -> None:
    (found,) = numbers_of(b"\x91\xca" + struct.pack(">f", number)).found
    assert found.tobytes() == np.float32(number + 0.0).tobytes()


@pytest.mark.parametrize(
    ("numbers", "no_number", "too_large"),
    [
        ([1, "a", 1e39], 1, -1),
        ([1e39, 1, None, "a"], 2, 0),
        ([0.5, -1e39, 1e300], -1, 1),
        ([[1]], 0, -1),
        ([{}, 1], 0, -1),
        ([True], 0, -1),
    ],
)
def test_the_first_that_is_no_number_and_the_first_too_large_are_told(
    numbers: list[object], no_number: int, too_large: int
) -> None:
    assert numbers_of(encoded(numbers))[1:] == (no_number, too_large)
