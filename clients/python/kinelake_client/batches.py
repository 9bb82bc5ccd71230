"""From events to requests: ids and times once, then as many in a request as the contract lets."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, NamedTuple
from uuid import uuid4

import msgspec

from .faults import BadEvent

MOST_EVENTS: Final = 1000
MOST_BYTES: Final = 4 * 2**20 - 1024
"""Of a request's events; what stands around them has less than the rest of its 4 MiB."""


class Stream(NamedTuple):
    """Where a stream's events go, and the consent level that they need."""

    name: str
    path: str
    level: int


MEDIA: Final = Stream("media", "/v1/media/events", 2)
ANALYTICS: Final = Stream("analytics", "/v1/analytics/track", 2)
ERRORS: Final = Stream("errors", "/v1/errors/report", 1)


class Prepared(NamedTuple):
    """An event that has its id and time, and its JSON."""

    event_id: str
    event: Mapping[str, Any]
    raw: bytes


class Outgoing(NamedTuple):
    """One request: the batch of these events, or else the body as it stands. `level` is the consent that it needs."""

    path: str
    level: int
    events: Sequence[Prepared] = ()
    whole: bytes | None = None

    def body(self) -> bytes:
        """What is sent now: a batch says when, so that the server can tell a wrong clock from a long wait."""
        if self.whole is not None:
            return self.whole
        sent_at = datetime.now(UTC).isoformat().encode()
        return b'{"events":[' + b",".join(each.raw for each in self.events) + b'],"sent_at":"' + sent_at + b'"}'


def prepared(event: Mapping[str, Any]) -> Prepared:
    """The event with an id and a time, which it keeps in every repeat. Raises BadEvent."""
    if not isinstance(event, Mapping):
        raise BadEvent(f"an event is a mapping of its fields, this is a {type(event).__name__}")
    said = {name: value for name, value in event.items() if value is not None}
    full = {"event_id": uuid4(), "timestamp": datetime.now(UTC), **said}
    full["event_id"] = str(full["event_id"])
    time = full["timestamp"]
    if isinstance(time, datetime) and time.tzinfo is None:
        raise BadEvent("timestamp: has no time zone, so nobody can tell when it was; use datetime.now(UTC)")
    raw = encoded(full)
    if len(raw) > MOST_BYTES:
        raise BadEvent(f"an event of {len(raw)} bytes is larger than a request may be ({MOST_BYTES})")
    return Prepared(full["event_id"], full, raw)


def encoded(value: object) -> bytes:
    """Its JSON; arrays of numpy and the like become lists. Raises BadEvent."""
    try:
        return msgspec.json.encode(value, enc_hook=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadEvent(f"cannot be written as JSON: {error}") from None


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} is neither text, number, list nor mapping")


def fitting(events: Iterable[Prepared]) -> list[Prepared]:
    """The first of them, as many as fit into one request; one at least where there is any."""
    found: list[Prepared] = []
    size = 0
    for each in islice(events, MOST_EVENTS):
        size += len(each.raw) + 1
        if found and size > MOST_BYTES:
            break
        found.append(each)
    return found


def batches(events: Sequence[Prepared]) -> Iterator[list[Prepared]]:
    """All of them in order, in as few requests as the bounds let."""
    rest = deque(events)
    while batch := fitting(rest):
        for _ in batch:
            rest.popleft()
        yield batch
