"""One request's items on their way to the log: what they share is the head, each is an item of its key's message."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TypeAlias

from msgspec import Raw, Struct

from event_log import Record
from ingest_gateway.taking.admission import Admission
from ingest_gateway.taking.identifiers import TimeOrderedIds, repeatable_id
from ingest_gateway.taking.refusals import event_too_large, invalid_event, request_too_large
from schemas.shared import client_context
from schemas.shared.envelope import SCHEMA_VERSION, RequestPart
from schemas.shared.invalid import Invalid
from schemas.shared.message import head_line, item_line, message, session_member, straight_line
from schemas.shared.requests import NO_HEAD, Head
from schemas.shared.rules import Item
from schemas.shared.validation import Accepted, EventValidator
from web.caller import Caller
from web.families import SubjectOf, the_callers
from web.problems import Problem


class Taken(Struct, frozen=True):
    """An event that will be accepted once the message with its item is durable under its key."""

    event: Accepted
    event_id: str
    key: bytes
    item: bytes


Outcome: TypeAlias = Taken | Problem


class Intake:
    """Takes in the items of one request; `key` is its Idempotency-Key, its times are µs since 1970.

    `holder` is whose keys are told apart from others', where it is not the person that the items are of.
    """

    def __init__(
        self,
        admission: Admission,
        validator: EventValidator,
        ids: TimeOrderedIds,
        key: str | None,
        received_at: int,
        head: Head = NO_HEAD,
        subject_of: SubjectOf = the_callers,
        holder: str | None = None,
    ) -> None:
        self._stream, self._caller = admission
        self._holder = holder or self._caller.subject
        self._validator = validator
        self._ids = ids
        self._key = key
        self._received_at = received_at
        self._head = head
        self._columns = head.columns
        self._subject_of = subject_of
        self._said = received_at, head.sent_at, head.written
        self._accept = validator.written if subject_of is the_callers else validator.accept
        self._sessions: dict[str | None, tuple[bytes, bytes]] = {}
        self._line = head_line(_request_part(self._caller, received_at), self._columns)
        self._client = client_context.encode(self._caller.client_ip, self._caller.user_agent)

    def judged(self, raws: Sequence[bytes | Raw]) -> list[Outcome]:
        """What becomes of each item: taken, or why not."""
        found = map(self._accepted, raws) if self._stream.occurred_at is None else self._timed(raws)
        return [self.taken(each, index) if isinstance(each, Accepted) else each for index, each in enumerate(found)]

    def taken(self, event: Accepted, index: int = 0, of: str | None = None) -> Taken:
        """A valid event as the item of that place in its request; `of` is its subject where nothing of it says so."""
        if event.own:
            return self._straight(event, index)
        item = self._item(event, of)
        event_id = self._id_of(item, index)
        subject = None if item.subject == self._caller.subject else item.subject
        return Taken(event, event_id, self._stream.key(item), item_line(event, event_id, subject))

    def _straight(self, event: Accepted, index: int) -> Taken:
        """One whose columns are written already: key and line ask for nothing but its session."""
        session_id = event.session_id
        known = self._sessions.get(session_id)
        if known is None:
            known = self._sessions[session_id] = self._stream.key(self._item(event)), session_member(session_id)
        event_id = self._named(event.event_id, index)
        return Taken(event, event_id, known[0], straight_line(event, event_id, known[1]))

    def by_key(self, taken: Sequence[Taken]) -> list[Record]:
        """One message a key with its events in their order; more where one would pass the stream's limit."""
        by_key = groupby(sorted(taken, key=_key), key=_key)
        return [record for key, events in by_key for record in self._messages(key, [event.item for event in events])]

    def whole(self, taken: Sequence[Taken]) -> Record:
        """One message with all of them under the first one's key; raises the 413 where it would pass the limit."""
        return self.message(taken[0].key, [event.item for event in taken])

    def message(self, key: bytes, items: Sequence[bytes]) -> Record:
        """The same of items that are ready for the log."""
        if size_of(items) > self._room(key):
            raise request_too_large(self._stream.max_record_bytes)
        return Record(key, message(self._line, items), self._client)

    def _accepted(self, raw: bytes | Raw) -> Accepted | Problem:
        if len(raw) > self._stream.max_event_bytes:
            return event_too_large(self._stream.max_event_bytes)
        try:
            return self._accept(raw, *self._said)
        except Invalid as invalid:
            return invalid_event(invalid)

    def _timed(self, raws: Sequence[bytes | Raw]) -> list[Accepted | Problem]:
        """Events at the times that the stream's own rule says, or why they cannot be then."""
        assert self._stream.occurred_at is not None
        found = [self._accepted(raw) for raw in raws]
        items = [self._item(each) for each in found if isinstance(each, Accepted)]
        times = iter(self._stream.occurred_at(items))
        return [self._at(each, next(times)) if isinstance(each, Accepted) else each for each in found]

    def _at(self, event: Accepted, at: int) -> Accepted | Problem:
        try:
            self._validator.timed(event, at, self._received_at)
        except Invalid as invalid:
            return invalid_event(invalid)
        return event

    def _item(self, event: Accepted, of: str | None = None) -> Item:
        return Item(
            self._caller.tenant,
            of or self._subject_of(self._caller, self._columns, event.fields),
            event.session_id or self._head.session_id,
            event.event_id,
            self._received_at,
            self._head.fields,
            event.fields,
        )

    def _id_of(self, item: Item, index: int) -> str:
        if self._stream.event_id is not None:
            return self._stream.event_id(item)
        return self._named(item.event_id, index)

    def _named(self, own_id: str | None, index: int) -> str:
        """The id of an item that its stream has no rule for; `own_id` is what the client called it."""
        if self._key is not None:
            return repeatable_id(self._caller.tenant, self._holder, self._stream.name, self._key, index)
        return own_id or self._ids.next(self._received_at)

    def _messages(self, key: bytes, items: Sequence[bytes]) -> Iterator[Record]:
        room = self._room(key)
        parts = [items] if size_of(items) <= room else parts_of(items, room)
        for part in parts:
            yield Record(key, message(self._line, part), self._client)

    def _room(self, key: bytes) -> int:
        """Bytes that the items of a message may have, each with its line end."""
        return self._stream.max_record_bytes - len(key) - len(self._line) - len(self._client)


def _key(taken: Taken) -> bytes:
    return taken.key


def size_of(items: Sequence[bytes]) -> int:
    """Bytes that they take in a message, each with its line end."""
    return sum(map(len, items)) + len(items)


def parts_of(items: Sequence[bytes], room: int) -> Iterator[list[bytes]]:
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
