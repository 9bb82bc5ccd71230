"""The privacy exclusion list as flows ask it: sorted ranges of addresses, asked about a whole batch at once.

Networks nest or lie apart, and every one on the list excludes: whether the longest matching prefix is listed is
therefore whether any is. Nested ones are left out, so that each address has one range to be compared with.
"""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

import numpy as np
from numpy.typing import NDArray

WIDTHS: Final = {4: np.dtype(">u4"), 16: np.dtype("S16")}
"""Bytes of an address → how they are compared: as a number, or byte by byte."""

Bits = NDArray[np.bool_]


class ExcludedNetworks:
    """The networks of a list, in CIDR notation."""

    def __init__(self, networks: Iterable[str]) -> None:
        read = sorted(
            map(ip_network, networks), key=lambda network: (network.network_address.packed, network.prefixlen)
        )
        self._ranges = {
            width: _Ranges([network for network in read if network.max_prefixlen == 8 * width], dtype)
            for width, dtype in WIDTHS.items()
        }

    def hold(self, addresses: Sequence[bytes]) -> Bits:
        """For each address (4 or 16 bytes; none has any other length) whether a network of the list holds it."""
        held = np.zeros(len(addresses), np.bool_)
        for width, ranges in self._ranges.items():
            places = [place for place, address in enumerate(addresses) if len(address) == width]
            if places:
                held[places] = ranges.hold(b"".join([addresses[place] for place in places]))
        return held


class _Ranges:
    """Ranges of one family's addresses, sorted and apart."""

    def __init__(self, networks: Sequence[IPv4Network | IPv6Network], dtype: "np.dtype[np.generic]") -> None:
        outer = _outermost(networks)
        self._dtype = dtype
        self._first = self._array(b"".join(network.network_address.packed for network in outer))
        self._last = self._array(b"".join(network.broadcast_address.packed for network in outer))

    def hold(self, packed: bytes) -> Bits:
        """For each address, one after the other, whether a range holds it."""
        addresses = self._array(packed)
        if not self._first.size:
            return np.zeros(addresses.size, np.bool_)
        before = np.searchsorted(self._first, addresses, side="right") - 1
        # -1, which lies before every range, is compared with the last one: its first address is beyond
        return (before >= 0) & (addresses <= self._last[before])

    def _array(self, packed: bytes) -> NDArray[np.generic]:
        read = np.frombuffer(packed, self._dtype)
        return read.astype(self._dtype.newbyteorder("="))


def _outermost(networks: Sequence[IPv4Network | IPv6Network]) -> list[IPv4Network | IPv6Network]:
    """Those of sorted networks that lie within no other."""
    outer: list[IPv4Network | IPv6Network] = []
    for network in networks:
        if not outer or network.network_address > outer[-1].broadcast_address:  # type: ignore[operator]
            outer.append(network)
    return outer
