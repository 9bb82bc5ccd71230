"""Faults that were found in use, each with its right value: real HTTP in, real tables and answers out."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.kit.running import waiting
from tests.kit.site import Site, event

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults_in_use")]

EVENTS = "/v1/media/events"
AGENT = "Aftonbladet/8.1.0 (iPhone; iOS 17.4; Scale/3.00)"
BEYOND = "9999-12-31T23:59:59-14:00"
RATE = {"position_seconds": 1, "current_bitrate": 5_000_000, "playback_rate": 1e308}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("faults") / "data", epoch_seconds=0.2)
    with made.role("web"), made.role("flow"):
        yield made


@pytest.fixture(scope="module")
def user(site: Site) -> Iterator[httpx.Client]:
    with site.client("user") as client:
        yield client


@pytest.fixture(scope="module")
def specialist(site: Site) -> Iterator[httpx.Client]:
    with site.client("specialist") as client:
        yield client


def row(site: Site, event_id: str) -> dict[str, Any]:
    site.caught_up()
    rows = site.rows()
    (found,) = rows.filter(rows["event_id"] == event_id).iter_rows(named=True)
    return found


def taken(site: Site, user: httpx.Client, body: dict[str, Any], *headers: tuple[str, str]) -> dict[str, Any]:
    """The stored row of an event that was answered with 202."""
    answer = user.post(EVENTS, json=body, headers=list(headers))
    assert answer.status_code == 202, answer.text
    return row(site, body["event_id"])


def refused(user: httpx.Client, body: dict[str, Any]) -> list[str]:
    """The fields that a 400 names."""
    answer = user.post(EVENTS, json=body)
    assert answer.status_code == 400, answer.text
    return [error["field"] for error in answer.json()["errors"]]


def test_an_impossible_rate_is_refused_and_the_organisations_numbers_stand(
    site: Site, user: httpx.Client, specialist: httpx.Client
) -> None:
    at = [f"2026-02-17T10:00:{second:02d}Z" for second in (0, 10)]
    own = {"session_id": "rates", "sent_at": at[1]}
    taken(site, user, event(**own, timestamp=at[0], data={"position_seconds": 0}))
    steady = {"position_seconds": 10, "current_bitrate": 1_000_000}
    received = taken(site, user, event(**own, event="heartbeat", timestamp=at[1], data=steady))["received_at"]
    assert refused(user, event(**own, event="heartbeat", timestamp=at[1], data=RATE)) == ["data.playback_rate"]
    (group,) = waiting(lambda: groups_as_of(specialist, received))
    assert group["avg_bitrate"] == 1_000_000


def groups_as_of(specialist: httpx.Client, received: datetime) -> list[dict[str, Any]] | None:
    """Statistics that have what was received until then; None while they do not say so."""
    answer = specialist.get("/v1/media/bandwidth/stats?group_by=connection_type")
    if answer.status_code == 503:
        return None
    as_of = answer.headers.get("X-Data-As-Of")
    groups: list[dict[str, Any]] = answer.json()["stats"]
    return groups if as_of is not None and datetime.fromisoformat(as_of) > received else None


def test_a_clock_beyond_the_calendar_is_refused_and_reading_goes_on(
    user: httpx.Client, specialist: httpx.Client
) -> None:
    assert refused(user, event(timestamp=BEYOND, sent_at=BEYOND)) == ["timestamp"]
    assert specialist.get(EVENTS).status_code == 200


@pytest.mark.parametrize("query", ["limit=0000010001", "from=0001-01-01T00:00:00Z"])
def test_digits_and_times_that_are_none_in_a_query_are_a_400(specialist: httpx.Client, query: str) -> None:
    answer = specialist.get(f"{EVENTS}?{query}")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [query.partition("=")[0]]


def test_an_address_with_a_port_of_4301_digits_is_none_and_the_event_is_taken(site: Site, user: httpx.Client) -> None:
    stored = taken(site, user, event(), ("X-Forwarded-For", "1.2.3.4:" + "9" * 4301))
    assert stored["ip_prefix"] == "127.0.0.0/24"


def test_an_ipv4_address_in_an_ipv6_one_keeps_24_bits(site: Site, user: httpx.Client) -> None:
    assert taken(site, user, event(), ("X-Forwarded-For", "2002:cb00:7105::1"))["ip_prefix"] == "203.0.113.0/24"


def test_of_two_consent_levels_the_lowest_decides(user: httpx.Client) -> None:
    for levels in (("3", "1"), ("1", "3")):
        answer = user.post(EVENTS, json=event(), headers=[("X-Consent-Level", level) for level in levels])
        assert (answer.status_code, answer.json()["code"]) == (403, "consent_required")


@pytest.mark.parametrize(
    "twice",
    [
        ("Authorization", "Bearer x"),
        ("Content-Type", "application/json"),
        ("Content-Encoding", "identity"),
    ],
)
def test_a_header_that_decides_and_stands_twice_is_a_400(user: httpx.Client, twice: tuple[str, str]) -> None:
    lines = [*user.headers.multi_items(), ("Content-Type", "application/json"), twice, twice]
    answer = httpx.post(user.base_url.join(EVENTS), json=event(), headers=lines, timeout=60)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [twice[0]])


def test_a_signal_with_a_blank_behind_it_is_seen_and_none_is_false(site: Site, user: httpx.Client) -> None:
    asked = event()
    # httpx refuses to send the blank
    headers = {**user.headers, "Content-Type": "application/json", "Sec-GPC": "1 "}
    request = urllib.request.Request(str(user.base_url.join(EVENTS)), json.dumps(asked).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 202
    assert row(site, asked["event_id"])["gpc"] is True
    stored = taken(site, user, event(event="error", data={"error_code": "E"}))
    assert (stored["gpc"], stored["fatal"]) == (False, True)


def test_a_whole_number_may_have_a_zero_fraction(site: Site, user: httpx.Client) -> None:
    assert taken(site, user, event(event="milestone", data={"percent": 25.0}))["percent"] == 25
    assert refused(user, event(event="milestone", data={"percent": 25.5})) == ["data.percent"]


def test_an_iphone_app_of_a_newspaper_is_no_tv(site: Site, user: httpx.Client) -> None:
    assert taken(site, user, event(), ("User-Agent", AGENT))["device_type"] == "mobile"


def test_a_session_whose_id_has_a_slash_can_be_read(site: Site, user: httpx.Client, specialist: httpx.Client) -> None:
    taken(site, user, event(session_id="a/b"))
    answer = specialist.get("/v1/media/sessions/a%2Fb")
    assert (answer.status_code, answer.json()["session_id"]) == (200, "a/b")


@pytest.mark.parametrize("character", ["\x1b", "\u202e", "\u200b"])
def test_an_id_with_characters_that_are_not_seen_is_refused(user: httpx.Client, character: str) -> None:
    assert refused(user, event(session_id=f"a{character}b")) == ["session_id"]


def test_a_retry_in_another_spelling_is_no_conflict(site: Site, user: httpx.Client) -> None:
    name, moment = str(uuid4()), "2026-02-17T10:00:00"
    first = event(event_id=name, timestamp=f"{moment}Z", sent_at=f"{moment}Z", color={"x": {"y": 1, "z": 2}})
    respelt = {
        "color": {"x": {"z": 2.0, "y": 1.0, "w": None}},
        "timestamp": f"{moment}.000+00:00",
        "data": {"mood": None, "position_seconds": 1},
    }
    taken(site, user, first)
    taken(site, user, dict(reversed((first | respelt).items())))
    assert site.rows("dead_letters").is_empty()
