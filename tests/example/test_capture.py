"""Example sessions: the same for a seed, few enough for a key's budget, and taken whole by the real gateway."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from kinelake.example.capture.page import HEIGHT, WIDTH, picture
from kinelake.example.capture.traffic import MOST_SESSIONS, CaptureTraffic, Visit
from kinelake.example.load import Load, Pace, Played
from kinelake.example.traffic import Plan, examples
from tests.ingest_gateway.capture.conftest import Capture
from tests.ingest_gateway.conftest import Gateway
from tests.web.conftest import Clock, Site

pytestmark = pytest.mark.anyio

START = 1_771_322_400_000_000
PLAN = Plan(7, 10_000, START - 86_400_000_000, 86_400_000_000)
REQUESTS_A_MINUTE = 100
EXAMPLE = examples()["capture_events"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def capture(tmp_path: Path) -> Iterator[Capture]:
    site = Site(tmp_path, Clock())
    yield Capture(Gateway(site))
    site.control.close()


def visits(plan: Plan = PLAN) -> list[Visit]:
    return [msgspec.json.decode(event.body, type=Visit) for event in CaptureTraffic(plan).client_events()]


async def played(capture: Capture, key: str) -> Played:
    async with capture.client() as client:
        load = Load(EXAMPLE, client, lambda name: key, capture.site.clock, Pace())
        return await load.play(CaptureTraffic(PLAN).client_events())


def test_a_seed_has_its_sessions_and_another_has_others() -> None:
    assert visits() == visits()
    assert visits()[0].events != visits(PLAN._replace(seed=8))[0].events


def test_however_many_are_asked_for_a_key_can_send_them_in_a_minute() -> None:
    found = visits(PLAN._replace(events=10_000_000))
    requests = sum(2 + len(visit.pointers) + visit.finished for visit in found)
    assert (len(found), requests <= REQUESTS_A_MINUTE) == (MOST_SESSIONS, True)


def test_clicks_lie_on_the_screen_and_some_sessions_do_not_finish() -> None:
    events = [event for visit in visits() for event in visit.events]
    assert all(0 <= event["x"] < WIDTH and 0 <= event["y"] < HEIGHT for event in events)
    assert {event["event_type"] for event in events} == {"click", "input"}
    assert {visit.finished for visit in visits()} == {True, False}


def test_a_picture_is_a_small_jpeg() -> None:
    shown = picture((640, 360))
    assert shown.startswith(b"\xff\xd8\xff")
    assert len(shown) < 20_000


async def test_the_gateway_takes_all_of_it_once(capture: Capture, project: tuple[str, str]) -> None:
    first, again = [await played(capture, project[1]) for _ in range(2)]
    sessions = visits()
    assert (first.accepted, first.rejected, again.accepted) == (len(sessions), 0, len(sessions))
    events = {row["event_id"] for row in capture.items("capture_events")}
    assert len(events) == sum(len(visit.events) for visit in sessions)
    begun = [row for row in capture.items("capture_sessions") if row["event_type"] == "session_initiated"]
    assert len({row["event_id"] for row in begun}) == len(sessions)
    assert all('"example":true' in str(row["metadata"]) for row in begun)


@pytest.fixture
def project(capture: Capture) -> tuple[str, str]:
    return capture.project("demo")


async def test_a_refusal_of_one_request_ends_its_session_and_not_the_others(capture: Capture) -> None:
    _, key = capture.project("strict", consent=1)
    refused = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal refused
        refused += 1
        return httpx.Response(400, json={"error": "no"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://example.test") as client:
        load = Load(EXAMPLE, client, lambda name: key, capture.site.clock, Pace())
        found = await load.play(CaptureTraffic(PLAN).client_events())
    assert (found.accepted, found.rejected) == (0, refused)
