"""Numbers that tell who a person is, found by the forms in which people write them.

What counts, in digits of any script:

- 8 or more in a row; 12 or more in groups, such as a card's; 8 or more behind a +, however they are grouped
- a national telephone number: 9 or more behind a 0 or an area code in brackets, or 3, 3 and 4 digits; 3, 2 and 4, which
  is a social security number of the United States
- a card with dots or underscores between its groups
- an IBAN (ISO 13616) in capitals, whole or in groups of 4; letters of the bank's name belong to it

What does not: dates and times, IPv4 addresses, versions, lines and columns, a UUID that stands alone.

A text costs time in proportion to its length: each expression takes a bounded number of characters, or the whole run
that it begins in.
"""

import re
from re import Match
from typing import Final

DIGITS: Final = "[digits]"

SHORTEST_RUN: Final = 8
"""Digits in a row that may be a telephone number; positions, ports and milliseconds are shorter."""
SHORTEST_GROUPS: Final = 12
"""Digits in groups; dates are shorter."""
SHORTEST_NATIONAL: Final = 9
"""Digits in groups behind an area code, which begins with 0 or stands in brackets."""
NATIONAL_SHAPES: Final = frozenset({(3, 3, 4), (3, 2, 4)})
"""Groups of a North American telephone number, and of a social security number."""

_BETWEEN: Final = "[ +\u00a0\u2007\u2009\u202f\u2010-\u2013-]"
"""What stands between two groups: a blank, which is a + in a query, or a dash, also of those that break no line."""
_INTERNATIONAL: Final = re.compile(rf"\+\(?\d(?:(?:{_BETWEEN}|[./()]){{0,2}}+\d)*+")
_GROUPED: Final = re.compile(rf"\+?+(?:\(\d{{2,5}}\){_BETWEEN}?+)?+\d\d++(?:{_BETWEEN}\d\d++)*+")
_DOTTED: Final = re.compile(
    r"(?<![\w.])(?:\d{3}\.\d{3}\.\d{4}|\d{4}([._])(?:\d{4}\1\d{4}\1\d{1,7}|\d{6}\1\d{5}))(?!\d)"
)
_IBAN: Final = re.compile(
    rf"(?<![A-Za-z])[A-Z]{{2}}\d\d(?:[A-Z0-9]{{11,30}}|(?:{_BETWEEN}[A-Z0-9]{{4}}){{2,7}}"
    rf"(?:{_BETWEEN}[A-Z0-9]{{1,3}})?)(?![A-Za-z0-9])"
)
_GROUP: Final = re.compile(r"\d+")
_UUID: Final = re.compile(r"(?<![\w-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![\w-])")
_AROUND: Final = 37
"""Characters of a UUID, and the one before or behind it."""


def numbers_masked(text: str) -> str:
    """The text with DIGITS in the place of each such number."""
    if not _GROUP.search(text):
        return text
    text = _IBAN.sub(_account_masked, text)
    text = _DOTTED.sub(DIGITS, text)
    text = _GROUPED.sub(_grouped_masked, text)
    return _INTERNATIONAL.sub(_international_masked, text) if "+" in text else text


def _account_masked(match: Match[str]) -> str:
    return DIGITS if _count(match[0]) >= SHORTEST_RUN else match[0]


def _international_masked(match: Match[str]) -> str:
    return DIGITS if _count(match[0]) >= SHORTEST_RUN and not _is_in_uuid(match) else match[0]


def _grouped_masked(match: Match[str]) -> str:
    run = match[0]
    groups = [len(group) for group in _GROUP.findall(run)]
    if max(groups) < SHORTEST_RUN and sum(groups) < _least(run, groups) and tuple(groups) not in NATIONAL_SHAPES:
        return run
    return run if _is_in_uuid(match) else DIGITS


def _least(run: str, groups: list[int]) -> int:
    """Digits from which on groups are a number of somebody."""
    if "+" in run:
        return SHORTEST_RUN
    has_area_code = run[0] == "(" or (run[0] == "0" and groups[0] > 2)
    return SHORTEST_NATIONAL if has_area_code else SHORTEST_GROUPS


def _count(run: str) -> int:
    return sum(map(len, _GROUP.findall(run)))


def _is_in_uuid(match: Match[str]) -> bool:
    begin = max(0, match.start() - _AROUND)
    around = match.string[begin : match.end() + _AROUND]
    return any(
        begin + each.start() <= match.start() and match.end() <= begin + each.end() for each in _UUID.finditer(around)
    )
