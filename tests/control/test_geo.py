"""Geo databases and privacy exclusions as control keeps them, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, ip_address, ip_network
from uuid import NAMESPACE_URL, UUID, uuid5

from control.exclusions import NAMESPACE, Changes, Listed
from control.geo import GeoDescription, GeoUpdate
from control.store import Control

BUILT = datetime(2026, 2, 15, 6, tzinfo=UTC)
UPDATED = datetime(2026, 2, 10, tzinfo=UTC)


def description(digit: str) -> GeoDescription:
    return GeoDescription(digit * 64, "GeoLite2-City", BUILT, 4_200_000)


def listed(network: str, updated: datetime = UPDATED) -> Listed:
    return Listed("ccpa_do_not_sell", ip_network(network), updated)


def test_the_newest_download_is_in_force_and_before_the_first_the_file(control: Control) -> None:
    assert control.geo.in_force() is None
    control.geo.opened_file(description("0"))
    control.geo.opened_file(description("1"))
    file = control.geo.in_force()
    assert file is not None
    assert (file.digest, file.blob, control.geo.downloaded()) == ("1" * 64, None, None)
    for digit in ("2", "3"):
        control.geo.install(description(digit), "a" * 64, f"geo/{digit}.mmdb")
    newest = control.geo.downloaded()
    assert newest is not None
    assert (newest.digest, newest.built_at, newest.entries, newest.blob) == ("3" * 64, BUILT, 4_200_000, "geo/3.mmdb")
    control.geo.opened_file(None)
    assert control.geo.in_force() == newest


def test_an_update_comes_to_what_its_newest_attempt_said(control: Control) -> None:
    assert control.geo.outcome(7) is None
    control.geo.note(7, "failed", "away")
    control.geo.note(7, "updated")
    control.geo.note(8, "failed", "away")
    assert [control.geo.outcome(job) for job in (7, 8)] == [GeoUpdate("updated", None), GeoUpdate("failed", "away")]


def test_exclusions_are_taken_over_whole_or_in_part_and_counted(control: Control) -> None:
    exclusions = control.exclusions
    assert (exclusions.version(), exclusions.newest(), exclusions.active()) == (0, None, [])
    both = [listed("198.51.100.0/24"), listed("2001:db8::/32")]
    assert exclusions.apply(1, both, whole=False) == Changes(2, 0, 0)
    assert exclusions.apply(1, both, whole=True) == Changes(0, 0, 0)
    later = UPDATED + timedelta(days=1)
    first = exclusions.version()
    assert exclusions.apply(1, [listed("198.51.100.0/24", later)], whole=False) == Changes(0, 1, 0)
    assert exclusions.apply(2, [listed("198.51.100.0/24", later)], whole=True) == Changes(0, 0, 1)
    assert exclusions.version() > first > 0
    assert (exclusions.newest(), exclusions.active()) == (later, ["198.51.100.0/24"])
    assert (exclusions.changes(1), exclusions.changes(2)) == (Changes(2, 1, 0), Changes(0, 0, 1))


def test_an_exclusion_has_the_same_id_wherever_it_is_kept() -> None:
    one = listed("198.51.100.0/24")
    assert UUID(one.id) == uuid5(NAMESPACE, "ccpa_do_not_sell198.51.100.0/24")
    assert uuid5(NAMESPACE_URL, "ccpa_do_not_sell198.51.100.0/24") != UUID(one.id)


def test_the_list_is_by_address_and_not_by_text(control: Control) -> None:
    networks = ["9.0.0.0/8", "10.0.0.0/8", "10.0.0.0/16", "100.0.0.0/8", "::/8", "2001:db8::/32"]
    control.exclusions.apply(1, [listed(network) for network in reversed(networks)], whole=True)
    pages = [control.exclusions.page(number, 4) for number in (1, 2, 3)]
    assert [row.network for rows, _ in pages for row in rows] == networks
    assert {total for _, total in pages} == {6}


def test_a_large_list_is_taken_over_by_one_of_two_that_try_at_once(control: Control) -> None:
    networks = [Listed("ccpa_do_not_sell", IPv4Network((number << 8, 24)), UPDATED) for number in range(6000)]
    with ThreadPoolExecutor(2) as pool:
        changes = list(pool.map(lambda job: control.exclusions.apply(job, networks, whole=True), (1, 2)))
    assert sorted(change.added for change in changes) == [0, 6000]
    assert control.exclusions.apply(3, networks[:10], whole=True) == Changes(0, 0, 5990)
    assert control.exclusions.covering(ip_address("0.0.9.1")) is not None
    assert control.exclusions.covering(ip_address("0.0.10.1")) is None
