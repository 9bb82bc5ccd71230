"""The items of a request whose events are written as clients mostly write them: all typed at once, then one by one.

What needs more than that (keys that nobody declared, 450.0 for 450, an event with an id of its own, deep or large
payloads, other days, anything wrong) is for the way of every stream (`ingest_gateway.taking.intake`), which costs
several times as much and says what is wrong. Both make the same items of the same events; a test holds them to it.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from schemas.capture import EVENTS
from schemas.capture.events import LARGEST_PAYLOAD, Interaction
from schemas.shared.invalid import UNREADABLE
from schemas.shared.meaning import digest, object_texts
from schemas.shared.message import KIND_PREFIX
from schemas.shared.text import printable
from schemas.shared.times import DAY_US

MOST_OPENED: Final = 8
"""Objects and arrays of a payload that cannot lie in each other too deep, there being no more of them."""

_KIND: Final = KIND_PREFIX + EVENTS.kind_of(Interaction).encode()
_ITEM: Final = _KIND + b'","event_id":"%b","occurred_at":%d,"payload_digest":%d,"interaction":'
_OWN_KIND: Final = b'{"event_type":'
_encode_lines: Final = msgspec.json.Encoder().encode_lines


class Usual(Struct, forbid_unknown_fields=True):
    """A request with nothing beside its events."""

    events: list[Interaction]


_decode: Final = msgspec.json.Decoder(Usual).decode


Written: TypeAlias = tuple[bytes, int]
"""What an event's body means, as its item has it, and when the event happened (µs since 1970)."""


def usual(body: bytes, started: int, received_at: int) -> list[Written] | None:
    """The events of a body, of a session that began at `started` (µs since 1970); None where one is not as usual."""
    try:
        events = _decode(body).events
    except UNREADABLE:
        return None
    times = [started + 1000 * event.timestamp_ms for event in events]
    meanings = _meanings(events)
    if meanings is None or any(abs(at - received_at) > DAY_US for at in times):
        return None
    return list(zip(meanings, times, strict=True))


def items_of(written: Sequence[Written], ids: Sequence[str]) -> list[bytes]:
    """Their items on the log, which have these ids."""
    return [
        _ITEM % (event_id.encode(), occurred_at, digest(meaning)) + meaning[len(_OWN_KIND) :]
        for (meaning, occurred_at), event_id in zip(written, ids, strict=True)
    ]


def _meanings(events: Sequence[Interaction]) -> list[bytes] | None:
    """What each is written as once its payload is the text that its column has; None where one is not as usual."""
    texts = object_texts([event.payload for event in events if event.payload is not None])
    if not all(map(_is_plain, texts)) or not all(map(printable, {event.event_type for event in events})):
        return None
    rest = iter(texts)
    for event in events:
        if event.payload is not None:
            event.payload = next(rest).decode()  # type: ignore[assignment]
    lines = _encode_lines(events).splitlines()
    # what the envelope has of its own, such as an event id, would stand before the kind
    return lines if all(line.startswith(_OWN_KIND) for line in lines) else None


def _is_plain(payload: bytes) -> bool:
    return len(payload) <= LARGEST_PAYLOAD and payload.count(b"{") + payload.count(b"[") <= MOST_OPENED
