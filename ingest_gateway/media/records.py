"""Records of CMCD as players write them: dictionaries of structured fields (RFC 8941, RFC 9651).

A record is read by one compiled expression, each value by whoever asks for it; what is no member or of another type is
skipped. Kept libraries refuse a record for one wrong member and take 36 µs (http-sf 1.5.0) or 71 µs (http-sfv 0.9.9)
for one of those that were recorded, of 130 bytes and 11 members; this takes 3 µs. A test holds it against http-sf.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

_STRING: Final = r'%?+"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_LIST: Final = rf'\([^()"\\]*+(?:{_STRING}[^()"\\]*+)*+\)'
_PARAMETERS: Final = rf';[^,"\\]*+(?:{_STRING}[^,"\\]*+)*+'
_MEMBERS: Final = re.compile(
    rf"(?:^|,)[ \t]*+([a-z*][a-z0-9_.*-]*+)"
    rf'(?:=({_STRING}|{_LIST}|[^,;"() \t]++))?+(?:{_PARAMETERS})?+[ \t]*+(?=,|$)'
).findall
_ESCAPED: Final = re.compile(r"\\(.)")
_DECIMAL: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,3})?").fullmatch
_TEXTS: Final = re.compile(rf'{_STRING}|[^ "()]+').findall

MOST_DIGITS: Final = 15
"""Of a whole number (RFC 8941, 3.3.1)."""
LONGEST_LIST: Final = 256
"""Characters of a list of numbers: one of each kind of media has fewer."""
MEDIA_KINDS: Final = frozenset(("v", "a", "av", "tt", "c", "o", "m", "i", "k"))
"""What a number of a list can be of: video, audio, both, text …; "" stands for one that does not say."""


def members(record: str) -> dict[str, str]:
    """Key → its value as it is written, without parameters; empty for a key alone, which says true."""
    return dict(_MEMBERS(record))


def string(written: str) -> str | None:
    """A string, such as "film-1"."""
    if not written.startswith('"'):
        return None
    return _ESCAPED.sub(r"\1", written[1:-1]) if "\\" in written else written[1:-1]


def whole(written: str) -> int | None:
    """A whole number ≥ 0, also where it is written as a string."""
    digits = written if written.isdecimal() else written[1:-1] if written.startswith('"') else ""
    return int(digits) if digits.isdecimal() and len(digits) <= MOST_DIGITS and digits.isascii() else None


def decimal(written: str) -> float | None:
    """A number ≥ 0, with at most three fraction digits."""
    digits = written[1:-1] if written.startswith('"') else written
    return float(digits) if _DECIMAL(digits) else None


def truth(written: str) -> bool | None:
    """A boolean; a key alone is true."""
    return {"": True, "?1": True, "?0": False}.get(written)


def numbers(written: str) -> Mapping[str, int]:
    """Kind of media → its number, of a list such as (700;v 64;a), or of a number alone; empty where there is none."""
    return _numbers(written) if len(written) <= LONGEST_LIST else {}


@lru_cache(4096)
def _numbers(written: str) -> Mapping[str, int]:
    found = {}
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
