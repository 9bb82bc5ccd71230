"""UUIDs that follow from a seed, a hundred thousand at a time."""

from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

_HEX: Final = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), np.uint8).reshape(256, 2)
_PLACES: Final = np.array([*range(8), *range(9, 13), *range(14, 18), *range(19, 23), *range(24, 36)])
"""Where the 32 digits stand among the 36 characters."""


def sown(purpose: str, seed: int, start: int) -> int:
    """A seed for ids: the same seed at another time has other times in its bodies, and so must have other ids."""
    return int.from_bytes(sha256(f"{purpose}:{seed}:{start}".encode()).digest()[:8])


def uuids(seed: int, numbers: NDArray[np.int64]) -> list[str]:
    """One version 4 UUID per number, in lower case; the same seed and number give the same one."""
    key = _mixed(np.array([seed % 2**64], np.uint64))
    high = _mixed(_mixed(numbers.astype(np.uint64)) ^ key)
    low = _mixed(high ^ key)
    octets = np.stack((high, low), axis=1).astype(">u8").view(np.uint8).reshape(len(numbers), 16)
    octets[:, 6] = octets[:, 6] & 0x0F | 0x40
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    text = np.full((len(numbers), 36), ord("-"), np.uint8)
    text[:, _PLACES] = _HEX[octets].reshape(len(numbers), 32)
    joined = text.tobytes().decode("ascii")
    return [joined[first : first + 36] for first in range(0, len(joined), 36)]


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """64 well-mixed bits per number (SplitMix64)."""
    z = numbers + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = z ^ (z >> np.uint64(31))
    return mixed
