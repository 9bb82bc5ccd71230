"""Example sessions of the game: the same for a seed, labelled, valid, and taken whole and once by the real gateway."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from math import dist
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ingest_gateway.game import TOKENS
from ingest_gateway.game.reading import Reading
from kinelake.example.game.play import FIRST_STEP
from kinelake.example.game.traffic import SHARE, GameTraffic
from kinelake.example.game.world import LEVELS, SAMPLES_A_SECOND, SPEED
from kinelake.example.load import Load, Pace, Played
from kinelake.example.traffic import ClientEvent, Plan, examples
from tests.ingest_gateway.conftest import Gateway
from tests.ingest_gateway.game.conftest import Doors
from tests.web.conftest import Clock, Site

pytestmark = pytest.mark.anyio

START = 1_771_322_400_000_000
DAY_US = 86_400_000_000
PLAN = Plan(7, 2_000, START - DAY_US, DAY_US // 2)
EXAMPLE = examples()["game"]


def events(plan: Plan = PLAN) -> list[ClientEvent]:
    return list(GameTraffic(plan).client_events())


def items(plan: Plan = PLAN) -> list[dict[str, Any]]:
    """Each once, in order of arrival."""
    decoded = [msgspec.msgpack.decode(event.body) for event in events(plan)]
    return list({item["event_id"]: item for item in decoded}.values())


def test_a_plan_has_its_traffic_and_another_time_other_ids() -> None:
    first = events()
    assert first == events()
    later = {item["event_id"] for item in items(PLAN._replace(start=PLAN.start + 1000))}
    assert not later & {item["event_id"] for item in items()}
    assert [event.arrived for event in first] == sorted(event.arrived for event in first)


def test_there_is_about_as_much_as_was_asked_for_and_some_of_it_twice() -> None:
    once = Counter(event.body for event in events(PLAN._replace(events=10_000)))
    assert len(once) == pytest.approx(10_000 * SHARE, rel=0.25)
    assert set(once.values()) == {1, 2}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_item_is_valid_when_it_arrives_and_of_the_published_application(seed: int) -> None:
    read = Reading(730)
    for event in events(PLAN._replace(seed=seed)):
        (taken,) = read(event.body, event.arrived)
        assert (taken.player, taken.app_id) == (event.person.name, TOKENS.example.id)
        assert taken.event.occurred_at <= event.arrived


def test_everything_says_that_it_is_an_example() -> None:
    for item in items():
        assert item["build_id"].startswith("Example_")
        assert item["player_id"].startswith("example-")
        assert all(item[said]["example"] for said in ("custom_data", "hardware") if said in item)


def test_sessions_come_through_the_levels_in_order_and_some_players_die_or_stop() -> None:
    found = items(PLAN._replace(events=20_000))
    steps = dict[str, list[tuple[str, str]]]()
    for item in found:
        if "funnel_step_name" in item:
            steps.setdefault(item["session_id"], []).append((item["timestamp"], item["funnel_step_name"]))
    order = [FIRST_STEP, *(f"{level.id}_Done" for level in LEVELS)]
    reached = [[name for _, name in sorted(of_session)] for of_session in steps.values()]
    assert all(names == order[: len(names)] for names in reached)
    assert {len(names) for names in reached} >= {1 + len(LEVELS), len(LEVELS)}
    deaths = Counter(item["level_id"] for item in found if item.get("event_name") == "Player_Death")
    assert deaths["Level_2"] > deaths["Training_Grounds"] > 0


def test_who_dies_does_so_where_it_is_deadly() -> None:
    deadly = {level.id: [level.legs[number][1] for number in level.deadly] for level in LEVELS}
    for item in items():
        if item.get("event_name") == "Player_Death":
            assert min(dist(item["position"], place) for place in deadly[item["level_id"]]) < 8


def test_players_move_as_fast_as_players_do_and_few_frame_rates_are_out_of_order() -> None:
    trajectories = [item for item in items(PLAN._replace(events=20_000)) if "positions" in item]
    for item in trajectories:
        flat = item["positions"]
        places = list(zip(flat[::3], flat[1::3], flat[2::3], strict=True))
        farthest = max(dist(*step) for step in pairwise(places))
        assert farthest < 2 * SPEED / SAMPLES_A_SECOND
    suspect = sum(item["fps"]["low_1"] > item["fps"]["mean"] for item in trajectories)
    assert 0 < suspect < 0.03 * len(trajectories)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Doors]:
    site = Site(tmp_path, Clock())
    yield Doors(site)
    site.control.close()


async def played(gateway: Gateway, token: str) -> Played:
    async with gateway.client() as client:
        load = Load(EXAMPLE, client, lambda name: token, gateway.site.clock, Pace())
        return await load.play(events())


async def test_the_gateway_takes_all_of_it_once_within_the_limit_of_each_address(doors: Doors) -> None:
    token = doors.tokens(doors.application()).public
    gateway = Gateway(doors.site)
    first, again = [await played(gateway, token) for _ in range(2)]
    sent = len(events())
    assert (first.accepted, first.rejected, first.retries) == (sent, 0, 0)
    assert (again.accepted, first.requests < sent / 10) == (sent, True)
    taken = gateway.recorder.messages
    assert {item["event_id"] for item in taken} == {item["event_id"] for item in items()}
    assert len({(item["event_id"], item["payload_digest"]) for item in taken}) == len(items())
