"""Write keys as they are shown: all that are valid are in memory, so a flood of unknown ones asks control for nothing.

A key stands, the first wins, in the URL's path, as the user of `Authorization: Basic`, or as `?writeKey=`; one in a
body is for whoever reads bodies. What is made or revoked is learned of within a second (`web.revisions`).
"""

import asyncio
import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final
from urllib.parse import parse_qsl

from msgspec import Struct
from starlette.types import Scope

from control.write_keys import WriteKey
from control.write_keys import WriteKeys as StoredKeys
from web.headers import RequestHeaders
from web.minutes import Minutes
from web.pepper import Pepper
from web.problems import Problem
from web.revisions import Renewal

FAMILY: Final = "write"
"""What look-ups are made for."""
PUBLIC_PREFIX: Final = "kpk_"
SERVER_PREFIX: Final = "ksk_"
SECURITY: Final[Mapping[str, Mapping[str, Any]]] = {
    "writeKey": {"type": "http", "scheme": "basic", "description": "A write key as the user, no password."}
}
"""In OpenAPI; in a path a key stands without any scheme of OpenAPI's."""
QUERY: Final = "writeKey"
LONGEST_KEY: Final = 128
MOST_PARAMETERS: Final = 100
MOST_QUERIES: Final = 1024
MOST_WAITS: Final = 256
MOST_UNKNOWN: Final = 1024
"""Look-ups that are remembered: a key that was revoked stands in many pages yet."""
SHOWN: Final = "kinelake.write_key"
"""Where the Shown of a request is in the ASGI scope."""


class WriteKeys:
    """All valid write keys; one per process, used from its event loop only."""

    def __init__(self, stored: StoredKeys, pepper: Pepper, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._stored = stored
        self._lookup = lru_cache(MOST_UNKNOWN)(partial(pepper.lookup, FAMILY))
        self._pepper = pepper
        self._renewal = Renewal(stored, self._load, monotonic)
        self._valid: Mapping[str, WriteKey] = {}
        self._seen: dict[str, WriteKey] = {}
        """Valid ones by their text, once they were shown: to look one up takes as long as all else of a repeat."""

    @property
    def revision(self) -> int | None:
        """Moves whenever a key is made or revoked; None before the first look."""
        return self._renewal.revision

    @property
    def due(self) -> bool:
        """Whether `renewed` has anything to do."""
        return self._renewal.due

    async def renewed(self) -> None:
        """Sees to it that what changed is known, all but the last second's; raises ControlUnavailable."""
        await self._renewal.renewed()

    def find(self, shown: str) -> WriteKey | None:
        """The valid key; None where it is none."""
        known = self._seen.get(shown)
        if known is not None or not shown or len(shown) > LONGEST_KEY:
            return known
        found = self._valid.get(self._lookup(shown.encode()))
        if found is not None:
            self._seen[shown] = found
        return found

    async def holds(self, key: WriteKey) -> bool:
        """Whether it is valid now, for who found it a while ago; raises ControlUnavailable."""
        await self.renewed()
        return key.lookup in self._valid

    async def check(self) -> None:
        """What readiness tells: raises BadPepper where keys were made with another pepper, which open nothing here."""
        await asyncio.to_thread(self._pepper.require_of, self._stored)

    async def _load(self) -> None:
        keys = await asyncio.to_thread(self._stored.list)
        self._valid = {key.lookup: key for key in keys if key.revoked_at is None}
        self._seen.clear()


@dataclass(frozen=True)
class Writing:
    """What families with write keys check them by: the keys, requests of an address and key, items of a key."""

    keys: WriteKeys
    requests: Minutes
    items: Minutes


class Shown(Struct, frozen=True):
    """How a request shows who sends it: `text` is a write key as it stands, "" for none, `key` it where it is valid.

    `bearer` where it has a token.
    """

    text: str
    key: WriteKey | None
    bearer: bool
    writing: Writing


def shown_by(scope: Scope, headers: RequestHeaders, key_below: str, writing: Writing) -> Shown:
    """What the head of a request shows; `key_below` is the path whose next part is a key, "" for none."""
    scheme, credentials = _authorization(headers)
    text = _in_path(scope["path"], key_below)
    if not text and scheme == "basic":
        text = _basic(credentials)
    text = text or query_of(scope).get(QUERY, "")
    return Shown(text, writing.keys.find(text), scheme == "bearer", writing)


def too_many_requests(writing: Writing, seconds: int) -> Problem:
    """429: an address has sent more than its budget with one key."""
    return _too_many("requests of this address", writing.requests.most, seconds)


def too_many_items(writing: Writing, seconds: int) -> Problem:
    """429: a key has let in what it may."""
    return _too_many("items of this key", writing.items.most, seconds)


@lru_cache(MOST_WAITS)
def _too_many(what: str, most: int, seconds: int) -> Problem:
    """One for all that are told the same."""
    detail = f"more than {most} {what} in a minute; try again in {seconds} seconds"
    return Problem(429, "rate_limited", detail, headers={"Retry-After": str(seconds)})


def query_of(scope: Scope) -> Mapping[str, str]:
    """The URL's query; of a name given twice the first value, of more than a hundred names none."""
    return _query(scope["query_string"])


def values_of(scope: Scope, name: str) -> list[str]:
    """All values of a name in the URL's query."""
    return [value for found, value in _pairs(scope["query_string"]) if found == name]


def _in_path(path: str, below: str) -> str:
    return path[len(below) :].partition("/")[0] if below and path.startswith(below) else ""


def _authorization(headers: RequestHeaders) -> tuple[str, str]:
    """The scheme in lower case and what follows it; a header given twice says nothing."""
    if "Authorization" not in headers:
        return "", ""
    scheme, _, credentials = (headers.single("Authorization") or "").partition(" ")
    return scheme.lower(), credentials


def _basic(credentials: str) -> str:
    """The user of Basic credentials (RFC 7617), "" where they are none."""
    try:
        return base64.b64decode(credentials.strip(), validate=True).decode().partition(":")[0]
    except ValueError:
        return ""


@lru_cache(MOST_QUERIES)
def _query(query: bytes) -> Mapping[str, str]:
    return dict(reversed(_pairs(query)))


@lru_cache(MOST_QUERIES)
def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return []
