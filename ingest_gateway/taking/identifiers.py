"""Event ids: UUIDv7 (RFC 9562) for events without one, and ids that follow from a request's Idempotency-Key."""

import os
from typing import Final
from uuid import UUID

import msgspec

from schemas.shared.named_ids import named_ids

# Of this project's making; another namespace would give a retry other ids than the first try.
NAMESPACE: Final = UUID("6f1d2a5e-0c6b-5b0e-9d53-2f2f6f0a7c11")
_repeatable = named_ids(NAMESPACE)
TICKS_PER_MILLISECOND: Final = 4096
_VERSION: Final = 7 << 76
_VARIANT: Final = 2 << 62
_RANDOM: Final = 8


class TimeOrderedIds:
    """UUIDv7 whose 12 bits after the millisecond are its 4096ths (RFC 9562, 6.2, method 3).

    Each id of an instance is larger than the one before, also when the clock is set back.
    """

    def __init__(self) -> None:
        self._tick = 0

    def next(self, now: int) -> str:
        """An id of the time `now` (µs since 1970), in lower case."""
        return self._next(now, os.urandom(_RANDOM))

    def several(self, now: int, count: int) -> list[str]:
        """As many of them, each larger than the one before."""
        random = os.urandom(_RANDOM * count)
        return [self._next(now, random[start : start + _RANDOM]) for start in range(0, len(random), _RANDOM)]

    def _next(self, now: int, random: bytes) -> str:
        self._tick = max(self._tick + 1, now * TICKS_PER_MILLISECOND // 1000)
        milliseconds, fraction = divmod(self._tick, TICKS_PER_MILLISECOND)
        low = int.from_bytes(random, "big") >> 2
        return _text(milliseconds << 80 | _VERSION | fraction << 64 | _VARIANT | low)


def repeatable_id(tenant: str, holder: str, stream: str, key: str, index: int) -> str:
    """The id of item `index` of a request with this Idempotency-Key: a retry has the same ones (UUIDv5)."""
    name = msgspec.json.encode((tenant, holder, stream, key, index))
    return _repeatable(name.decode())


def _text(number: int) -> str:
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
