"""Events that go straight from the struct they were read into onto the log, never taken apart: nearly all there are.

What an event is written as, but for its `event_id` and `sent_at`, is what its digest is of; behind the envelope it has
the stream's own columns in their order, so they are on its line what they are there. Whatever is out of the ordinary
(a key that nobody declared, a sign of zero, something to mask or to refuse) is left to `schemas.shared.validation`,
which takes the event apart: the line and the refusal are the same either way.
"""

from collections.abc import Mapping
from operator import attrgetter
from typing import Annotated, Final, cast

import msgspec
from msgspec import Meta, defstruct

from schemas.shared.body import text_of
from schemas.shared.client import ENVELOPE_FIELDS, ClientEvent
from schemas.shared.declaration import own_fields
from schemas.shared.fields import NUMBER, NUMBERS, OBJECT, SINGLES, TEXTS, TIME, StructField, fields_of
from schemas.shared.invalid import Invalid
from schemas.shared.keys import by_organisation, by_session, by_subject
from schemas.shared.masking import Masking
from schemas.shared.meaning import digest
from schemas.shared.stream import Stream
from schemas.shared.text import printable

_ENVELOPE: Final = ClientEvent.__struct_encode_fields__
_KEYS: Final = (by_session, by_subject, by_organisation)
"""Rules for keys that look at no column of the stream's own."""
_UUID: Final = b"00000000-0000-0000-0000-000000000000"
_HEXADECIMAL: Final = bytes.maketrans(b"123456789abcdefABCDEF", b"0" * 21)
_SIGN, _ESCAPE, _DELETE = b"-\\\x7f"
"""Bytes as numbers, which are found four times as fast as texts of one are."""
_SIGNED_ZERO: Final = b"-0.0"

_encode = msgspec.json.Encoder().encode


class Straight:
    """How one kind of event is written."""

    def __init__(self, stream: Stream, event: type[ClientEvent]) -> None:
        self.event_type = stream.kind_of(event)
        before = [field for field in fields_of(event) if field.name not in stream.nested]
        self._ids_of = attrgetter(*_ENVELOPE[:1], *(field.name for field in before if _is_printable(field)))
        self._defaults = [(field.name, field.default) for field in before if field.default is not None]
        self._objects = [(field.name, field.extra) for field in before if field.type is OBJECT]
        self._numbers = any(field.type in (NUMBER, NUMBERS) for field in before)
        self._mask = stream.mask if isinstance(stream.mask, Masking) else None
        self._masked = [field.name for field in before if self._mask and field.name in self._mask.columns]
        self._first = b',"%b":' % event.__struct_encode_fields__[len(_ENVELOPE)].encode()
        self._nested = b'"%b":{' % stream.nested[0].encode() if stream.nested else b""

    def written(self, event: ClientEvent, client: int, said: bytes) -> tuple[int, bytes] | None:
        """Its digest, and its own columns as the end of its line, from a comma on; the event is used up.

        `client` is when it happened by the client's clock (µs), `said` what its request says for it. None for what has
        to be taken apart.
        """
        if self._masked and self._has_secrets(event):
            return None
        for name, default in self._defaults:
            if getattr(event, name) in (None, default):
                setattr(event, name, default)  # the very object, which is not written
        if self._objects and not self._objects_written(event):
            return None
        event.event_id = event.sent_at = None
        if event.timestamp is not None:
            event.timestamp = client  # type: ignore[assignment]
        whole = _encode(event)
        begin = whole.find(self._first)
        plain = whole.isascii() and _ESCAPE not in whole and _DELETE not in whole
        if begin < 0 or not (plain or self._is_printable(event)):
            return None
        own = self._own(whole, begin)
        return None if own is None else (digest(whole + said if said else whole), own)

    def _own(self, whole: bytes, begin: int) -> bytes | None:
        """What stands from there on, without the nested object's name and brackets."""
        nested = whole.find(self._nested, begin) if self._nested else -1
        if nested < 0:
            own = whole[begin:]
            return None if self._numbers and _SIGN in own and _SIGNED_ZERO in own else own
        before, inner = whole[begin:nested], whole[nested + len(self._nested) : -1]
        if len(inner) == 1 or (_SIGN in inner and _SIGNED_ZERO in inner):
            return None
        return None if self._numbers and _SIGNED_ZERO in before else before + inner

    def _is_printable(self, event: ClientEvent) -> bool:
        """Whether its ids are, which needs no look where all that is written is of printable ASCII."""
        return all(value is None or printable(value) for value in self._ids_of(event))

    def _has_secrets(self, event: ClientEvent) -> bool:
        """Whether anything of it is masked."""
        assert self._mask is not None
        said = {name: getattr(event, name) for name in self._masked}
        return self._mask(said) is not said

    def _objects_written(self, event: ClientEvent) -> bool:
        """Makes texts of its free-form objects; False where one is too large or too deep."""
        try:
            for name, bounds in self._objects:
                value = getattr(event, name)
                if value is not None:
                    setattr(event, name, text_of(value, name, bounds))
        except Invalid:
            return False
        return True


def straight_kinds(stream: Stream) -> Mapping[type[ClientEvent], Straight]:
    """Struct to read them into → how they are written, of the kinds of event of a stream that can be written so.

    None can where it has rules of its own for its items. The structs do not look at the id: `is_event_id` does.
    """
    own_rules = (stream.check, stream.event_id, stream.occurred_at)
    if any(own_rules) or stream.key not in _KEYS or stream.echo not in ((), ("session_id",)):
        return {}
    if stream.mask is not None and not isinstance(stream.mask, Masking):
        return {}
    return {_quick(event): Straight(stream, event) for event in stream.events if _can(stream, event)}


def is_event_id(text: str) -> bool:
    """Whether it is an `EventId`, in a third of the time that the expression takes."""
    return text.encode().translate(_HEXADECIMAL) == _UUID


def _quick(event: type[ClientEvent]) -> type[ClientEvent]:
    """The struct without the expression for its id, which takes as long as all the rest of it."""
    tag, unlooked_at = event.__struct_config__.tag, Annotated[str, Meta(max_length=len(_UUID))]
    made = defstruct(event.__name__, [("event_id", unlooked_at | None, None)], bases=(event,), tag=tag, kw_only=True)
    return cast(type[ClientEvent], made)


def _can(stream: Stream, event: type[ClientEvent]) -> bool:
    """Whether its own columns stand behind the envelope's, each under its own name and as it is written on the log.

    The first one is in each; a nested object is the last, and there is nothing in it to look at or to mask.
    """
    names = event.__struct_encode_fields__
    masked = stream.mask.columns if isinstance(stream.mask, Masking) else frozenset()
    outside = [field for field in fields_of(event) if field.name not in (*ENVELOPE_FIELDS, *stream.nested)]
    inside = [inner for field in fields_of(event) if field.name in stream.nested for inner in field.inner]
    columns = [field.column_name for field in own_fields(event, stream.nested)]
    return (
        names[: len(_ENVELOPE)] == _ENVELOPE
        and stream.nested in ((), names[-1:])
        and bool(outside and outside[0].required)
        and columns == [field.name for field in (*outside, *inside)]
        and len(set(columns)) == len(columns)
        and not any(
            field.type in (TIME, SINGLES) or (field.type is TEXTS and _is_printable(field)) for field in outside
        )
        and not any(field.type in (TIME, SINGLES, OBJECT) or _is_printable(field) for field in inside)
        and all(field.default in (None, True, False) and field.name not in masked for field in inside)
    )


def _is_printable(field: StructField) -> bool:
    return bool((field.element or field).extra.get("printable"))
