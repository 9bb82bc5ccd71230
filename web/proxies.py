"""Where a request really comes from: the peer, or what trusted proxies say of it."""

import ipaddress
import secrets
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

from msgspec import Struct
from starlette.datastructures import Headers

Address: TypeAlias = IPv4Address | IPv6Address

LONGEST_REQUEST_ID = 128
FORWARDING_HEADERS = ("x-forwarded-for", "x-client-ip", "forwarded", "x-real-ip")


class Origin(Struct, frozen=True):
    """Sender and name of a request; `trusted` when the peer is a trusted proxy, whose headers count."""

    client_ip: str
    trusted: bool
    request_id: str


class TrustedProxies:
    """The networks whose forwarding headers are believed."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = tuple(ipaddress.ip_network(network) for network in networks)
        self.trusts = lru_cache(maxsize=4096)(self._trusts)

    def origin(self, peer: str, headers: Headers) -> Origin:
        """The request's origin; from an untrusted peer the headers say nothing."""
        if not self.trusts(peer):
            return Origin(_plain(peer), False, _new_request_id())
        return Origin(self._client(peer, headers), True, _given_request_id(headers) or _new_request_id())

    def _trusts(self, peer: str) -> bool:
        address = parse_address(peer)
        return address is not None and any(address in network for network in self._networks)

    def _client(self, peer: str, headers: Headers) -> str:
        named = parse_address(headers.get("x-client-ip", ""))
        return str(named) if named is not None else self._walk(peer, headers.getlist("x-forwarded-for"))

    def _walk(self, peer: str, forwarded: list[str]) -> str:
        """From the right past trusted peers; what is no address ends the walk at the last hop that was one."""
        client = _plain(peer)
        hops = [hop for line in forwarded for hop in line.split(",")]
        for hop in reversed(hops):
            address = parse_address(hop)
            if address is None:
                return client
            client = str(address)
            if not self.trusts(client):
                return client
        return client


@lru_cache(maxsize=4096)
def parse_address(text: str) -> Address | None:
    """An address with or without port, brackets or zone; an IPv4-mapped IPv6 one as IPv4; None for anything else."""
    bare = _without_port(text.strip()).partition("%")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def forwarded_by_stranger(origin: Origin, headers: Headers) -> bool:
    """Whether someone who is no trusted proxy forwards for others: its address is not the client's."""
    return not origin.trusted and any(name in headers for name in FORWARDING_HEADERS)


def _without_port(text: str) -> str:
    if text.startswith("["):
        address, _, port = text[1:].partition("]")
        return address if not port or _is_port(port) else ""
    if text.count(":") == 1:
        address, _, port = text.partition(":")
        return address if _is_port(f":{port}") else ""
    return text


def _is_port(text: str) -> bool:
    return text.startswith(":") and text[1:].isascii() and text[1:].isdigit() and int(text[1:]) < 2**16


def _plain(peer: str) -> str:
    address = parse_address(peer)
    return peer if address is None else str(address)


def _given_request_id(headers: Headers) -> str | None:
    given = headers.get("x-request-id", "")
    return given if 0 < len(given) <= LONGEST_REQUEST_ID and given.isascii() and given.isprintable() else None


def _new_request_id() -> str:
    return secrets.token_hex(16)
