"""A body of the Segment protocol → items of the stream `analytics`, and refusals by name.

One item that cannot be taken does not lose its neighbours. The digest of an item is of what is stored of it, so neither
`sentAt`, `writeKey` and `_metadata`, which change when it is sent again, nor what is masked or dropped is in it.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import msgspec
from msgspec import Raw

from ingest_gateway.analytics.context import Told, told
from ingest_gateway.analytics.mapping import MAPPINGS
from ingest_gateway.analytics.refused import BAD_EVENT, BAD_TIME, NO_IDENTITY, TOO_LARGE, UNSUPPORTED, Refused
from ingest_gateway.analytics.wire import Item, body_of, item_of, said
from ingest_gateway.door.protocol import Opened, Read, Reading, Said
from schemas.analytics import STREAM, Track
from schemas.shared.invalid import UNREADABLE, Invalid
from schemas.shared.meaning import digest
from schemas.shared.message import session_member
from schemas.shared.times import parsed
from schemas.shared.validation import CLOCK_IS_WRONG_US, Accepted, EventValidator
from web.problems import Problem

MOST_ITEMS: Final = 1000
MOST_ITEM_BYTES: Final = 32 * 1024

_KIND: Final = STREAM.kind_of(Track)
_encode = msgspec.json.Encoder().encode


def reading(validator: EventValidator, kind: str | None = None) -> Reading:
    """How the bodies of a route are read; `kind` is the type of an item that the route itself says."""
    return partial(read, validator, kind)


def read(validator: EventValidator, kind: str | None, opened: Opened, body: bytes) -> Read:
    """What a body holds; raises the 400 of one that is no JSON or holds no item, the 413 of one that holds too many."""
    items, sent_at = _divided(body)
    found = Read()
    taken = _Items(validator, kind, opened, sent_at)
    for raw in items:
        try:
            found.said.append(taken.said(raw))
        except Refused as refused:
            found.refuse(refused.reason)
    return found


def write_key_in(body: bytes) -> str:
    """The write key that a body says, for SDKs that say it nowhere else; "" where it says none."""
    try:
        key = body_of(body).write_key
    except UNREADABLE:
        return ""
    return key if isinstance(key, str) else ""


def _divided(body: bytes) -> tuple[Sequence[bytes | Raw], Any]:
    """The items, as they came, and when the batch says it was sent."""
    try:
        read = body_of(body)
    except UNREADABLE:
        raise Problem(400, "invalid_json", "The body is neither an item nor a batch of items in JSON.") from None
    if read.batch is None:
        return [body], None
    if not read.batch:
        raise Problem(400, "no_items", "The batch is empty.")
    if len(read.batch) > MOST_ITEMS:
        raise Problem(413, "too_many_items", f"A batch may have at most {MOST_ITEMS} items.")
    return read.batch, read.sent_at


class _Items:
    """The items of one request; what they have in common is worked out once."""

    def __init__(self, validator: EventValidator, kind: str | None, opened: Opened, sent_at: Any) -> None:
        self._validator = validator
        self._kind = kind
        self._opened = opened
        self._sent_at = sent_at
        self._contexts = dict[bytes, Told]()
        self._subjects = dict[str, str]()
        self._times = dict[str, int]()

    def said(self, raw: bytes | Raw) -> Said:
        """The item, ready for the log; raises Refused."""
        item = _item(raw)
        make = MAPPINGS.get(self._kind or item.type or "")
        if make is None:
            raise Refused(UNSUPPORTED)
        subject = self._opened.person or self._subject(item)
        written = bytes(item.context)
        context = self._contexts.get(written) or self._context(written)
        own = b"," + _encode(make(item, context.page))[1:-1] + context.written
        event = self._timed(item, self._id(item), context.session_id, own)
        return Said(event, subject, context.level, context.client)

    def _id(self, item: Item) -> str | None:
        message_id = said(item.message_id)
        return None if message_id is None else self._opened.id_of(message_id)

    def _subject(self, item: Item) -> str:
        identity = said(item.user_id)
        if identity is None:
            anonymous = said(item.anonymous_id)
            if anonymous is None:
                raise Refused(NO_IDENTITY)
            identity = f"anonymous:{anonymous}"
        known = self._subjects.get(identity)
        if known is None:
            known = self._subjects[identity] = self._opened.subject_of(identity)
        return known

    def _context(self, written: bytes) -> Told:
        found = self._contexts[written] = told(written, self._opened)
        return found

    def _timed(self, item: Item, event_id: str | None, session_id: str | None, own: bytes) -> Accepted:
        """The event at the time that its client says, corrected by when that sent it; else at the time it came in."""
        received_at = self._opened.received_at
        client = self._time(_either(item.original_timestamp, item.timestamp))
        at = (
            received_at if client is None else self._corrected(client, self._time(_either(item.sent_at, self._sent_at)))
        )
        written = b"%b%b%d" % (own, session_member(session_id), client or 0)
        told = None if client == at else client
        event = Accepted(_KIND, event_id, session_id, at, told, digest(written), {}, own)
        try:
            self._validator.timed(event, at, received_at)
        except Invalid:
            raise Refused(BAD_TIME) from None
        return event

    def _corrected(self, client: int, sent: int | None) -> int:
        behind = 0 if sent is None else self._opened.received_at - sent
        return client + behind if abs(behind) > CLOCK_IS_WRONG_US else client

    def _time(self, value: Any) -> int | None:
        """µs since 1970; None where there is none."""
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise Refused(BAD_TIME)
        known = self._times.get(value)
        if known is None:
            known = self._times[value] = _parsed(value)
        return known


def _item(raw: bytes | Raw) -> Item:
    if len(raw) > MOST_ITEM_BYTES:
        raise Refused(TOO_LARGE)
    try:
        return item_of(raw)
    except UNREADABLE:
        raise Refused(BAD_EVENT) from None


def _either(first: Any, second: Any) -> Any:
    """The first where it says anything, else the second."""
    return second if first is None or first == "" else first


def _parsed(text: str) -> int:
    try:
        return parsed(text)
    except ValueError:
        raise Refused(BAD_TIME) from None
