"""The exclusion list in a flow, against `ipaddress`, and what asking it costs."""

import random
import time
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from flows.steps.addresses import packed
from flows.steps.exclusions import ExcludedNetworks

NETWORKS = 100_000
MOST_SECONDS = 1e-6
"""For one distinct address."""

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


def around(address: Address, length: int) -> Network:
    return ip_network((address, min(length, address.max_prefixlen)), strict=False)


def edges(network: Network) -> list[Address]:
    """Its first and last address, and those beside it where there are any."""
    first, last, end = int(network.network_address), int(network.broadcast_address), 2**network.max_prefixlen
    numbers = [number for number in (first - 1, first, last, last + 1) if 0 <= number < end]
    return [type(network.network_address)(number) for number in numbers]


networks = st.builds(around, st.ip_addresses(), st.integers(0, 128))


@given(st.lists(networks, max_size=12), st.lists(st.ip_addresses(), max_size=6), st.data())
def test_an_address_is_held_where_a_network_of_the_list_has_it(
    listed: list[Network], elsewhere: list[Address], data: st.DataObject
) -> None:
    nested = [around(network.network_address, network.prefixlen + data.draw(st.integers(0, 9))) for network in listed]
    every = listed + nested
    asked = elsewhere + [address for network in every for address in edges(network)]
    held = ExcludedNetworks(map(str, every)).hold([packed(str(address)) for address in asked])
    assert held.tolist() == [any(address in network for network in every) for address in asked]


def test_what_is_no_address_is_never_held() -> None:
    excluded = ExcludedNetworks(["0.0.0.0/0", "::/0"])
    none, some = ("", "unknown", "1.2.3", "1.2.3.4\0", "1.2.3.04"), ("::1", "1.2.3.4")
    assert not excluded.hold([packed(text) for text in none]).any()
    assert excluded.hold([packed(text) for text in some]).all()


def test_an_empty_list_holds_nothing() -> None:
    assert ExcludedNetworks(()).hold([packed("1.2.3.4"), packed("::1")]).tolist() == [False, False]
    assert ExcludedNetworks(["10.0.0.0/8"]).hold([]).tolist() == []


def test_an_address_costs_at_most_a_microsecond_among_a_hundred_thousand_networks() -> None:
    made = random.Random(7)
    four = [around(IPv4Address(made.getrandbits(32)), 24) for _ in range(NETWORKS // 2)]
    six = [around(IPv6Address(made.getrandbits(128)), 48) for _ in range(NETWORKS // 2)]
    excluded = ExcludedNetworks(map(str, [*four, *six]))
    addresses = [ip_address(made.getrandbits(32)).packed for _ in range(10_000)]
    addresses += [ip_address(made.getrandbits(128) | 1 << 127).packed for _ in range(10_000)]
    assert min(_seconds(excluded, addresses) for _ in range(7)) / len(addresses) <= MOST_SECONDS


def _seconds(excluded: ExcludedNetworks, addresses: list[bytes]) -> float:
    """Of this thread's processor, so that others on the machine do not count."""
    began = time.thread_time()
    excluded.hold(addresses)
    return time.thread_time() - began
