"""A request that says something once for all of its items: `{…, "samples": [{…}, …]}` → its head, and the items."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Raw

from schemas.shared.body import BodyOf, Leftover, make_whole, set_apart
from schemas.shared.client import ClientStruct, whole_head
from schemas.shared.envelope import REQUEST_EXTRA
from schemas.shared.invalid import UNREADABLE, invalid_of, time_of
from schemas.shared.meaning import meant
from schemas.shared.validation import AGAIN

_members = msgspec.json.Decoder(dict[str, Raw]).decode
_encode = msgspec.json.Encoder().encode


class Head(NamedTuple):
    """What a request says once: its session, when it was sent (µs since 1970), the head's columns without null.

    `written` stands for all of it but `sent_at` in the digest of each item.
    """

    session_id: str | None
    sent_at: int | None
    fields: Mapping[str, Any]
    written: bytes

    @property
    def columns(self) -> Mapping[str, Any]:
        """As the head line of a message has them."""
        return self.fields if self.session_id is None else {"session_id": self.session_id, **self.fields}


NO_HEAD: Final = Head(None, None, {}, b"")
"""Of a request that says nothing for all of its items."""


class Heads:
    """Makes heads of the struct that a stream declares for them."""

    def __init__(self, head: type[ClientStruct]) -> None:
        self.known = BodyOf(head, ())

    def head_of(self, said: ClientStruct, leftover: Leftover) -> Head:
        """The head that a struct says, and keys of the request that no field has; raises Invalid."""
        return self.of_body(msgspec.to_builtins(said), leftover)

    def of_body(self, body: dict[str, Any], leftover: Leftover) -> Head:
        """The same of the struct's fields."""
        sent = body.pop("sent_at", None)
        sent_at = None if sent is None else time_of(sent, "sent_at")
        self.known.look_at(body)
        body, written = meant(body, leftover)
        session_id = body.pop("session_id", None)
        kept = {column: _encode(keys).decode() for column, keys in leftover.items()}
        return Head(session_id, sent_at, {**body, **kept}, written)


class Request(NamedTuple):
    """A head, and the items as they were sent."""

    head: Head
    items: Sequence[Raw]


class RequestValidator:
    """Turns the JSON of a request into a Request; `items` is the key of its items, `head` what stands beside it."""

    def __init__(self, head: type[ClientStruct] | None, items: str) -> None:
        said = whole_head(head)
        array = (items, list[Raw], msgspec.field(name=items))
        self._name = items
        self._heads = Heads(said)
        self._decode = msgspec.json.Decoder(msgspec.defstruct("Body", [array], bases=(said,), kw_only=True)).decode

    def accept(self, raw: bytes) -> Request:
        """The request; raises Invalid, which names the field."""
        try:
            body, leftover = self._body(raw)
        except UNREADABLE as error:
            raise invalid_of(error) from None
        items: list[Raw] = getattr(body, self._name)
        setattr(body, self._name, [])
        fields = msgspec.to_builtins(body)
        del fields[self._name]
        return Request(self._heads.of_body(fields, leftover), items)

    def _body(self, raw: bytes) -> tuple[ClientStruct, Leftover]:
        """The typed body, and its unknown keys by the column that keeps them (usually none: the fast way)."""
        try:
            return self._decode(raw), {}
        except msgspec.ValidationError as error:
            if AGAIN.search(str(error)) is None:
                raise
        return self._tolerant(raw)

    def _tolerant(self, raw: bytes) -> tuple[ClientStruct, Leftover]:
        """Written anew without the unknown keys, its whole numbers as integers, and read as before."""
        leftover: Leftover = {}
        known = self._heads.known
        members = _members(raw)
        body = {name: value if name == self._name else msgspec.json.decode(value) for name, value in members.items()}
        for place in known.whole:
            make_whole(place.of(body), place.name)
        set_apart(body, known.known | {self._name}, REQUEST_EXTRA.name, leftover)
        return self._decode(_encode(body)), leftover
