"""A client's bytes → an accepted event or a refusal that names the field; decoders follow from the structs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from xxhash import xxh3_64_intdigest

from schemas.client import ENVELOPE_FIELDS, ClientEvent
from schemas.stream import Stream
from schemas.times import DAY_US, parsed

AHEAD_US = DAY_US
_TWO_63 = 1 << 63
_PLACE = re.compile(r"^(?P<reason>.*?)(?: - at `\$?(?P<path>[^`]*)`)?$", re.DOTALL)
_MISSING = re.compile(r"missing required field `(?P<name>[^`]+)`")
_encode = msgspec.json.Encoder(order=None).encode


@dataclass(frozen=True, slots=True)
class FieldError:
    """One reason for a refusal: the field as a dotted path into the body ("" for the body itself), and why."""

    field: str
    message: str


class Invalid(Exception):
    """The body is not an event of this stream; `errors` says which field and why."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = errors


@dataclass(slots=True)
class Accepted:
    """One valid event; times in µs since 1970, `fields` the stream's own columns that have a value."""

    event_type: str
    event_id: str | None
    session_id: str | None
    occurred_at: int
    client_occurred_at: int | None
    payload_digest: int
    fields: dict[str, Any]


class EventValidator:
    """Turns the JSON of one client event of a stream into an Accepted."""

    def __init__(self, stream: Stream, max_age_days: int = 730) -> None:
        self._stream = stream
        self._max_age_us = max_age_days * DAY_US
        self._tag_field = stream.events[0].__struct_config__.tag_field
        self._by_tag: Mapping[Any, type[ClientEvent]] = {event.__struct_config__.tag: event for event in stream.events}
        union: Any = stream.events[0]
        for event in stream.events[1:]:
            union = union | event
        self._union = union
        self._decode = msgspec.json.Decoder(union).decode

    def accept(self, raw: bytes | msgspec.Raw, received_at: int) -> Accepted:
        """The event in `raw`, or Invalid. `received_at` (µs) corrects the client's clock where it sent `sent_at`."""
        event, leftover = self._event(raw)
        body: dict[str, Any] = msgspec.to_builtins(event)
        body.pop("event_id", None)
        body.pop("sent_at", None)
        digest = xxh3_64_intdigest(_encode((body, leftover)))
        occurred_at, client = self._times(event, received_at)
        return Accepted(
            event_type=body.pop(self._tag_field) if self._tag_field else self._stream.kind_of(type(event)),
            event_id=event.event_id.lower() if event.event_id else None,
            session_id=event.session_id,
            occurred_at=occurred_at,
            client_occurred_at=None if client == occurred_at else client,
            payload_digest=digest - _TWO_63,
            fields=self._fields(body) | leftover,
        )

    def _event(self, raw: bytes | msgspec.Raw) -> tuple[ClientEvent, dict[str, str]]:
        """The typed event, and its unknown keys as JSON by the column that keeps them (usually none: the fast way)."""
        try:
            return self._typed(raw)
        except msgspec.ValidationError as error:
            raise Invalid(_located(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Invalid(FieldError("", f"not JSON: {error}")) from None
        except RecursionError:
            raise Invalid(FieldError("", "is nested too deeply")) from None

    def _typed(self, raw: bytes | msgspec.Raw) -> tuple[ClientEvent, dict[str, str]]:
        try:
            return self._decode(raw), {}
        except msgspec.ValidationError as error:
            if "unknown field" not in str(error):
                raise
        return self._tolerant(msgspec.json.decode(raw))

    def _tolerant(self, body: dict[str, Any]) -> tuple[ClientEvent, dict[str, str]]:
        leftover: dict[str, str] = {}
        kind = self._by_tag.get(body.get(self._tag_field)) if self._tag_field else self._stream.events[0]
        if kind is not None:
            names = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
            for name in self._stream.nested:
                if isinstance(body.get(name), dict):
                    inner = {field.encode_name for field in msgspec.structs.fields(names[name])}
                    _set_apart(body[name], inner, name, leftover)
            _set_apart(body, {*names, self._tag_field}, "extra", leftover)
        return msgspec.convert(body, self._union), leftover

    def _times(self, event: ClientEvent, received_at: int) -> tuple[int, int]:
        """When it happened by our clock and by the client's, both in µs."""
        client = received_at if event.timestamp is None else _time(event.timestamp, "timestamp")
        corrected = client if event.sent_at is None else client + received_at - _time(event.sent_at, "sent_at")
        if corrected - received_at > AHEAD_US:
            raise Invalid(FieldError("timestamp", "lies more than 24 h ahead of the server's clock"))
        if received_at - corrected > self._max_age_us:
            raise Invalid(FieldError("timestamp", f"is older than {self._max_age_us // DAY_US} days"))
        return corrected, client

    def _fields(self, body: dict[str, Any]) -> dict[str, Any]:
        """The stream's own columns: nested objects flattened, defaults filled, what the envelope holds left out."""
        fields = {**self._stream.defaults, **body}
        for name in ENVELOPE_FIELDS:
            fields.pop(name, None)
        for name in self._stream.nested:
            nested = fields.pop(name, None)
            if isinstance(nested, dict):
                fields.update(nested)
        return fields


def _set_apart(body: dict[str, Any], known: set[Any], column: str, leftover: dict[str, str]) -> None:
    unknown = {name: body.pop(name) for name in body.keys() - known}
    kept = {name: value for name, value in sorted(unknown.items()) if value is not None}
    if kept:
        leftover[column] = _encode(kept).decode()


def _time(value: str, field: str) -> int:
    try:
        return parsed(value)
    except ValueError as error:
        raise Invalid(FieldError(field, str(error))) from None


def _located(error: msgspec.ValidationError) -> FieldError:
    """msgspec says "Expected `float`, got `str` - at `$.data.position_seconds`"; a missing field is in the reason."""
    match = _PLACE.match(str(error))
    assert match is not None
    path = (match["path"] or "").lstrip(".")
    missing = _MISSING.search(match["reason"])
    parts = [path] if path else []
    return FieldError(".".join([*parts, missing["name"]] if missing else parts), match["reason"])
