"""One request's events on their way to the log: what they share is the head, each is an item of its key's message."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from msgspec import Raw

from event_log import Record
from ingest_gateway.taking.identifiers import TimeOrderedIds, repeatable_id
from ingest_gateway.taking.refusals import event_too_large, invalid_event
from schemas.shared import client_context
from schemas.shared.envelope import SCHEMA_VERSION, RequestPart
from schemas.shared.invalid import Invalid
from schemas.shared.message import head_line, item_line, message, message_key
from schemas.shared.stream import Stream
from schemas.shared.validation import Accepted, EventValidator
from web import Caller


class Taken(NamedTuple):
    """An event that will be accepted once the message with its item is durable under its key."""

    event: Accepted
    event_id: str
    key: bytes
    item: bytes


class Intake:
    """Takes in the events of one request; `key` is its Idempotency-Key, its times are µs since 1970."""

    def __init__(
        self,
        stream: Stream,
        validator: EventValidator,
        ids: TimeOrderedIds,
        caller: Caller,
        key: str | None,
        received_at: int,
        sent_at: int | None = None,
    ) -> None:
        self._stream = stream
        self._validator = validator
        self._ids = ids
        self._caller = caller
        self._key = key
        self._received_at = received_at
        self._sent_at = sent_at
        self._head = head_line(_request_part(caller, received_at))
        self._client = client_context.encode(caller.client_ip, caller.user_agent)

    def take(self, raw: bytes | Raw, index: int) -> Taken:
        """The event in `raw`, item `index` of the request, or the Problem that says why not."""
        if len(raw) > self._stream.max_event_bytes:
            raise event_too_large(self._stream.max_event_bytes)
        try:
            event = self._validator.accept(raw, self._received_at, self._sent_at)
        except Invalid as invalid:
            raise invalid_event(invalid) from None
        event_id = self._id_of(event, index)
        key = message_key(self._caller.tenant, event.session_id, self._caller.subject)
        return Taken(event, event_id, key, item_line(event, event_id))

    def records(self, taken: Sequence[Taken]) -> list[Record]:
        """One message a key with its events in their order; more where one would pass the stream's limit."""
        by_key = groupby(sorted(taken, key=_key), key=_key)
        return [record for key, events in by_key for record in self._messages(key, [event.item for event in events])]

    def _messages(self, key: bytes, items: Sequence[bytes]) -> Iterator[Record]:
        room = self._stream.max_record_bytes - len(key) - len(self._head) - len(self._client)
        for part in _parts(items, room):
            yield Record(key, message(self._head, part), self._client)

    def _id_of(self, event: Accepted, index: int) -> str:
        if self._key is not None:
            return repeatable_id(self._caller.tenant, self._caller.subject, self._stream.name, self._key, index)
        return event.event_id or self._ids.next(self._received_at)


def _key(taken: Taken) -> bytes:
    return taken.key


def _parts(items: Sequence[bytes], room: int) -> Iterator[list[bytes]]:
    """The items in order, as many at a time as fit into that many bytes; a larger one stands alone."""
    part: list[bytes] = []
    size = 0
    for item in items:
        if part and size + len(item) + 1 > room:
            yield part
            part, size = [], 0
        part.append(item)
        size += len(item) + 1
    yield part


def _request_part(caller: Caller, received_at: int) -> RequestPart:
    return RequestPart(
        schema_version=SCHEMA_VERSION,
        tenant=caller.tenant,
        subject=caller.subject,
        received_at=received_at,
        request_id=caller.request_id,
        consent_level=caller.consent_level,
        consent_source=caller.consent_source,
        gpc=caller.gpc,
    )
