"""What a stream may decide by itself of its items: key, id, time, and what is masked before the log."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from schemas.shared.client import ClientEvent
from schemas.shared.invalid import FieldError


class Item(Struct, frozen=True):
    """A valid item as a stream's own rules see it; `received_at` in µs since 1970.

    `head` and `fields` are the columns that its request says once and that it says itself, without null; `subject` is
    the person it is of, `event_id` what the client called it.
    """

    tenant: str
    subject: str
    session_id: str | None
    event_id: str | None
    received_at: int
    head: Mapping[str, Any]
    fields: Mapping[str, Any]


KeyRule: TypeAlias = Callable[[Item], bytes]
"""The key of an item on the log: what has one key keeps its order, and repeats are found within it."""

IdRule: TypeAlias = Callable[[Item], str]
"""The event id, a UUID in lower case, of what the item says: it is the same under every Idempotency-Key."""

TimesRule: TypeAlias = Callable[[Sequence[Item]], Sequence[int]]
"""When each item of a request happened, in µs since 1970, in their order; takes the place of `timestamp`."""

Check: TypeAlias = Callable[[ClientEvent], FieldError | None]
"""What is wrong with an item whose fields are each within their own bounds; None where nothing is."""

Mask: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""An item's own columns as they may lie on the log: no other columns than the item can have.

The same mapping where nothing is masked. What was masked is in no digest either; the other rules see the masked item.
"""
