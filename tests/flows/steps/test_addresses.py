"""The address that counts, its prefix, its place and its exclusion."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.steps.addresses import counted, prefix
from flows.steps.exclusions import ExcludedNetworks
from flows.steps.geo import Geo
from flows.steps.places import fixed
from kinelake.example.geo import write_geo_database
from kinelake.example.places import PLACES
from tests.kit.fuzzing import fuzzed

RIGHT = {
    "203.0.113.5": "203.0.113.0/24",
    "2002:cb00:7105::1": "203.0.113.0/24",
    "64:ff9b::cb00:7105": "203.0.113.0/24",
    "64:ff9b:1::203.0.113.5": "203.0.113.0/24",
    "64:ff9b:1:fffe::203.0.113.5": "203.0.113.0/24",
    "2001:0:53aa:64c:0:fbfe:34ff:8efa": "203.0.113.0/24",
    "::ffff:203.0.113.5": "203.0.113.0/24",
    "::ffff:0:203.0.113.5": "203.0.113.0/24",
    "::203.0.113.5": "203.0.113.0/24",
    "::5efe:203.0.113.5": "203.0.113.0/24",
    "::200:5efe:203.0.113.5": "203.0.113.0/24",
    "fe80::5efe:203.0.113.5%eth0": "203.0.113.0/24",
    "2001:db8:1:2:0:5efe:203.0.113.5": "2001:db8:1::/48",
    "2001:db8:1:2:3:4:5:6": "2001:db8:1::/48",
    "fe80::1:2:3%en0": "fe80::/48",
    "::1": "::/48",
    "::": "::/48",
    "203.0.113.5:443": None,
    "203.0.113.05": None,
    "unknown": None,
    "": None,
}


@pytest.mark.parametrize("address", RIGHT)
def test_an_address_has_its_prefix(address: str) -> None:
    assert prefix(counted(address)) == RIGHT[address]


CARRIED: dict[str, Callable[[int], int]] = {
    "mapped": lambda v4: int(ip_address("::ffff:0:0")) | v4,
    "translated": lambda v4: int(ip_address("::ffff:0:0:0")) | v4,
    "NAT64": lambda v4: int(ip_address("64:ff9b::")) | v4,
    "local NAT64": lambda v4: int(ip_address("64:ff9b:1:ab::")) | v4,
    "ISATAP": lambda v4: int(ip_address("::5efe:0:0")) | v4,
    "6to4": lambda v4: 0x2002 << 112 | v4 << 80 | 0x1234,
    "Teredo": lambda v4: 0x20010000 << 96 | 0x41424344 << 64 | ~v4 & 0xFFFFFFFF,
    "compatible": lambda v4: v4,
}


@given(v4=st.integers(2**24, 2**32 - 1), carrier=st.sampled_from(list(CARRIED)))
@fuzzed(1000)
def test_however_it_is_carried_no_more_than_24_bits_of_an_ipv4_address_show(v4: int, carrier: str) -> None:
    carried = IPv6Address(CARRIED[carrier](v4))
    assert counted(str(carried)) == IPv4Address(v4)
    assert prefix(counted(str(carried))) == str(ip_network((v4, 24), strict=False))


@given(st.ip_addresses())
@fuzzed(1000)
def test_a_prefix_says_24_bits_of_ipv4_or_48_of_ipv6(address: IPv4Address | IPv6Address) -> None:
    cut = ip_network(prefix(counted(str(address))) or "")
    assert cut.prefixlen == (24 if cut.version == 4 else 48)
    assert cut.version == 4 or address in cut


@given(st.text(max_size=60))
@fuzzed(1000)
def test_what_is_no_address_has_no_prefix(text: str) -> None:
    shown = prefix(counted(text))
    assert shown is None or ip_network(shown).prefixlen in (24, 48)


def test_a_carried_address_has_the_place_of_what_it_carries(tmp_path: Path) -> None:
    at = IPv4Address(int(ip_network(PLACES[0].networks[0]).network_address) + 9)
    six = str(IPv6Address(CARRIED["6to4"](int(at))))
    rows = Geo(fixed(write_geo_database(tmp_path / "geo.mmdb"), ExcludedNetworks(()))).columns([str(at), six])
    assert rows["country_code"][0] is not None
    assert rows.row(0) == rows.row(1)


@pytest.mark.parametrize("listed", ["203.0.113.5", "2002:cb00:7105::1"])
def test_an_address_is_excluded_as_it_came_and_as_what_it_carries(tmp_path: Path, listed: str) -> None:
    geo = Geo(fixed(write_geo_database(tmp_path / "geo.mmdb"), ExcludedNetworks([str(ip_network(listed))])))
    row = geo.columns(["2002:cb00:7105::1"]).row(0, named=True)
    assert row["privacy_excluded"]
    assert row["country_code"] is None
