"""Records of CMCD as players write them: dictionaries of structured fields (RFC 8941, RFC 9651).

A record is read by one compiled expression, each value by whoever asks for it; what is no member or of another type is
skipped. Kept libraries refuse a record for one wrong member and take 36 µs (http-sf 1.5.0) or 71 µs (http-sfv 0.9.9)
for one of those that were recorded, of 130 bytes and 11 members; the expression takes 3 µs. A test holds it against
http-sf. Nearly all of a record was said before, so members are remembered as they are written, which takes 1.5 µs.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

Value = TypeVar("Value")

_STRING: Final = r'%?+"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_LIST: Final = rf'\([^()"\\]*+(?:{_STRING}[^()"\\]*+)*+\)'
_PARAMETERS: Final = rf';[^,"\\]*+(?:{_STRING}[^,"\\]*+)*+'
_ONE: Final = (
    r"[ \t]*+([a-z*][a-z0-9_.*-]*+)"
    rf'(?:=({_STRING}|{_LIST}|[^,;"() \t]++))?+(?:{_PARAMETERS})?+[ \t]*+'
)
MEMBERS: Final = re.compile(rf"(?:^|,){_ONE}(?=,|$)").findall
"""All members of a record in one look."""
_MEMBER: Final = re.compile(_ONE).fullmatch
_ESCAPED: Final = re.compile(r"\\(.)")
_DECIMAL: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,3})?").fullmatch
_TEXTS: Final = re.compile(rf'{_STRING}|[^ "()]+').findall

COUNTING: Final = ("ts=", "sn=")
"""How members begin that no record repeats."""
LONGEST_REMEMBERED: Final = 64
MOST_VALUES, MOST_MEMBERS = 2048, 16_384
"""What is remembered: characters of a text; values of a key; members, about 300 bytes each."""
MOST_DIGITS: Final = 15
"""Of a whole number (RFC 8941, 3.3.1)."""
LONGEST_LIST: Final = 256
"""Characters of a list of numbers: one of each kind of media has fewer."""
MEDIA_KINDS: Final = frozenset(("v", "a", "av", "tt", "c", "o", "m", "i", "k"))
"""What a number of a list can be of: video, audio, both, text …; "" stands for one that does not say."""


class Remembered(dict[str, Value]):
    """What `read` makes of a text, which is remembered where it is short.

    A dict is asked in two thirds of the time that functools.lru_cache takes.
    """

    most = MOST_VALUES

    def __init__(self, read: Callable[[str], Value]) -> None:
        self._read = read

    def __missing__(self, written: str) -> Value:
        found = self._read(written)
        if len(written) <= LONGEST_REMEMBERED:
            if len(self) == self.most:
                self.clear()
            self[written] = found
        return found


class _Parts(Remembered[tuple[str, str]]):
    """What stands between two commas → its key and value; KeyError where it is no member by itself."""

    most = MOST_MEMBERS

    def __missing__(self, written: str) -> tuple[str, str]:
        if written[:3] in COUNTING and written[3:].isdecimal():
            return written[:2], written[3:]
        return super().__missing__(written)


def _member(written: str) -> tuple[str, str]:
    found = _MEMBER(written)
    if found is None:
        raise KeyError(written)
    return found[1], found[2] or ""


_PARTS: Final = _Parts(_member)


def members(record: str) -> dict[str, str]:
    """Key → its value as it is written, without parameters; empty for a key alone, which says true."""
    try:
        return dict([_PARTS[part] for part in record.split(",")])
    except KeyError:  # a comma in a string or a list, or something that is no member
        return dict(MEMBERS(record))


def string(written: str) -> str | None:
    """A string, such as "film-1"."""
    if not written.startswith('"'):
        return None
    return _ESCAPED.sub(r"\1", written[1:-1]) if "\\" in written else written[1:-1]


def whole(written: str) -> int | None:
    """A whole number ≥ 0, also where it is written as a string."""
    digits = written[1:-1] if written[:1] == '"' else written
    return int(digits) if len(digits) <= MOST_DIGITS and digits.isdecimal() and digits.isascii() else None


def decimal(written: str) -> float | None:
    """A number ≥ 0, with at most three fraction digits."""
    digits = written[1:-1] if written.startswith('"') else written
    return float(digits) if _DECIMAL(digits) else None


def truth(written: str) -> bool | None:
    """A boolean; a key alone is true."""
    return {"": True, "?1": True, "?0": False}.get(written)


def numbers(written: str) -> Mapping[str, int]:
    """Kind of media → its number, of a list such as (700;v 64;a), or of a number alone; empty where there is none."""
    found: dict[str, int] = {}
    if len(written) > LONGEST_LIST:
        return found
    for item in written.strip("()").split():
        digits, _, parameters = item.partition(";")
        number, kind = whole(digits), parameters.partition(";")[0]
        if number is not None and (kind in MEDIA_KINDS or not kind):
            found[kind] = number
    return found


def texts(written: str) -> list[str]:
    """The strings of a list such as ("a" "b"), or what stands alone instead of one: a string, a token or a number."""
    found = [string(text) if text.startswith('"') else text for text in _TEXTS(written)]
    return [text for text in found if text]
