"""Event ids: UUIDv7 (RFC 9562) for events without one, and ids that follow from a request's Idempotency-Key."""

from typing import Final
from uuid import UUID

import msgspec

from schemas.shared.named_ids import named_ids
from schemas.shared.random_digits import random_digits

# Of this project's making; another namespace would give a retry other ids than the first try.
NAMESPACE: Final = UUID("6f1d2a5e-0c6b-5b0e-9d53-2f2f6f0a7c11")
_repeatable = named_ids(NAMESPACE)
TICKS_PER_MILLISECOND: Final = 4096
_VARIANT: Final = {digit: "89ab"[number % 4] for number, digit in enumerate("0123456789abcdef")}


class TimeOrderedIds:
    """UUIDv7 whose 12 bits after the millisecond are its 4096ths (RFC 9562, 6.2, method 3).

    Each id of an instance is larger than the one before, also when the clock is set back.
    """

    def __init__(self) -> None:
        self._tick = 0

    def next(self, now: int) -> str:
        """An id of the time `now` (µs since 1970), in lower case."""
        self._tick = max(self._tick + 1, now * TICKS_PER_MILLISECOND // 1000)
        return _text(f"{self._tick:015x}", random_digits())

    def several(self, now: int, count: int) -> list[str]:
        """As many of them, each larger than the one before."""
        return [self.next(now) for _ in range(count)]


def repeatable_id(tenant: str, holder: str, stream: str, key: str, index: int) -> str:
    """The id of item `index` of a request with this Idempotency-Key: a retry has the same ones (UUIDv5)."""
    name = msgspec.json.encode((tenant, holder, stream, key, index))
    return _repeatable(name.decode())


def _text(tick: str, random: str) -> str:
    """15 digits of the time, then the random ones, with version and variant in their places."""
    return f"{tick[:8]}-{tick[8:12]}-7{tick[12:]}-{_VARIANT[random[0]]}{random[1:4]}-{random[4:]}"
