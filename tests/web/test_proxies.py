"""Where a request comes from: trusted proxies, forwarding headers, addresses in every spelling."""

import pytest
from starlette.datastructures import Headers

from web.proxies import TrustedProxies, parse_address

TRUSTED = TrustedProxies(["10.0.0.0/8", "2001:db8:ff::/48"])

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
    headers = Headers(raw=[(b"x-forwarded-for", line.encode()) for line in forwarded])
    assert TRUSTED.origin(peer, headers).client_ip == client


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
    ],
)
def test_addresses_are_read_in_every_spelling_and_nothing_else_is_one(text: str, address: str | None) -> None:
    parsed = parse_address(text)
    assert (None if parsed is None else str(parsed)) == address


def test_a_trusted_peer_may_name_the_client_and_the_request() -> None:
    headers = Headers({"X-Client-IP": "198.51.100.7", "X-Forwarded-For": "192.0.2.1", "X-Request-Id": "r-1"})
    origin = TRUSTED.origin("10.0.0.1", headers)
    assert (origin.client_ip, origin.request_id, origin.trusted) == ("198.51.100.7", "r-1", True)


def test_a_stranger_names_neither() -> None:
    headers = Headers({"X-Client-IP": "198.51.100.7", "X-Request-Id": "r-1"})
    origin = TRUSTED.origin("203.0.113.9", headers)
    assert (origin.client_ip, origin.trusted) == ("203.0.113.9", False)
    assert origin.request_id != "r-1"


@pytest.mark.parametrize("given", ["", "x" * 129, "a\tb", "é"], ids=repr)
def test_a_request_id_that_is_no_plain_text_is_replaced(given: str) -> None:
    origin = TRUSTED.origin("10.0.0.1", Headers(raw=[(b"x-request-id", given.encode("latin-1"))]))
    assert len(origin.request_id) == 32


def test_request_ids_differ() -> None:
    assert len({TRUSTED.origin("10.0.0.1", Headers()).request_id for _ in range(1000)}) == 1000
