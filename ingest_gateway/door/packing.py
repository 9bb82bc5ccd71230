"""Items of a request as messages: one for all that share a person, a level, a client and a key of the log."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from event_log import Record
from ingest_gateway.door.opening import Entered
from ingest_gateway.door.protocol import Client, Said
from ingest_gateway.taking.identifiers import TimeOrderedIds
from ingest_gateway.taking.intake import parts_of, size_of
from schemas.shared import client_context
from schemas.shared.envelope import SCHEMA_VERSION, RequestPart
from schemas.shared.message import head_line, item_line, message, session_member, straight_line
from schemas.shared.rules import Item
from schemas.shared.stream import Stream

SAID_BY_SDK = "header"
"""The source of a level that the client's own words in the body lowered: they came with the request."""


class _Whose(NamedTuple):
    """What a head says that can differ within a request."""

    subject: str
    level: int
    client: Client | None


class Packing:
    """The messages of one request to a stream; `columns` are what its heads say of the key that sent it."""

    def __init__(self, stream: Stream, entered: Entered, columns: Mapping[str, str], ids: TimeOrderedIds) -> None:
        self._stream = stream
        self._opened = entered.opened
        self._caller = entered.caller
        self._columns = columns
        self._ids = ids

    def records(self, said: Iterable[Said]) -> list[Record]:
        """In the order of each one's first item; more than one where a message would pass the stream's limit."""
        packed: dict[tuple[_Whose, bytes], list[bytes]] = {}
        places: dict[tuple[str, str | None, int | None, Client | None], tuple[bytes, list[bytes]]] = {}
        at, next_id = self._opened.received_at, self._ids.next
        for each in said:
            event = each.event
            place = each.subject, event.session_id, each.level, each.client
            known = places.get(place)
            if known is None:
                lines = packed.setdefault((self._whose(each), self._key(each)), [])
                known = places[place] = session_member(event.session_id), lines
            event_id = event.event_id or next_id(at)
            line = straight_line(event, event_id, known[0]) if event.own else item_line(event, event_id)
            known[1].append(line)
        return [record for (whose, key), lines in packed.items() for record in self._messages(whose, key, lines)]

    def _whose(self, said: Said) -> _Whose:
        return _Whose(said.subject, self._level(said), said.client if self._opened.server else None)

    def _level(self, said: Said) -> int:
        return self._opened.level if said.level is None else min(said.level, self._opened.level)

    def _key(self, said: Said) -> bytes:
        event = said.event
        at = self._opened.received_at
        return self._stream.key(
            Item(self._opened.tenant, said.subject, event.session_id, event.event_id, at, {}, event.fields)
        )

    def _messages(self, whose: _Whose, key: bytes, lines: Sequence[bytes]) -> Iterator[Record]:
        head = head_line(self._part(whose), self._columns)
        address, agent = whose.client or (self._caller.client_ip, self._caller.user_agent)
        context = client_context.encode(address, agent)
        room = self._stream.max_record_bytes - len(key) - len(head) - len(context)
        for part in [lines] if size_of(lines) <= room else parts_of(lines, room):
            yield Record(key, message(head, part), context)

    def _part(self, whose: _Whose) -> RequestPart:
        lowered = whose.level < self._caller.consent_level
        return RequestPart(
            schema_version=SCHEMA_VERSION,
            tenant=self._opened.tenant,
            subject=whose.subject,
            received_at=self._opened.received_at,
            request_id=self._caller.request_id,
            consent_level=whose.level,
            consent_source=SAID_BY_SDK if lowered else self._caller.consent_source,
            gpc=self._caller.gpc,
        )
