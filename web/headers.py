"""The one place where a request's headers are read; a test keeps every other module from reading them by itself.

A header given twice is never decided by who came first, since the first is the client's where a proxy appends:
`once` refuses it, `single` lets it say nothing, `joined` and `members` read it as the list that it is.
Spaces and tabs around a value are no part of it (RFC 9110, 5.5).
"""

from collections.abc import Iterable, Iterator
from typing import Final

from starlette.requests import Request
from starlette.types import Scope

from web.problems import FieldError, invalid

BLANKS = b" \t"
HEADERS = "kinelake.headers"
"""Where a request's RequestHeaders are kept in the ASGI scope."""


class RequestHeaders:
    """A request's headers. Names are given as they are written in messages; case does not matter."""

    __slots__ = ("_repeated", "_values")

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        lines = list(raw)
        self._values = dict(lines)
        self._repeated = {} if len(self._values) == len(lines) else _repeated(lines)

    def __contains__(self, name: str) -> bool:
        return _KEYS[name] in self._values

    def all(self, name: str) -> list[str]:
        """Every value, in the order they came; none without the header."""
        key = _KEYS[name]
        if key in self._repeated:
            return list(map(_text, self._repeated[key]))
        value = self._values.get(key)
        return [] if value is None else [_text(value)]

    def once(self, name: str) -> str | None:
        """The value, None without one; 400 naming the header where it is given more than once."""
        if self._repeated and _KEYS[name] in self._repeated:
            raise invalid(FieldError(name, "must be given once"))
        value = self._values.get(_KEYS[name])
        return None if value is None else _text(value)

    def single(self, name: str) -> str | None:
        """The value where there is exactly one; given twice, the header says nothing."""
        key = _KEYS[name]
        value = self._values.get(key)
        return None if value is None or key in self._repeated else _text(value)

    def joined(self, name: str) -> str:
        """The values as one, "" without any (RFC 9110, 5.3)."""
        value = self._values.get(_KEYS[name])
        if value is None:
            return ""
        return ", ".join(self.all(name)) if self._repeated else _text(value)

    def lines(self, names: Iterable[bytes]) -> bytes:
        """The values as they came, of names in lower case: a line each, empty without the header."""
        return b"\n".join(
            [self._joined(name) for name in names]
            if self._repeated
            else [self._values.get(name, b"") for name in names]
        )

    def _joined(self, name: bytes) -> bytes:
        return b", ".join(self._repeated.get(name) or [self._values.get(name, b"")])

    def members(self, name: str) -> Iterator[str]:
        """The members of a list, over all its lines."""
        for value in self.all(name):
            yield from (member.strip(" \t") for member in value.split(","))


def _repeated(lines: Iterable[tuple[bytes, bytes]]) -> dict[bytes, list[bytes]]:
    """The values of the names that stand more than once."""
    values: dict[bytes, list[bytes]] = {}
    for name, value in lines:
        values.setdefault(name, []).append(value)
    return {name: given for name, given in values.items() if len(given) > 1}


def _text(value: bytes) -> str:
    return value.strip(BLANKS).decode("latin-1")


def headers_of(source: Request | Scope) -> RequestHeaders:
    """The headers of a request, read once for all who ask."""
    # asking whether it is a Request asks an abstract class, which takes longer than all the rest
    scope: Scope = source if isinstance(source, dict) else source.scope  # type: ignore[union-attr]
    found: RequestHeaders | None = scope.get(HEADERS)
    if found is None:
        found = scope[HEADERS] = RequestHeaders(scope["headers"])
    return found


class _Keys(dict[str, bytes]):
    """Names as they are written in messages, and as they stand in a request; our own, so there are few."""

    def __missing__(self, name: str) -> bytes:
        found = self[name] = name.lower().encode("latin-1")
        return found


_KEYS: Final = _Keys()
