"""All reads equal a plain count of what was sent: shuffled and late, settled or not, by application apart."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query_api.asked import Period
from query_api.game.counted import Positions
from query_api.game.counts import shown
from query_api.game.events import Events
from query_api.game.funnel import funnel
from query_api.game.kept import KeptCells
from query_api.game.performance import GROUPS, performance
from query_api.game.question import Question
from query_api.game.retention import retention
from query_api.game.rows import Application, rows_of
from query_api.game.trajectories import samples_of, told
from query_api.tables import Tables
from schemas.game.events import STREAM
from sinks.erased import PEOPLE, SESSIONS, Erasing
from sinks.erased_stream import erase_stream
from sinks.game.options import GameOptions
from sinks.game.settle import settle_at
from sinks.location import Location
from tests.kit.game_tables import APP, OTHER_APP, PARTITIONS, TENANT, GameTables, subject_of
from tests.kit.media_sessions import NOON
from tests.reference.game import answers
from tests.reference.game.items import Happened, Introduced, Item, Moved, Place, Reached

MINE = Application(TENANT, APP)
MINUTE = timedelta(minutes=1)
STEPS = ("begin", "shop", "boss")
LEVELS = ("caves", "keep")
WALL = 1.6 * 3


def items(random: Random, players: int) -> list[Item]:
    """Seeded traffic of some players over three days; no two times of one session are the same."""
    found: list[Item] = []
    for number in range(players):
        player, began = f"player-{'x' * (number % 2)}{number}", NOON + timedelta(hours=random.randrange(60))
        for second, gpu in enumerate(random.sample(["RTX", "Radeon", None], random.randrange(3))):
            at = began + MINUTE * random.randrange(90) + timedelta(seconds=second)
            found.append(Introduced(player=player, at=at, gpu=gpu, region=random.choice(["EU", None])))
        for part in range(random.randrange(1, 3)):
            found += _session(random, player, f"s-{number % 3}-{part}", began + timedelta(hours=25 * part))
    return found


def _session(random: Random, player: str, session: str, began: Any) -> list[Item]:
    who: dict[str, Any] = {"player": player, "session": session, "build": random.choice(["1.0", "1.1"])}
    times = iter(random.sample(range(6_000), 12))

    def at() -> Any:
        return began + timedelta(seconds=next(times))

    found: list[Item] = [
        Reached(**who, at=at(), level=random.choice(LEVELS), step=step)
        for step in random.choices(STEPS, k=random.randrange(4))
    ]
    for _ in range(random.randrange(4)):
        found.append(
            Happened(**who, at=at(), level=random.choice(LEVELS), name=random.choice("ab"), place=_place(random))
        )
    for number in range(random.randrange(3)):
        lasts = timedelta(seconds=random.choice((0, 1, 700, 4_000)), microseconds=number)
        places = [_place(random) for _ in range(random.choice((1, 2, 7, 30)))]
        fps = random.choice(((60.0, 55.0, 30.0), (29.5, None, 10.0), (None, None, None)))
        found.append(Moved(**who, at=at() + timedelta(milliseconds=number), lasts=lasts, places=places, fps=fps))
    return found


def _place(random: Random) -> Place:
    return random.choice((-WALL, 0.0, 1.5, 4.0, -0.1)), 0.25, random.choice((0.0, 1.7, -200.0))


class World:
    """An application's items, in tables that another's are in, too."""

    def __init__(self, folder: Path, sent: Sequence[Item], random: Random) -> None:
        self.location = Location(str(folder))
        self.sent = list(sent)
        self.random = random
        self.mine = GameTables(self.location)
        self.watcher = self.started()
        GameTables(self.location, OTHER_APP).write(*sent[:20])

    def started(self, most_bytes: int = 2**20) -> Positions:
        """What a process keeps that begins now."""
        kept = KeptCells(self.location, len(PARTITIONS), most_bytes)
        return Positions(Tables(self.location), Events(self.location), kept)

    def write(self, some: Sequence[Item]) -> None:
        """In the order given, over some commits, of which some come days late."""
        left = list(some)
        while left:
            count = self.random.randrange(1, 20)
            late = timedelta(days=self.random.choice((0, 0, 3)))
            self.mine.write(*left[:count], at=max(item.at for item in left[:count]) + late)
            left = left[count:]

    def settle(self, days: float) -> None:
        at = NOON + timedelta(days=days)
        settle_at(self.location, at, at, GameOptions(game_settle_minutes=0))

    def heatmaps_agree(self, positions: Positions, asked: Sequence[dict[str, Any]]) -> None:
        for each in asked:
            question = _question(**each)
            cells, _ = shown(positions.counted(MINE, question), question)
            its = (
                answers.samples(self.sent)
                if question.source == "samples"
                else answers.events(self.sent, question.event_name)
            )
            wanted = {name: value for name, value in each.items() if name not in ("source", "event_name")}
            assert cells.to_dicts() == _near(answers.heatmap(its, **wanted))

    def others_agree(self) -> None:
        rows = rows_of(Tables(self.location), MINE)
        assert _plain(retention(rows, Period(), [], 366)) == answers.retention(self.sent)
        for steps in ((), STEPS, ("boss", "begin")):
            assert _plain(funnel(rows, Period(), [], steps)) == _near(answers.funnel(self.sent, steps))
        for group in GROUPS:
            assert performance(rows, group, Period()) == _near(answers.performance(self.sent, group))

    def trajectories_agree(self) -> None:
        tables = Tables(self.location)
        for player, session in {(item.player, item.session) for item in self.sent if isinstance(item, Moved)}:
            found = samples_of(tables, Events(self.location), MINE, session, [subject_of(player)])
            told_samples = _plain(told(MINE, session, found, 0.0))["samples"]
            assert _by_time(told_samples) == _near(_by_time(answers.trajectory(self.sent, player, session)))


def _by_time(samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(samples, key=lambda each: (each["t_ms"], each["x"], each["y"], each["z"]))


def _question(since: Any = None, until: Any = None, **asked: Any) -> Question:
    return Question(period=Period(since, until), **asked)


def _plain(told_as: object) -> Any:
    return json.loads(msgspec.json.encode(told_as))


def _near(expected: list[dict[str, Any]]) -> list[Any]:
    """Floats but for their last digits."""
    return [
        {name: pytest.approx(value, rel=1e-6) if isinstance(value, float) else value for name, value in each.items()}
        for each in expected
    ]


TIMES = (None, None, *(NOON + minutes * MINUTE for minutes in (0, 60, 90, 700, 1500, 3000)))


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    ends = sorted((draw(st.sampled_from(TIMES)), draw(st.sampled_from(TIMES))), key=lambda end: end or NOON)
    source = draw(st.sampled_from(("samples", "events")))
    return {
        "source": source,
        **({"event_name": draw(st.sampled_from((None, "a")))} if source == "events" else {}),
        "level": draw(st.sampled_from((None, "caves"))),
        "build": draw(st.sampled_from((None, None, "1.1"))),
        "since": ends[0],
        "until": ends[1],
        "side": draw(st.sampled_from((1.6, 1.6, 3.2, 1.0))),
        "min_sessions": draw(st.sampled_from((1, 1, 2))),
    }


EVERYTHING = [{"source": "samples"}, {"source": "events"}]


@settings(max_examples=3)
@given(st.integers(0, 2**32), st.lists(questions(), min_size=2, max_size=4))
def test_all_reads_equal_the_reference(seed: int, asked: list[dict[str, Any]]) -> None:
    random = Random(seed)
    sent = items(random, 8)
    random.shuffle(sent)
    with TemporaryDirectory() as folder:
        world = World(Path(folder), sent, random)
        half = len(sent) // 2
        world.write(sent[:half])
        world.watcher.counted(MINE, Question("samples"))
        world.settle(1.5)
        world.watcher.counted(MINE, Question("samples"))
        world.write(sent[half:])
        for each in (world.watcher, world.started(), world.started(most_bytes=0)):
            world.heatmaps_agree(each, [*EVERYTHING, *asked])
        world.settle(9)
        for each in (world.watcher, world.started(most_bytes=0)):
            world.heatmaps_agree(each, [*EVERYTHING, *asked])
        world.others_agree()
        world.trajectories_agree()


def test_what_is_erased_of_a_session_that_goes_on_is_counted_no_more(tmp_path: Path) -> None:
    moved = [Moved(player="ann", session="s", at=at, places=[(0.0, 0.0, 0.0)]) for at in (NOON, NOON + 60 * MINUTE)]
    world = World(tmp_path, moved, Random(0))
    world.mine.write(moved[0])
    world.settle(0.1)
    world.mine.write(moved[1])
    world.heatmaps_agree(world.watcher, EVERYTHING)
    people = pl.DataFrame([(1, TENANT, subject_of("ann"), "", NOON + MINUTE)], PEOPLE, orient="row")
    erasing = Erasing(people, pl.DataFrame(schema=SESSIONS))
    erase_stream(world.location, STREAM, erasing, 1, PARTITIONS, lambda _: None, lambda: None)
    world.sent = moved[1:]
    world.heatmaps_agree(world.watcher, EVERYTHING)
