"""All reads equal a plain count of what was sent: shuffled and late, settled or not, by application apart."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from unittest.mock import patch

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query_api.asked import Period
from query_api.game import kept
from query_api.game.counted import Positions
from query_api.game.counts import shown
from query_api.game.events import Events
from query_api.game.funnel import funnel
from query_api.game.kept import KeptCells
from query_api.game.performance import GROUPS, performance
from query_api.game.question import Question
from query_api.game.retention import retention
from query_api.game.rows import Application, chosen, rows_of
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

MINE, OTHERS = Application(TENANT, APP), Application(TENANT, OTHER_APP)
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


class Asked(NamedTuple):
    """What is asked of the reads that are not heatmaps."""

    period: Period
    level: str | None
    build: str | None
    days: int

    def inside(self, at: datetime) -> bool:
        since, until = self.period
        return (since or at) <= at and (until is None or at < until)

    def covers(self, item: Item) -> bool:
        return self.inside(item.at) and self.build in (None, item.build)


class World:
    """An application's items, in tables that another's are in, too: the same players in sessions of the same names."""

    def __init__(self, folder: Path, sent: Sequence[Item], random: Random) -> None:
        self.location = Location(str(folder))
        self.sent = {MINE: list(sent), OTHERS: list(sent[::2])}
        self.random = random
        self.tables = {of: GameTables(self.location, of.app_id) for of in self.sent}
        self.cells, self.watcher = self.started()

    def started(self, most_bytes: int = 2**20) -> tuple[KeptCells, Positions]:
        """What a process keeps that begins now."""
        cells = KeptCells(self.location, len(PARTITIONS), most_bytes)
        return cells, Positions(Tables(self.location), Events(self.location), cells)

    def write(self, part: slice) -> None:
        """A part of each application's, in the order given, over some commits, of which some come days late."""
        for application, sent in self.sent.items():
            left = sent[part]
            while left:
                count = self.random.randrange(1, 20)
                late = timedelta(days=self.random.choice((0, 0, 3)))
                self.tables[application].write(*left[:count], at=max(item.at for item in left[:count]) + late)
                left = left[count:]

    def settle(self, days: float) -> None:
        at = NOON + timedelta(days=days)
        settle_at(self.location, at, at, GameOptions(game_settle_minutes=0))

    def heatmaps_agree(self, positions: Positions, asked: Sequence[dict[str, Any]]) -> None:
        for application, sent in self.sent.items():
            for each in asked:
                question = _question(**each)
                cells, more = shown(positions.counted(application, question), question)
                its = (
                    answers.samples(sent) if question.source == "samples" else answers.events(sent, question.event_name)
                )
                wanted = {name: value for name, value in each.items() if name not in ("source", "event_name", "limit")}
                expected = answers.heatmap(its, **wanted)
                assert cells.to_dicts() == _near(expected[: question.limit])
                assert more == (len(expected) > question.limit)

    def others_agree(self, asked: Asked) -> None:
        for application, sent in self.sent.items():
            rows = rows_of(Tables(self.location), application)
            retained = retention(rows, asked.period, chosen(build_id=asked.build), asked.days)
            in_build = [item for item in sent if asked.build in (None, item.build)]
            assert _plain(retained) == answers.retention(in_build, asked.inside, asked.days)
            level, build = asked.level, asked.build
            which = chosen(level_id=level, build_id=build)
            steps = [item for item in sent if isinstance(item, Reached) and asked.covers(item)]
            steps = [item for item in steps if level in (None, item.level)]
            for names in ((), STEPS, ("boss", "begin")):
                assert _plain(funnel(rows, asked.period, which, names)) == _near(answers.funnel(steps, names))
            for group in GROUPS:
                found = performance(rows, group, asked.period, build)
                assert found == _near(answers.performance(sent, group, asked.covers))

    def trajectories_agree(self) -> None:
        tables, events = Tables(self.location), Events(self.location)
        for application, sent in self.sent.items():
            for player, session in {(item.player, item.session) for item in sent if isinstance(item, Moved)}:
                found = samples_of(tables, events, application, session, [subject_of(player)])
                told_samples = _plain(told(application, session, found, 0.0))["samples"]
                assert _by_time(told_samples) == _near(_by_time(answers.trajectory(sent, player, session)))
                fewer = _plain(told(application, session, found, TOLERANCE))["samples"]
                _says_the_same(told_samples, fewer)


TOLERANCE = 1.6


def _says_the_same(samples: list[dict[str, Any]], fewer: list[dict[str, Any]]) -> None:
    """Each sample is no further than the tolerance from the segment, between samples that stay, of its own level."""
    left = iter(samples)
    assert all(any(each == one for one in left) for each in fewer), "in their order"
    for level, run in groupby(samples, key=itemgetter("level_id")):
        for each in run:
            near = [(one, two) for one, two in pairwise(fewer) if one["level_id"] == two["level_id"] == level]
            near += [(one, one) for one in fewer if one["level_id"] == level]
            assert min(_distance(each, one, two) for one, two in near) <= TOLERANCE + 1e-6


def _distance(at: dict[str, Any], first: dict[str, Any], last: dict[str, Any]) -> float:
    """Of a sample from the segment between two others."""
    point, begin, end = (np.array([each["x"], each["y"], each["z"]]) for each in (at, first, last))
    along = end - begin
    part = float(np.clip((point - begin) @ along / (along @ along), 0, 1)) if along.any() else 0.0
    return float(np.linalg.norm(point - begin - part * along))


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
def periods(draw: st.DrawFn) -> Period:
    ends = sorted((draw(st.sampled_from(TIMES)), draw(st.sampled_from(TIMES))), key=lambda end: end or NOON)
    return Period(*ends)


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    source, period = draw(st.sampled_from(("samples", "events"))), draw(periods())
    return {
        "source": source,
        **({"event_name": draw(st.sampled_from((None, "a")))} if source == "events" else {}),
        "level": draw(st.sampled_from((None, "caves"))),
        "build": draw(st.sampled_from((None, None, "1.1"))),
        "since": period.since,
        "until": period.until,
        "side": draw(st.sampled_from((1.6, 1.6, 3.2, 1.0))),
        "min_sessions": draw(st.sampled_from((1, 1, 2))),
        "limit": draw(st.sampled_from((50_000, 50_000, 3))),
    }


others = st.builds(
    Asked,
    periods(),
    st.sampled_from((None, "caves")),
    st.sampled_from((None, "1.1")),
    st.sampled_from((1, 3, 366)),
)
EVERYTHING = [{"source": "samples"}, {"source": "events"}]
PLAIN = Asked(Period(), None, None, 366)


@settings(max_examples=3)
@given(st.integers(0, 2**32), st.lists(questions(), min_size=2, max_size=4), others)
def test_all_reads_equal_the_reference(seed: int, asked: list[dict[str, Any]], of_others: Asked) -> None:
    random = Random(seed)
    sent = items(random, 8)
    random.shuffle(sent)
    every = [*EVERYTHING, *asked]
    # whether what comes is counted apart from what is kept, or all of it read anew
    with TemporaryDirectory() as folder, patch.object(kept, "MOST_APART", random.choice((0, kept.MOST_APART))):
        world = World(Path(folder), sent, random)
        half = slice(len(sent) // 2)
        world.write(half)
        world.watcher.counted(MINE, Question("samples"))
        world.settle(1.5)
        world.watcher.counted(MINE, Question("samples"))
        world.write(slice(half.stop, None))
        for each in (world.watcher, world.started()[1], world.started(most_bytes=0)[1]):
            world.heatmaps_agree(each, every)
        world.settle(9)
        with patch.object(kept, "FEW_APART", -1):
            world.heatmaps_agree(world.watcher, every)
            world.cells.renew()
        for each in (world.watcher, world.started(most_bytes=0)[1]):
            world.heatmaps_agree(each, every)
        for one in (PLAIN, of_others):
            world.others_agree(one)
        world.trajectories_agree()


def test_a_level_that_is_named_late_counts_for_samples_that_are_settled(tmp_path: Path) -> None:
    who: dict[str, Any] = {"player": "ann", "session": "s"}
    sent: list[Item] = [
        Reached(**who, at=NOON, level="caves", step="begin"),
        Moved(**who, at=NOON + MINUTE, lasts=10 * MINUTE, places=[(0.0, 0.0, 0.0), (2.0, 0.0, 0.0)], fps=(60, None, 9)),
        Reached(**who, at=NOON + 5 * MINUTE, level="keep", step="shop"),
    ]
    world = World(tmp_path, sent, Random(0))
    world.sent = {MINE: sent, OTHERS: sent[:2]}
    asked = [{"source": "samples", "level": level} for level in (None, "caves", "keep")]
    world.write(slice(2))
    world.settle(0.1)
    world.watcher.counted(MINE, Question("samples"))
    world.write(slice(2, None))
    for days in (0.2, 9):
        world.heatmaps_agree(world.watcher, asked)
        world.others_agree(PLAIN)
        world.trajectories_agree()
        world.settle(days)


def test_what_is_erased_of_a_session_that_goes_on_is_counted_no_more(tmp_path: Path) -> None:
    moved: list[Item] = [
        Moved(player="ann", session="s", at=at, places=[(0.0, 0.0, 0.0)]) for at in (NOON, NOON + 60 * MINUTE)
    ]
    world = World(tmp_path, moved, Random(0))
    world.sent = {MINE: moved, OTHERS: []}
    world.write(slice(1))
    world.settle(0.1)
    world.write(slice(1, None))
    world.heatmaps_agree(world.watcher, EVERYTHING)
    people = pl.DataFrame([(1, TENANT, subject_of("ann"), "", NOON + MINUTE)], PEOPLE, orient="row")
    erasing = Erasing(people, pl.DataFrame(schema=SESSIONS))
    erase_stream(world.location, STREAM, erasing, 1, PARTITIONS, lambda _: None, lambda: None)
    world.sent = {MINE: moved[1:], OTHERS: []}
    world.heatmaps_agree(world.watcher, EVERYTHING)
