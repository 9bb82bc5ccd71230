"""What the address of a page asks for: a period, filters, where to go on; each wrong part is named."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from starlette.datastructures import QueryParams

from query_api.dashboard.rows import Cursor, Wanted
from schemas.shared.times import moment, parsed
from web.problems import FieldError, Problem

PERIODS: Mapping[str, timedelta] = {
    "1h": timedelta(hours=1),
    "24h": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "365d": timedelta(days=365),
}
DEFAULT_PERIOD = "24h"
LONGEST_FILTER = 512
AFTER = "after"
BETWEEN = "~"
"""Between time and key of a cursor."""
AHEAD = timedelta(days=1)
"""Rows of clients whose clock is ahead are shown, too."""


def asked(query: QueryParams, filters: Sequence[str], now: datetime, periods: Sequence[str] = tuple(PERIODS)) -> Wanted:
    """The rows that are wanted; raises the 400 that names what is wrong."""
    period = chosen(query, "period", periods, DEFAULT_PERIOD)
    equal = {name: value for name in filters if (value := given(query, name))}
    after = query.get(AFTER)
    return Wanted(now - PERIODS[period], now + AHEAD, equal, None if after is None else cursor(after))


def given(query: QueryParams, name: str) -> str:
    """A filter's value without blanks around it, "" where it is not given."""
    value = query.get(name, "").strip()
    if len(value) > LONGEST_FILTER:
        raise _wrong(name, f"may have at most {LONGEST_FILTER} characters")
    return value


def chosen(query: QueryParams, name: str, options: Sequence[str], default: str) -> str:
    """One of the options."""
    value = query.get(name) or default
    if value not in options:
        raise _wrong(name, f"must be one of {', '.join(filter(None, options))}")
    return value


def cursor(text: str) -> Cursor:
    """Where a page goes on."""
    time, _, key = text.partition(BETWEEN)
    if not key or len(key) > LONGEST_FILTER:
        raise _wrong(AFTER, "must be what a link to the next page says")
    return Cursor(instant(AFTER, time), key)


def instant(name: str, text: str) -> datetime:
    """A time with its offset."""
    try:
        return moment(parsed(text))
    except ValueError as error:
        raise _wrong(name, str(error)) from error


def _wrong(name: str, message: str) -> Problem:
    errors = [FieldError(name, message)]
    return Problem(400, "invalid_parameter", "The address of this page asks for something it cannot.", errors=errors)
