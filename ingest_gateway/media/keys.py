"""The keys of CMCD version 2 (CTA-5004-B), and what of them is kept as JSON where no column has them: `data.cmcd`.

Keys that the specification does not list are skipped. What tells of a person, of requests or of their answers is not
kept: custom keys (those with a hyphen, where one player writes an id of its user), `url`, `nor`, `nrr`, `h`, `cs`,
`smrt`, `cmsds` and `cmsdd`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from ingest_gateway.media.records import Remembered, decimal, numbers, string, texts, truth, whole
from schemas.shared.text import printable

_TOKEN: Final = re.compile(r"[A-Za-z*][A-Za-z0-9:/!#$%&'*+.^_`|~-]{0,63}").fullmatch
_encode = msgspec.json.Encoder().encode


def _token(written: str) -> str | None:
    return written if _TOKEN(written) else None


def _string(written: str) -> str | None:
    text = string(written)
    return text if text and printable(text) else None


def _numbers(written: str) -> int | Mapping[str, int] | None:
    """One number that says no kind of media, else numbers by kind."""
    found = numbers(written)
    if len(found) == 1 and "" in found:
        return found[""]
    return {kind or "unknown": number for kind, number in found.items()} or None


def _texts(written: str) -> list[str] | None:
    return [text for text in texts(written) if printable(text)] or None


KEPT: Final[Mapping[str, Callable[[str], Any]]] = {
    **dict.fromkeys(
        ("ab", "bl", "br", "bsa", "bsd", "bsda", "lab", "lb", "mtp", "pb", "tab", "tb", "tbl", "tpb"), _numbers
    ),
    **dict.fromkeys(("d", "dfa", "dl", "ltc", "msd", "pt", "rc", "rtp", "ttfb", "ttfbb", "ttlb"), whole),
    **dict.fromkeys(("bg", "bs", "nr", "su"), truth),
    **dict.fromkeys(("e", "ot", "sf", "st", "sta"), _token),
    **dict.fromkeys(("cdn", "cen"), _string),
    "ec": _texts,
    "pr": decimal,
}
"""Key → how its value is read; None for a value of another type."""


def _member_of(key: str, read: Callable[[str], Any]) -> Callable[[str], str]:
    """A value as it is written → the member that is kept of it, as JSON inside of a JSON string; empty for nothing."""

    def member(written: str) -> str:
        value = read(written)
        return "" if value is None else _encode(_encode({key: value})[1:-1].decode())[1:-1].decode()

    return member


_MEMBERS: Final = {key: Remembered(_member_of(key, read)) for key, read in KEPT.items()}


def kept(said: Mapping[str, str]) -> str:
    """The column `data` of these members, with a comma before it, as it stands in a line; empty where it is null."""
    found = [
        member
        for key, written in said.items()
        if (members := _MEMBERS.get(key)) is not None and (member := members[written])
    ]
    return f',"data":"{{\\"cmcd\\":{{{",".join(found)}}}}}"' if found else ""
