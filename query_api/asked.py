"""What the query of a request asks for: numbers, times, one of several; each wrong one is named."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeVar

from starlette.datastructures import QueryParams

from schemas.shared.times import microseconds, moment, parsed
from schemas.shared.times import text as written
from web.api_keys import KEY_ROLES
from web.digits import decimal_number, whole_number
from web.problems import FieldError, Problem

CALLERS: Final = KEY_ROLES
"""Who comes by the key of a project or an application."""

S = TypeVar("S")
T = TypeVar("T")


class Period(NamedTuple):
    """Times in [since, until); None is without an end."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def backwards(self) -> bool:
        """Whether it ends before it begins."""
        return self.since is not None and self.until is not None and self.until < self.since


class Asked:
    """The query of one request; `refuse` raises what is wrong with all that was read of it."""

    def __init__(self, query: QueryParams) -> None:
        self._query_params = query
        self._wrong: list[FieldError] = []

    def number(self, name: str, default: T, most: int, least: int = 0) -> int | T:
        """A whole number from `least` to `most`."""

        def read(text: str) -> int:
            found = whole_number(text, most, least)
            if found is None:
                raise ValueError(f"must be a whole number from {least} to {most}")
            return found

        return self._read(name, default, read)

    def decimal(self, name: str, default: float, most: float, least: float) -> float:
        """A number from `least` to `most`, maybe with a fraction."""

        def read(text: str) -> float:
            found = decimal_number(text, most, least)
            if found is None:
                raise ValueError(f"must be a number from {least:g} to {most:g}")
            return found

        return self._read(name, default, read)

    def time(self, name: str) -> datetime | None:
        """An RFC 3339 time with its offset; None where it is not given."""
        return self._read(name, None, lambda text: moment(parsed(text)))

    def text(self, name: str, longest: int) -> str | None:
        """A text; None where it is not given."""

        def read(text: str) -> str:
            if len(text) > longest:
                raise ValueError(f"may have at most {longest} characters")
            return text

        return self._read(name, None, read)

    def texts(self, name: str, longest: int, most: int) -> list[str]:
        """Texts with commas between them, each once; none where it is not given."""

        def read(text: str) -> list[str]:
            found = text.split(",")
            if len(found) > most or any(not 0 < len(each) <= longest for each in found):
                raise ValueError(f"must be 1 to {most} texts of 1 to {longest} characters with commas between them")
            if len(set(found)) < len(found):
                raise ValueError("must have each text once")
            return found

        return self._read(name, [], read)

    def one_of(self, name: str, options: Sequence[str]) -> str:
        """One of these, the first where it is not given."""

        def read(text: str) -> str:
            if text not in options:
                raise ValueError(f"must be one of {', '.join(options)}")
            return text

        return self._read(name, options[0], read)

    def period(self) -> Period:
        """`from`, `to`."""
        found = Period(self.time("from"), self.time("to"))
        if found.backwards:
            self._wrong.append(FieldError("to", "must not be before from"))
        return found

    def refuse(self) -> None:
        """Raises the 400 that names everything that was wrong."""
        if self._wrong:
            raise Problem(
                400, "invalid_parameter", "A query parameter is not valid; see errors.", errors=tuple(self._wrong)
            )

    def _read(self, name: str, default: T, read: Callable[[str], S]) -> S | T:
        given = self._query_params.getlist(name)
        try:
            if len(given) > 1:
                raise ValueError("must be given once")
            return read(given[0]) if given else default
        except ValueError as error:
            self._wrong.append(FieldError(name, str(error)))
            return default


def said(period: Period) -> str:
    """A period in words."""
    since, until = (None if each is None else written(microseconds(each)) for each in period)
    if since is None:
        return "all time" if until is None else f"before {until}"
    return f"since {since}" if until is None else f"{since} to {until}"
