"""Which bytes of a blob a request asks for (RFC 9110, 14), and whether the blob is still the one that it knows.

One range is answered. Of several, or of what is no range, the whole is, as the RFC allows.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from web.digits import whole_number
from web.problems import Problem

_RANGE = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)", re.ASCII)
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From `begin` up to `end`, which is not among them, of `size` bytes."""

    begin: int
    end: int
    size: int

    @property
    def length(self) -> int:
        """Bytes in it."""
        return self.end - self.begin

    @property
    def content_range(self) -> str:
        """As the header says it."""
        return f"bytes {self.begin}-{self.end - 1}/{self.size}"


def asked_range(header: str, size: int) -> ByteRange | None:
    """The one range asked for; None where the whole is to be answered. Raises the 416 where no byte is in it."""
    found = _RANGE.fullmatch(header)
    if found is None or not (found["first"] or found["last"]):
        return None
    first, last = whole_number(found["first"], LARGEST), whole_number(found["last"], LARGEST)
    if found["first"]:
        return _from(first, LARGEST if last is None else last, size)
    return _checked(max(0, size - (last or 0)), size, size)


def still_the_same(if_range: str, tag: str) -> bool:
    """Whether a range may be answered: the client has other parts of this very blob, or does not ask."""
    return if_range in ("", tag)


def known_already(if_none_match: Iterable[str], tag: str) -> bool:
    """Whether the client has this very blob."""
    return any(known in (tag, f"W/{tag}", "*") for known in if_none_match)


def _from(first: int | None, last: int, size: int) -> ByteRange | None:
    if first is not None and first > last:
        return None
    return _checked(LARGEST if first is None else first, min(last + 1, size), size)


def _checked(begin: int, end: int, size: int) -> ByteRange:
    if begin >= end:
        detail = f"The file has {size} bytes, and none of them is in the range."
        raise Problem(416, "range_not_satisfiable", detail, headers={"Content-Range": f"bytes */{size}"})
    return ByteRange(begin, end, size)
