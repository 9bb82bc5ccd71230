"""The address that counts for place, privacy and prefix: an IPv4 address carried inside an IPv6 one is that address.

A tunnel's or translator's IPv6 address spells the client's IPv4 address out, so its first 48 bits may be all of it.
"""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import Final

Address = IPv4Address | IPv6Address

_IPV4_BITS: Final = 32
_IPV4_MASK: Final = 2**_IPV4_BITS - 1


def _last(address: IPv6Address) -> int:
    return int(address) & _IPV4_MASK


def _after_prefix(address: IPv6Address) -> int:
    """6to4: the 32 bits behind 2002."""
    return int(address) >> 80 & _IPV4_MASK


def _inverted(address: IPv6Address) -> int:
    """Teredo: the client's address with every bit turned over."""
    return ~int(address) & _IPV4_MASK


_CARRIERS: Final[tuple[tuple[IPv6Network, Callable[[IPv6Address], int]], ...]] = (
    (IPv6Network("::ffff:0:0/96"), _last),
    (IPv6Network("::ffff:0:0:0/96"), _last),
    (IPv6Network("64:ff9b::/96"), _last),
    (IPv6Network("64:ff9b:1::/48"), _last),
    (IPv6Network("::5efe:0:0/96"), _last),
    (IPv6Network("::200:5efe:0:0/96"), _last),
    (IPv6Network("fe80::5efe:0:0/96"), _last),
    (IPv6Network("fe80::200:5efe:0:0/96"), _last),
    (IPv6Network("2002::/16"), _after_prefix),
    (IPv6Network("2001::/32"), _inverted),
    (IPv6Network("::/96"), _last),
)
"""Mapped (RFC 4291), translated (RFC 7915), NAT64 (RFC 6052, RFC 8215 as /96), ISATAP without a network of its own
(RFC 5214), 6to4 (RFC 3056), Teredo (RFC 4380), IPv4-compatible (RFC 4291). An ISATAP address within a routed network
is not among them: there the network is what is known, and the rest is whatever the client wrote."""

_FIRST_COMPATIBLE: Final = 2**24
"""`::`, `::1` and their like carry no address."""


def counted(text: str) -> Address | None:
    """The address a text names, without zone, or the IPv4 address that it carries; None for what is no address."""
    try:
        if ":" not in text:
            return IPv4Address(text.partition("%")[0])
        address = IPv6Address(text.partition("%")[0])
    except ValueError:
        return None
    return _carried(address) or address


def packed(text: str) -> bytes:
    """The 4 or 16 bytes of the address a text names, without zone, as it came; none for what is no address."""
    try:
        return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text.partition("%")[0])
    except (OSError, ValueError):
        return b""


def _carried(address: IPv6Address) -> IPv4Address | None:
    if int(address) < _FIRST_COMPATIBLE:
        return None
    return next((IPv4Address(read(address)) for network, read in _CARRIERS if address in network), None)


def prefix(address: Address | None) -> str | None:
    """The address cut to /24 (IPv4) or /48 (IPv6)."""
    if address is None:
        return None
    kept = 24 if address.version == 4 else 48
    masked = int(address) >> (rest := address.max_prefixlen - kept) << rest
    return f"{type(address)(masked)}/{kept}"
