"""The synchronisation of privacy exclusions, against a server that behaves like MaxMind's."""

from ipaddress import ip_address, ip_network

import pytest

from control.exclusions import SYNC_KIND, Changes
from jobs.lake import Lake
from tests.jobs.maxmind.conftest import Do
from tests.kit.maxmind import MaxMindServer

FIRST, SECOND, THIRD = "2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z", "2026-02-03T00:00:00Z"


def test_everything_is_taken_over_and_then_only_what_is_new(server: MaxMindServer, work: Do, lake: Lake) -> None:
    server.list("198.51.100.0/24", FIRST)
    server.list("2001:db8::/32", SECOND)
    assert lake.control.exclusions.changes(work(SYNC_KIND).id) == Changes(2, 0, 0)
    version = lake.control.exclusions.version()
    server.asked.clear()
    assert lake.control.exclusions.changes(work(SYNC_KIND).id) == Changes(0, 0, 0)
    assert server.asked[0][2] == {"updates_after": "2026-02-01T23:59:59Z"}
    assert lake.control.exclusions.version() == version, "nothing has changed, so flows read nothing again"
    server.list("203.0.113.0/24", THIRD)
    server.exclusions[0]["last_updated"] = THIRD
    assert lake.control.exclusions.changes(work(SYNC_KIND).id) == Changes(1, 1, 0)
    assert lake.control.exclusions.version() > version
    assert sorted(lake.control.exclusions.active()) == ["198.51.100.0/24", "2001:db8::/32", "203.0.113.0/24"]


def test_pages_are_asked_for_until_nothing_new_comes(server: MaxMindServer, work: Do, lake: Lake) -> None:
    server.page = 7
    for number in range(40):
        server.list(f"10.0.{number}.0/24", f"2026-02-01T00:{number:02}:00Z")
    assert lake.control.exclusions.changes(work(SYNC_KIND).id) == Changes(40, 0, 0)


def test_a_full_one_marks_what_has_left_the_list(server: MaxMindServer, work: Do, lake: Lake) -> None:
    server.list("198.51.100.0/24")
    server.list("203.0.113.0/24")
    work(SYNC_KIND)
    gone = server.exclusions.pop()
    assert lake.control.exclusions.changes(work(SYNC_KIND).id) == Changes(0, 0, 0)
    assert lake.control.exclusions.changes(work(SYNC_KIND, {"full": True}).id) == Changes(0, 0, 1)
    rows, total = lake.control.exclusions.page(1, 10)
    assert ([(row.network, row.is_active) for row in rows], total) == (
        [("198.51.100.0/24", True), ("203.0.113.0/24", False)],
        2,
    )
    assert lake.control.exclusions.covering(ip_address("203.0.113.9")) is None
    server.exclusions.append({**gone, "last_updated": THIRD})
    assert lake.control.exclusions.changes(work(SYNC_KIND, {"full": True}).id) == Changes(0, 1, 0)


def test_what_is_no_network_is_passed_over(server: MaxMindServer, work: Do, lake: Lake) -> None:
    server.list("somebody@example.org", data_type="email")
    server.list("198.51.100.0/24")
    assert lake.control.exclusions.changes(work(SYNC_KIND).id) == Changes(1, 0, 0)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"value": "198.51.100.7/24"}, "no network in CIDR notation"),
        ({"last_updated": "yesterday"}, "last_updated"),
        ({"exclusion_type": 7}, "not as documented"),
    ],
)
def test_a_list_that_cannot_be_understood_changes_nothing(
    item: dict[str, object], reason: str, server: MaxMindServer, work: Do, lake: Lake
) -> None:
    server.list("203.0.113.0/24")
    server.list("198.51.100.0/24")
    server.exclusions[1].update(item)
    job = work(SYNC_KIND)
    assert job.state == "failed"
    assert reason in str(job.reason)
    assert lake.control.exclusions.active() == []


def test_maxminds_own_words_are_the_reason(server: MaxMindServer, work: Do) -> None:
    server.status = 403
    job = work(SYNC_KIND)
    assert job.state == "failed"
    assert "403 SERVER_ERROR: something is wrong here" in str(job.reason)
    server.status = 429
    assert work(SYNC_KIND).state == "queued"


def test_the_longest_prefix_covers(server: MaxMindServer, work: Do, lake: Lake) -> None:
    for network in ("198.51.0.0/16", "198.51.100.0/24", "2001:db8::/32", "2001:db8:1::/48"):
        server.list(network)
    work(SYNC_KIND)
    asked = {"198.51.100.45": "198.51.100.0/24", "198.51.7.1": "198.51.0.0/16", "2001:db8:1::5": "2001:db8:1::/48"}
    for address, network in asked.items():
        found = lake.control.exclusions.covering(ip_address(address))
        assert found is not None
        assert found.network == network
        assert ip_address(address) in ip_network(found.network)
    assert lake.control.exclusions.covering(ip_address("192.0.2.1")) is None
