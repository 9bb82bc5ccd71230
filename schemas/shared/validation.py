"""A client's bytes → an accepted event or a refusal that names the field; decoders follow from the structs."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from schemas.shared.body import Leftover, body_of, make_whole, set_apart
from schemas.shared.client import ClientEvent
from schemas.shared.declaration import own_fields, union_of
from schemas.shared.faults import BadDeclaration
from schemas.shared.invalid import UNREADABLE, FieldError, Invalid, invalid_of, time_of
from schemas.shared.meaning import digest, meant
from schemas.shared.straight import is_event_id, straight_kinds
from schemas.shared.stream import Stream
from schemas.shared.times import DAY_US, END_US, OUTSIDE, SECOND_US

AHEAD_US = DAY_US
CLOCK_IS_WRONG_US = 60 * SECOND_US
"""A clock is corrected by `sent_at` only beyond this: below, it would be the network's delay that is corrected."""
AGAIN = re.compile("unknown field|got `float`")
"""What the typed decoder refuses and this contract does not: keys nobody declared, 25.0 for 25."""
_encode = msgspec.json.Encoder().encode


class Accepted(msgspec.Struct):
    """One valid event; times in µs since 1970, `fields` the stream's own columns that have a value, masked.

    Of an event that went straight, `fields` is empty and `own` what its line has of these columns (`straight`).
    """

    event_type: str
    event_id: str | None
    session_id: str | None
    occurred_at: int
    client_occurred_at: int | None
    payload_digest: int
    fields: dict[str, Any]
    own: bytes = b""


class EventValidator:
    """Turns the JSON of one client event of a stream into an Accepted."""

    def __init__(self, stream: Stream, max_age_days: int = 730) -> None:
        self._stream = stream
        self._max_age_us = max_age_days * DAY_US
        self._tag_field = stream.events[0].__struct_config__.tag_field
        self._bodies = {event: body_of(event, stream.nested) for event in stream.events}
        self._types = {event: stream.kind_of(event) for event in stream.events}
        self._by_tag: Mapping[Any, type[ClientEvent]] = {event.__struct_config__.tag: event for event in stream.events}
        self._straight = straight_kinds(stream)
        self._quick = msgspec.json.Decoder(union_of(tuple(self._straight) or stream.events)).decode
        self._union = union_of(stream.events)
        self._decode = msgspec.json.Decoder(self._union).decode
        fields = [field for event in stream.events for field in own_fields(event, stream.nested)]
        self._renamed = {field.name: field.column_name for field in fields if field.column_name != field.name}

    def accept(
        self, raw: bytes | msgspec.Raw, received_at: int, sent_at: int | None = None, said: bytes = b""
    ) -> Accepted:
        """The event in `raw`, or Invalid.

        Where the client's clock is wrong, `received_at` (µs) corrects it by the event's own `sent_at`, else by this
        one (µs), which was sent for all events of a request; `said` is what the request says for all of them
        (`Head.written`), which is part of what each means. A stream with a rule for times says later when it was.
        """
        try:
            event, leftover = self._event(raw)
            self._refuse_faulty(event)
            return self.accept_body(type(event), msgspec.to_builtins(event), leftover, received_at, sent_at, said)
        except UNREADABLE as error:
            raise invalid_of(error) from None

    def written(
        self, raw: bytes | msgspec.Raw, received_at: int, sent_at: int | None = None, said: bytes = b""
    ) -> Accepted:
        """The same for whoever writes it onto the log and looks at no column of it: in half of the time, by `own`."""
        try:
            event = self._quick(raw) if self._straight else None
        except UNREADABLE:
            event = None
        found = None if event is None else self._went_straight(event, received_at, sent_at, said)
        return self.accept(raw, received_at, sent_at, said) if found is None else found

    def _went_straight(self, event: ClientEvent, received_at: int, sent_at: int | None, said: bytes) -> Accepted | None:
        kind, event_id = self._straight[type(event)], event.event_id
        if event_id is not None and not is_event_id(event_id):
            return None
        occurred_at, client = self._times(event.timestamp, event.sent_at, received_at, sent_at)
        written = kind.written(event, client, said)
        if written is None:
            return None
        return Accepted(
            kind.event_type,
            event_id.lower() if event_id else None,
            event.session_id,
            occurred_at,
            None if client == occurred_at else client,
            written[0],
            {},
            written[1],
        )

    def accept_body(
        self,
        kind: type[ClientEvent],
        body: dict[str, Any],
        leftover: Leftover,
        received_at: int,
        sent_at: int | None = None,
        said: bytes = b"",
    ) -> Accepted:
        """The same of an event that has been read already: the members of its struct as plain values, defaults left
        out, and its unknown keys by the column that keeps them. The body is used up.
        """
        occurred_at, client = self._times(body.get("timestamp"), body.get("sent_at"), received_at, sent_at)
        event_id = body.pop("event_id", None)
        body.pop("sent_at", None)
        if "timestamp" in body:
            body["timestamp"] = client
        self._bodies[kind].look_at(body)
        body, written = meant(body, leftover)
        event_type = self._types[kind]
        if self._tag_field:
            body.pop(self._tag_field, None)
        session_id, timestamp = body.pop("session_id", None), body.pop("timestamp", None)
        fields = self._fields(body, leftover)
        kept = fields if self._stream.mask is None else self._masked(event_type, fields)
        if kept is not fields:
            # a digest of what was masked would tell it to whoever tries all that it can be
            written = _encode((event_type, session_id, timestamp, kept))
        return Accepted(
            event_type,
            event_id.lower() if event_id else None,
            session_id,
            occurred_at,
            None if client == occurred_at else client,
            digest(written + said),
            kept,
        )

    def timed(self, event: Accepted, at: int, received_at: int) -> None:
        """Sets when the event happened (µs), as the stream's own rule says; raises Invalid where that cannot be."""
        self._refuse_wrong_time(at, received_at)
        event.occurred_at = at

    def _refuse_faulty(self, event: ClientEvent) -> None:
        fault = None if self._stream.check is None else self._stream.check(event)
        if fault is not None:
            raise Invalid(fault)

    def _masked(self, event_type: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The columns as they may lie on the log; raises BadDeclaration for a mask that makes others."""
        assert self._stream.mask is not None
        kept = self._stream.mask(fields)
        if kept is fields:
            return fields
        others = kept.keys() - {column.name for column in self._stream.kinds[event_type]}
        if others:
            names = ", ".join(sorted(others))
            raise BadDeclaration(
                f"stream {self._stream.name!r}: its mask makes {names}, which {event_type} has no column for"
            )
        return dict(kept)

    def _event(self, raw: bytes | msgspec.Raw) -> tuple[ClientEvent, Leftover]:
        """The typed event, and its unknown keys by the column that keeps them (usually none: the fast way)."""
        try:
            return self._decode(raw), {}
        except msgspec.ValidationError as error:
            if AGAIN.search(str(error)) is None:
                raise
        return self._tolerant(msgspec.json.decode(raw))

    def _tolerant(self, body: Any) -> tuple[ClientEvent, Leftover]:
        leftover: Leftover = {}
        kind = self._kind_of(body)
        if kind is not None:
            known = self._bodies[kind]
            for place in known.whole:
                make_whole(place.of(body), place.name)
            for name, inner in known.inner.items():
                if isinstance(body.get(name), dict):
                    set_apart(body[name], inner, name, leftover)
            set_apart(body, known.known, "extra", leftover)
        return msgspec.convert(body, self._union), leftover

    def _kind_of(self, body: Any) -> type[ClientEvent] | None:
        """Which event it says it is; None where it says so in no way that the typed decoder would take."""
        if not isinstance(body, dict):
            return None
        if self._tag_field is None:
            return self._stream.events[0]
        tag = body.get(self._tag_field)
        return self._by_tag.get(tag) if isinstance(tag, str) else None

    def _times(
        self, timestamp: str | None, own_sent_at: str | None, received_at: int, sent_at: int | None
    ) -> tuple[int, int]:
        """When it happened by our clock and by the client's, both in µs."""
        client = received_at if timestamp is None else time_of(timestamp, "timestamp")
        if self._stream.occurred_at is not None:
            return received_at, client
        corrected, sent = client, sent_at if own_sent_at is None else time_of(own_sent_at, "sent_at")
        if sent is not None and abs(received_at - sent) > CLOCK_IS_WRONG_US:
            corrected = client + received_at - sent
        self._refuse_wrong_time(corrected, received_at)
        return corrected, client

    def _refuse_wrong_time(self, at: int, received_at: int) -> None:
        if received_at - self._max_age_us <= at <= received_at + AHEAD_US and 0 <= at < END_US:
            return
        raise Invalid(FieldError("timestamp", self._wrong(at, received_at)))

    def _wrong(self, at: int, received_at: int) -> str:
        """Why it cannot have been then."""
        if at - received_at > AHEAD_US:
            return "lies more than 24 h ahead of the server's clock"
        if received_at - at > self._max_age_us:
            return f"is older than {self._max_age_us // DAY_US} days"
        return f"{OUTSIDE} once corrected by sent_at"

    def _fields(self, body: dict[str, Any], leftover: Leftover) -> dict[str, Any]:
        """The stream's own columns of what the envelope does not hold: nested objects are flattened."""
        for name in self._stream.nested:
            nested = body.pop(name, None)
            if nested:
                body.update(nested)
        for name, column in self._renamed.items():
            if name in body:
                body[column] = body.pop(name)
        for column, kept in leftover.items():
            body[column] = _encode(kept).decode()
        return body
