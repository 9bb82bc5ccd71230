"""What a protocol of strangers' clients makes of a request's body: items of a stream, and refusals by name."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from msgspec import Struct, field

from schemas.shared.validation import Accepted


class Client(NamedTuple):
    """Who sent an item, where a server passes it on and is believed."""

    ip: str
    user_agent: str


class Opened(Struct, frozen=True, kw_only=True):
    """What a write key, or a token instead of one, opens for one request.

    `person` is the subject of a token's holder, and whose every item of the request is; None where a key was shown.
    `level` is the consent level that key, query and headers leave. `server` says that a secret key was shown, whose
    words about clients are believed; `categories` are levels by the lower-case name of a consent category.
    `subject_of` makes the subject of an identifier in the key's organisation, `id_of` the event id of a client's own
    name for it (UUIDv5 in the key's namespace). `query` is the URL's, `received_at` in µs since 1970.
    """

    key_id: str
    tenant: str
    person: str | None
    level: int
    server: bool
    categories: Mapping[str, int]
    subject_of: Callable[[str], str]
    id_of: Callable[[str], str]
    query: Mapping[str, str]
    received_at: int


class Said(Struct, frozen=True):
    """One item, ready for the log but for its consent: its event has its id, and `subject` is whom it is of.

    `level` is what the client's own words about consent leave, None where it says none; it can only lower.
    """

    event: Accepted
    subject: str
    level: int | None = None
    client: Client | None = None


class Read(Struct):
    """What a body holds: items in their order, and how many were refused by which name, such as no_session.

    `items` is how many the client sent, where one of its can be several of the stream's; 0 for as many as are here.
    A name of a refusal is the code's own (`NAME`), never a text of the client's.
    """

    said: list[Said] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    items: int = 0

    def refuse(self, reason: str, items: int = 1) -> None:
        """Counts items that are not taken."""
        self.refused[reason] = self.refused.get(reason, 0) + items

    @property
    def sent(self) -> int:
        """What counts of the key's budget."""
        return self.items or len(self.said) + sum(self.refused.values())


Reading: TypeAlias = Callable[[Opened, bytes], Read]
"""Reads an unpacked body; raises the Problem of one that is no such body at all."""
KeyIn: TypeAlias = Callable[[bytes], str]
"""The write key that an unpacked body names, "" for none; asked only where the head of the request shows none."""
