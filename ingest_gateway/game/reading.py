"""A body of the game family → its items, each valid by itself, or the first fault with its item and field."""

from typing import Any, Final, NamedTuple

import msgspec

from ingest_gateway.game.problems import empty_payload, invalid_payload
from ingest_gateway.game.sent import (
    APP,
    FUNNEL_STEPS,
    GAMEPLAY,
    PLAYER,
    PLAYERS,
    POSITIONS,
    START,
    TRAJECTORIES,
    Sent,
)
from schemas.game import STREAM
from schemas.game.events import DIMENSIONS, LARGEST_BODY, MOST_SAMPLES
from schemas.game.items import (
    ALL_SAID,
    HAS_EVENT_NAME,
    HAS_FUNNEL_STEP,
    HAS_POSITIONS,
    IS_CREATE_PLAYER,
    is_array,
    items_of,
    numbers_of,
    place_of,
    text_at,
)
from schemas.game.scan import FAULTS, FINE, KEY_TWICE, NO_MAP, scanned
from schemas.shared.body import UNPRINTABLE, Leftover
from schemas.shared.envelope import EXTRA
from schemas.shared.invalid import UNREADABLE, FieldError, Invalid, invalid_of
from schemas.shared.packed import DTYPE
from schemas.shared.text import printable
from schemas.shared.validation import AHEAD_US, Accepted, EventValidator
from web.problems import Problem

MOST_LOOSE: Final = 50_000
"""Elements beside positions: each is built, and costs a thousand times as much as a position."""
MOST_FREE: Final = LARGEST_BODY + LARGEST_BODY // 8
"""Characters of a request's free-form objects and unknown keys as JSON, in which one byte may be six of them."""
END: Final = "timestamp_end"
TIMESTAMP: Final = "timestamp"
_FREE: Final = STREAM.objects
_BY_KIND: Final = (
    (HAS_POSITIONS, TRAJECTORIES),
    (HAS_FUNNEL_STEP, FUNNEL_STEPS),
    (IS_CREATE_PLAYER, PLAYERS),
    (HAS_EVENT_NAME, GAMEPLAY),
)
"""What an item has, and what it is then; the first that fits counts."""
_KINDS: Final = tuple(next((sent for has, sent in _BY_KIND if said & has), None) for said in range(ALL_SAID + 1))
"""The same by all that an item says of its kind."""


class Read(NamedTuple):
    """A valid item, and whose it says that it is: `player` is the clear identifier, which goes no further."""

    event: Accepted
    player: str
    app_id: str


class Reading:
    """Reads bodies; `max_age_days` is how old an item may be."""

    def __init__(self, max_age_days: int) -> None:
        self._validator = EventValidator(STREAM, max_age_days)

    def __call__(self, body: bytes, received_at: int) -> list[Read]:
        """All items of a body that came in then (µs since 1970); raises the 400 or 413 of the first fault."""
        read, free = [], 0
        for index, (item, said) in enumerate(_divided(body)):
            one = self._item(index, item, said, received_at)
            free += sum(len(one.event.fields[name]) for name in one.event.fields.keys() & _FREE)
            if free > MOST_FREE:
                raise invalid_payload(None, None, f"has more than {MOST_FREE} characters of free-form content as JSON")
            read.append(one)
        return read

    def _item(self, index: int, item: memoryview, said: int, received_at: int) -> Read:
        sent = _KINDS[said]
        if sent is None:
            named = f"{POSITIONS}, funnel_step_name and event_name"
            raise invalid_payload(index, None, f"has none of {named}, so nothing says what it is")
        try:
            return self._read(sent, item, received_at)
        except Invalid as invalid:
            first = invalid.errors[0]
            raise invalid_payload(index, first.field or None, first.message) from None

    def _read(self, sent: Sent, item: memoryview, received_at: int) -> Read:
        try:
            struct, leftover = sent.read(item)
        except UNREADABLE as error:
            raise invalid_of(error) from None
        if sent is TRAJECTORIES:
            struct.positions = _packed(memoryview(struct.positions))
        body: dict[str, Any] = msgspec.to_builtins(struct)
        app_id, player = body.pop(APP), body.pop(PLAYER)
        if not printable(player):
            raise Invalid(FieldError(PLAYER, UNPRINTABLE))
        if sent is TRAJECTORIES:
            return Read(self._trajectory(body, leftover, received_at), player, app_id)
        return Read(self._validator.accept_body(sent.kind, body, leftover, received_at), player, app_id)

    def _trajectory(self, body: dict[str, Any], leftover: Leftover, received_at: int) -> Accepted:
        """An item that happened when it began, and ended no earlier."""
        if TIMESTAMP in body:
            leftover.setdefault(EXTRA.name, {})[TIMESTAMP] = body[TIMESTAMP]
        body[TIMESTAMP] = body.pop(START)
        try:
            event = self._validator.accept_body(TRAJECTORIES.kind, body, leftover, received_at)
        except Invalid as invalid:
            raise Invalid(*map(_as_sent, invalid.errors)) from None
        began = event.occurred_at if event.client_occurred_at is None else event.client_occurred_at
        duration = event.fields[END] - began
        if duration < 0:
            raise Invalid(FieldError(END, f"is before {START}"))
        if event.occurred_at + duration - received_at > AHEAD_US:
            raise Invalid(FieldError(END, "lies more than 24 h ahead of the server's clock"))
        return event


def _divided(body: bytes) -> list[tuple[memoryview, int]]:
    """The bytes of each item, and what it says of its kind."""
    if not body:
        raise empty_payload()
    found = scanned(body)
    if found.fault != FINE:
        place = place_of(body, found.at)
        # a key of the item itself is under none
        field = place.field or (text_at(body, found.at) if found.fault == KEY_TWICE else None)
        raise invalid_payload(place.item, field, FAULTS[found.fault])
    items = items_of(body, STREAM.max_batch)
    rows = items.rows.tolist()
    if not items.many:
        raise empty_payload()
    if items.many > STREAM.max_batch:
        raise Problem(413, "too_many_events", f"A request may have at most {STREAM.max_batch} items.")
    if items.no_map >= 0:
        raise invalid_payload(items.no_map, None, FAULTS[NO_MAP])
    if found.elements - sum(row[3] for row in rows) > MOST_LOOSE:
        raise invalid_payload(None, None, f"has more than {MOST_LOOSE} elements beside {POSITIONS}")
    whole = memoryview(body)
    return [(whole[start:end], said) for start, end, said, *_ in rows]


def _packed(positions: memoryview) -> bytes:
    """The positions of an item as they lie on the log, without signs of zero; raises Invalid."""
    if not is_array(positions):
        raise Invalid(FieldError(POSITIONS, "must be an array of numbers: x, y, z of each sample"))
    numbers, no_number, too_large = numbers_of(positions)
    if no_number >= 0:
        raise Invalid(FieldError(f"{POSITIONS}[{no_number}]", "must be a number"))
    count = len(numbers)
    if not count or count % DIMENSIONS or count > DIMENSIONS * MOST_SAMPLES:
        raise Invalid(FieldError(POSITIONS, f"must have x, y, z of 1 to {MOST_SAMPLES} samples, has {count} numbers"))
    if too_large >= 0:
        raise Invalid(FieldError(f"{POSITIONS}[{too_large}]", "is more than 32 bits hold as a float"))
    return numbers.astype(DTYPE, copy=False).tobytes()


def _as_sent(error: FieldError) -> FieldError:
    return FieldError(START, error.message) if error.field == TIMESTAMP else error
