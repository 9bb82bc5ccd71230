"""Where a request comes from: trusted proxies, forwarding headers, addresses in every spelling."""

import pytest

from web.headers import RequestHeaders
from web.proxies import Origin, Origins, Proxies, _parsed, parse_address

IDENTITY = Proxies(["10.9.0.0/16", "198.51.100.1/32"])
ORIGINS = Origins(Proxies(["10.0.0.0/8", "2001:db8:ff::/48"]), IDENTITY)


def origin_of(peer: str, *headers: tuple[str, str]) -> Origin:
    return ORIGINS.of(peer, RequestHeaders((name.encode(), value.encode("latin-1")) for name, value in headers))


WALKS = {
    "no header": ("10.0.0.1", [], "10.0.0.1"),
    "a stranger's header": ("203.0.113.9", ["198.51.100.7"], "203.0.113.9"),
    "one hop": ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
    "past trusted hops": ("10.0.0.1", ["198.51.100.7, 10.0.0.3, 10.0.0.2"], "198.51.100.7"),
    "stops at the first stranger": ("10.0.0.1", ["1.1.1.1, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
    "only trusted hops": ("10.0.0.1", ["10.0.0.4, 10.0.0.3"], "10.0.0.4"),
    "several header lines": ("10.0.0.1", ["198.51.100.7", "10.0.0.2"], "198.51.100.7"),
    "garbage": ("10.0.0.1", ["<script>"], "10.0.0.1"),
    "garbage behind a trusted hop": ("10.0.0.1", ["unknown, 10.0.0.2"], "10.0.0.2"),
    "empty": ("10.0.0.1", [""], "10.0.0.1"),
    "with a port": ("10.0.0.1", ["198.51.100.7:5123"], "198.51.100.7"),
    "IPv6": ("2001:db8:ff::1", ["2001:db8::7"], "2001:db8::7"),
    "IPv6 with a port": ("10.0.0.1", ["[2001:db8::7]:443"], "2001:db8::7"),
    "IPv4 in IPv6 as peer": ("::ffff:10.0.0.1", ["::ffff:198.51.100.7"], "198.51.100.7"),
    "IPv4 in IPv6 as stranger": ("::ffff:203.0.113.9", ["198.51.100.7"], "203.0.113.9"),
    "no peer": ("", ["198.51.100.7"], ""),
}


@pytest.mark.parametrize(("peer", "forwarded", "client"), WALKS.values(), ids=WALKS)
def test_the_client_is_the_first_stranger_from_the_right(peer: str, forwarded: list[str], client: str) -> None:
    assert origin_of(peer, *(("x-forwarded-for", line) for line in forwarded)).client_ip == client


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1:80 ", "192.0.2.1"),
        ("[::1]", "::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:http", None),
        ("192.0.2.1:99999", None),
        ("[::1]x", None),
        ("192.0.2.256", None),
        ("localhost", None),
        ("192.0.2.1:²", None),
        ("192.0.2.1:", None),
        ("192.0.2.1:+80", None),
        ("192.0.2.1:8_0", None),
        ("192.0.2.1: 80", None),
        ("1.2.3.4:" + "7" * 4301, None),
        ("[::1]:" + "7" * 4301, None),
        ("[::1]x80", None),
        ("[::1]80", None),
        ("1" * 5000, None),
        ("fe80::1%" + "z" * 5000, None),
        ("٣.٣.٣.٣", None),
    ],
)
def test_addresses_are_read_in_every_spelling_and_nothing_else_is_one(text: str, address: str | None) -> None:
    parsed = parse_address(text)
    assert (None if parsed is None else str(parsed)) == address


def test_a_trusted_peer_may_name_the_client_and_the_request() -> None:
    named = (("x-client-ip", "198.51.100.7"), ("x-forwarded-for", "192.0.2.1"), ("x-request-id", "r-1"))
    origin = origin_of("10.0.0.1", *named)
    assert (origin.client_ip, origin.request_id, origin.trusted) == ("198.51.100.7", "r-1", True)


def test_a_stranger_names_neither() -> None:
    origin = origin_of("203.0.113.9", ("x-client-ip", "198.51.100.7"), ("x-request-id", "r-1"))
    assert (origin.client_ip, origin.trusted) == ("203.0.113.9", False)
    assert origin.request_id != "r-1"


@pytest.mark.parametrize("given", ["", "x" * 129, "a\tb", "é"], ids=repr)
def test_a_request_id_that_is_no_plain_text_is_replaced(given: str) -> None:
    assert len(origin_of("10.0.0.1", ("x-request-id", given)).request_id) == 32


def test_request_ids_differ() -> None:
    assert len({origin_of("10.0.0.1").request_id for _ in range(1000)}) == 1000


def test_an_address_or_request_id_given_twice_says_nothing() -> None:
    twice = (("x-client-ip", "192.0.2.1"), ("x-client-ip", "192.0.2.2"), ("x-request-id", "a"), ("x-request-id", "b"))
    origin = origin_of("10.0.0.1", *twice, ("x-forwarded-for", "198.51.100.7"))
    assert origin.client_ip == "198.51.100.7"
    assert len(origin.request_id) == 32


@pytest.mark.parametrize(
    ("peer", "trusted", "names_callers"),
    [
        ("10.0.0.1", True, False),
        ("10.9.0.1", True, True),
        ("198.51.100.1", False, True),
        ("203.0.113.9", False, False),
        ("", False, False),
    ],
)
def test_a_proxy_is_believed_for_what_its_setting_says_and_no_more(
    peer: str, trusted: bool, names_callers: bool
) -> None:
    origin = origin_of(peer, ("x-forwarded-for", "192.0.2.1"))
    assert (origin.trusted, origin.names_callers) == (trusted, names_callers)
    assert origin.client_ip == ("192.0.2.1" if trusted else peer)


def test_the_memory_of_addresses_holds_no_long_ones() -> None:
    before = _parsed.cache_info().currsize
    assert parse_address("1.2.3.4:" + "7" * 60_000) is None
    assert _parsed.cache_info().currsize == before
