"""Where a request really comes from: the peer, or what trusted proxies say of it; and who may name its caller."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from socket import AF_INET, inet_pton
from typing import TypeAlias

from msgspec import Struct
from starlette.types import Scope

from schemas.shared.random_digits import random_digits
from web.digits import whole_number
from web.headers import RequestHeaders

Address: TypeAlias = IPv4Address | IPv6Address

LONGEST_REQUEST_ID = 128
MOST_CLIENTS = 4096
LONGEST_KEPT = 256
"""Characters of forwarding headers that are not worth reading twice when they are longer."""
LONGEST_ADDRESS = 64
"""Characters of the longest address with brackets, zone and port; what is longer is none."""
HIGHEST_PORT = 2**16 - 1
LONGEST_HOST_BITS = 64
"""Of an IPv6 address the rest is for its holder to choose."""
FORWARDING_HEADERS = ("X-Forwarded-For", "X-Client-IP", "Forwarded", "X-Real-IP")
PASSING_HEADERS = (*FORWARDING_HEADERS, "Via", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port")
"""What a proxy adds that passes a request on, whatever it says of the client."""


class Origin(Struct, frozen=True):
    """Sender and name of a request.

    `trusted` when the peer is a proxy believed for both; `names_callers` when it is believed for who the caller is.
    """

    client_ip: str
    trusted: bool
    names_callers: bool
    request_id: str


class Proxies:
    """Networks of proxies that are believed for one thing."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = tuple(ipaddress.ip_network(network) for network in networks)
        self.hold = lru_cache(maxsize=4096)(self._hold)

    def _hold(self, peer: str) -> bool:
        address = parse_address(peer)
        return address is not None and self.have(address)

    def have(self, address: Address) -> bool:
        """Whether it is one of theirs; `hold` remembers what it has been asked."""
        return any(address in network for network in self._networks)


class Origins:
    """Tells a request's origin: `trusted` are believed for address and request id, `identity` for the caller."""

    def __init__(self, trusted: Proxies, identity: Proxies) -> None:
        self._trusted = trusted
        self._identity = identity
        self._named_before = lru_cache(maxsize=MOST_CLIENTS)(self._named)

    def of(self, peer: str, headers: RequestHeaders) -> Origin:
        """The request's origin; from an untrusted peer the headers say nothing."""
        names_callers = self._identity.hold(peer)
        if not self._trusted.hold(peer):
            return Origin(_plain(peer), False, names_callers, _new_request_id())
        request_id = _given_request_id(headers) or _new_request_id()
        return Origin(self._client(peer, headers), True, names_callers, request_id)

    def _client(self, peer: str, headers: RequestHeaders) -> str:
        given, hops = headers.single("X-Client-IP") or "", headers.joined("X-Forwarded-For")
        named = self._named_before if len(given) + len(hops) <= LONGEST_KEPT else self._named
        return named(peer, given, hops)

    def _named(self, peer: str, given: str, hops: str) -> str:
        """The client by what X-Client-IP and X-Forwarded-For say, "" where they say nothing."""
        return _written(given) or self._walk(hops.split(",")) or _plain(peer)

    def _walk(self, hops: list[str]) -> str:
        """From the right past trusted peers; what is no address ends the walk at the last hop that was one."""
        client = None
        for hop in reversed(hops):
            address = parse_address(hop.strip(" \t"))
            if address is None:
                break
            client = address
            if not self._trusted.have(client):
                break
        return "" if client is None else str(client)


def peer_of(scope: Scope) -> str:
    """The address that a request's connection comes from, "" where it has none."""
    client: tuple[str, int] | None = scope.get("client")
    return client[0] if client else ""


def parse_address(text: str) -> Address | None:
    """An address with or without port, brackets or zone; an IPv4-mapped IPv6 one as IPv4; None for anything else."""
    return _parsed(text) if len(text) <= LONGEST_ADDRESS else None


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Address | None:
    plain = _plain_ipv4(text)
    if plain is not None:
        return plain
    bare = _without_port(text.strip()).partition("%")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _plain_ipv4(text: str) -> IPv4Address | None:
    """What nearly all are, in a quarter of the time: floods come by more addresses than anybody remembers."""
    try:
        return IPv4Address(inet_pton(AF_INET, text))
    except (OSError, ValueError):
        return None


def network_of(client_ip: str) -> str:
    """Whose address it is, as far as it can be told: of IPv6 a network, since who has one has all of it."""
    return _network_of(client_ip) if ":" in client_ip else client_ip


@lru_cache(maxsize=4096)
def _network_of(client_ip: str) -> str:
    address = parse_address(client_ip)
    if address is None or address.version == 4:
        return client_ip
    return str(ipaddress.ip_network((address, LONGEST_HOST_BITS), strict=False))


def forwarded_by_stranger(origin: Origin, headers: RequestHeaders) -> bool:
    """Whether someone who is no trusted proxy forwards for others: its address is not the client's."""
    return not origin.trusted and any(name in headers for name in FORWARDING_HEADERS)


def comes_from_here(peer: str | None, headers: RequestHeaders) -> bool:
    """Whether a request comes from this machine itself, by its socket's peer, and nobody says to have passed it on."""
    address = None if peer is None else parse_address(peer)
    return address is not None and address.is_loopback and not any(name in headers for name in PASSING_HEADERS)


def _without_port(text: str) -> str:
    if text.startswith("["):
        address, _, port = text[1:].partition("]")
        return address if not port or (port[0] == ":" and _is_port(port[1:])) else ""
    if text.count(":") == 1:
        address, _, port = text.partition(":")
        return address if _is_port(port) else ""
    return text


def _is_port(text: str) -> bool:
    return whole_number(text, HIGHEST_PORT) is not None


def _plain(peer: str) -> str:
    return _written(peer) or peer


def _written(text: str) -> str | None:
    """An address as it writes itself, None for what is none."""
    return _rewritten(text) if len(text) <= LONGEST_ADDRESS else None


@lru_cache(maxsize=4096)
def _rewritten(text: str) -> str | None:
    address = _parsed(text)
    return None if address is None else str(address)


def _given_request_id(headers: RequestHeaders) -> str | None:
    given = headers.single("X-Request-Id") or ""
    return given if 0 < len(given) <= LONGEST_REQUEST_ID and given.isascii() and given.isprintable() else None


def _new_request_id() -> str:
    return random_digits() + random_digits()
