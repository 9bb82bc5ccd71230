"""The privacy exclusion list as flows ask it: sorted ranges of addresses, asked about a whole batch at once.

Networks nest or lie apart, and every one on the list excludes: whether the longest matching prefix is listed is
therefore whether any is. Nested ones are left out, so that each address has one range to be compared with.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flows.steps.addresses import packed

WIDTHS: Final = {4: ">u4", 16: "S16"}
"""Bytes of an address → how they are compared: as a number, or byte by byte."""

Bits = NDArray[np.bool_]


class ExcludedNetworks:
    """The networks of a list, in CIDR notation."""

    def __init__(self, networks: Iterable[str]) -> None:
        # of ranges that begin alike the widest comes first
        found = sorted(map(_bounds, networks), key=lambda bounds: (bounds[1], -bounds[2]))
        self._ranges = {width: _Ranges([bounds for size, *bounds in found if size == width], width) for width in WIDTHS}

    def hold(self, addresses: Sequence[bytes]) -> Bits:
        """For each address (4 or 16 bytes; none has any other length) whether a network of the list holds it."""
        held = np.zeros(len(addresses), np.bool_)
        widths = np.fromiter(map(len, addresses), np.int64, len(addresses))
        for width, ranges in self._ranges.items():
            places = np.flatnonzero(widths == width)
            if places.size:
                held[places] = ranges.hold(b"".join([addresses[place] for place in places.tolist()]))
        return held


class _Ranges:
    """Ranges of one family's addresses, given as first and last number of each, sorted."""

    def __init__(self, ranges: Iterable[Sequence[int]], width: int) -> None:
        outer = list(_outermost(ranges))
        self._dtype = WIDTHS[width]
        self._first = self._array(b"".join([first.to_bytes(width, "big") for first, _ in outer]))
        self._last = self._array(b"".join([last.to_bytes(width, "big") for _, last in outer]))

    def hold(self, addresses: bytes) -> Bits:
        """For each address, one after the other, whether a range holds it."""
        asked = self._array(addresses)
        if not self._first.size:
            return np.zeros(asked.size, np.bool_)
        before = np.searchsorted(self._first, asked, side="right") - 1
        held: Bits = (before >= 0) & (asked <= self._last[before])
        return held

    def _array(self, addresses: bytes) -> NDArray[Any]:
        """In the machine's own order of bytes, which is the quick one."""
        read = np.frombuffer(addresses, self._dtype)
        return read.astype(read.dtype.newbyteorder("="))


def _bounds(network: str) -> tuple[int, int, int]:
    """Bytes of an address, first and last address as numbers."""
    address, _, length = network.partition("/")
    parts = packed(address)
    first = int.from_bytes(parts, "big")
    return len(parts), first, first | (1 << 8 * len(parts) - int(length)) - 1


def _outermost(ranges: Iterable[Sequence[int]]) -> Iterator[tuple[int, int]]:
    """Those of sorted ranges that lie within no other."""
    end = -1
    for first, last in ranges:
        if first > end:
            yield first, last
            end = last
