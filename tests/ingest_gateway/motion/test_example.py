"""Example films: two whatever is asked for, labelled, and taken once by the real gateway, which looks into them."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from jobs.video.synthetic import LABEL
from kinelake.example.load import Load, Pace, Played
from kinelake.example.motion.traffic import MotionTraffic
from kinelake.example.traffic import Plan, examples
from tests.ingest_gateway.conftest import Gateway
from tests.ingest_gateway.motion.conftest import Motion
from tests.web.conftest import Clock, Site

pytestmark = pytest.mark.anyio

START = 1_771_322_400_000_000
PLAN = Plan(7, 10_000, START - 86_400_000_000, 86_400_000_000)
EXAMPLE = examples()["motion_sessions"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def motion(tmp_path: Path) -> Iterator[Motion]:
    site = Site(tmp_path, Clock())
    yield Motion(Gateway(site))
    site.control.close()


async def played(motion: Motion, key: str) -> Played:
    transport = httpx.ASGITransport(motion.app, client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://kinelake.test") as client:
        load = Load(EXAMPLE, client, lambda name: key, motion.site.clock, Pace())
        return await load.play(MotionTraffic(PLAN).client_events())


def test_there_are_two_films_whatever_is_asked_for() -> None:
    first = list(MotionTraffic(PLAN).client_events())
    assert first == list(MotionTraffic(PLAN._replace(events=10_000_000)).client_events())
    later = MotionTraffic(PLAN._replace(start=PLAN.start + 1000)).client_events()
    assert not {event.body for event in first} & {event.body for event in later}
    assert len(first) == 2


async def test_the_gateway_takes_both_once_and_they_say_what_they_are(motion: Motion) -> None:
    key = motion.key("example-athlete")[1]
    first, again = [await played(motion, key) for _ in range(2)]
    assert (first.accepted, first.rejected, again.accepted, again.rejected) == (2, 0, 2, 0)
    found = [motion.control.motion_sessions.get(job.key) for job in motion.control.jobs.list("analyse")]
    assert sorted(each.title for each in found if each is not None) == [
        "EXAMPLE: a jump of a synthetic person",
        "EXAMPLE: squats of a synthetic person",
    ]
    assert LABEL.startswith("SYNTHETIC PERSON"), "which every picture of them has"
