"""Heatmap, funnels, statistics, counts and events equal the reference, in whatever order and how late events came.

Before and after days are put together, by a process that watched it, by one that starts afterwards, and by one that has
no room to keep anything.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from query_api.asked import Period
from query_api.capture.counted import Clicks
from query_api.capture.events import SessionEvents
from query_api.capture.figures import KeptFigures, stages, statistics
from query_api.capture.kept import KeptClicks, Project
from query_api.capture.ordered import ordered_steps
from query_api.capture.places import coordinates
from query_api.capture.question import Question
from query_api.capture.steps import Step
from query_api.tables import Tables
from sinks.capture.options import CaptureOptions
from sinks.capture.settle import settle_at
from sinks.location import Location
from tests.kit.capture_tables import OTHER_PROJECT, PROJECT, TENANT, CaptureTables
from tests.kit.media_sessions import NOON
from tests.query_api.capture.drawn import commits, periods, projects, session_id, steps
from tests.reference.capture import answers
from tests.reference.capture.session import Event, Session

MINE = Project(TENANT, PROJECT)
SOMEBODY_ELSES = Session(session_id(99), "eve", NOON, NOON, [Event("click", 0, 3, 3, "a")], chunks=1)


class Watcher:
    """What a process keeps."""

    def __init__(self, location: Location, most_bytes: int) -> None:
        self.tables = Tables(location)
        self.clicks = Clicks(self.tables, KeptClicks(location, most_bytes))
        self.figures = KeptFigures(self.tables)

    def points(self, question: Question) -> list[dict[str, int]]:
        found = self.clicks.shown(MINE, question)
        x, y = coordinates(found.points.places)
        assert not found.truncated
        triples = zip(x.tolist(), y.tolist(), found.points.clicks.tolist(), strict=True)
        return [{"x": left, "y": top, "count": count} for left, top, count in triples]


class World:
    """A project's sessions, the tables that they are in, and two processes that watch."""

    def __init__(self, folder: Path, sessions: Sequence[Session]) -> None:
        self.location = Location(str(folder))
        self.sessions = sessions
        self.mine = CaptureTables(self.location, PROJECT)
        # it looks before there is any table
        self.watcher = self.started()
        assert self.watcher.points(Question()) == []
        self.mine.begin(*sessions)
        for session in sessions:
            self.mine.chunks(session)
        other = CaptureTables(self.location, OTHER_PROJECT)
        other.begin(SOMEBODY_ELSES)
        other.chunks(SOMEBODY_ELSES)
        other.events(SOMEBODY_ELSES)

    def settle(self, days: int) -> None:
        at = NOON + timedelta(days=days)
        settle_at(self.location, at, at, CaptureOptions())

    def started(self, most_bytes: int = 2**20) -> Watcher:
        """A process that begins now."""
        return Watcher(self.location, most_bytes)

    def heatmaps_agree(self, watcher: Watcher, asked: Sequence[dict[str, Any]]) -> None:
        for question in asked:
            assert watcher.points(_question(**question)) == answers.heatmap(self.sessions, **question)

    def agrees(self, watcher: Watcher, asked: Sequence[dict[str, Any]], funnel: dict[str, Any]) -> None:
        self.heatmaps_agree(watcher, asked)
        figures = watcher.figures.of(MINE)
        assert _plain(stages(figures)) == answers.funnel(self.sessions)
        assert _plain(statistics(figures)) == answers.stats(self.sessions)
        assert self._steps(watcher, **funnel) == answers.ordered_funnel(self.sessions, **funnel)
        self._events_agree(watcher.tables)

    def _steps(self, watcher: Watcher, steps: Any, window_ms: int, since: Any, until: Any) -> list[Any]:
        wanted = msgspec.convert(steps, list[Step])
        found: list[Any] = _plain(ordered_steps(watcher.tables, MINE, wanted, window_ms, Period(since, until)))
        return found

    def _events_agree(self, tables: Tables) -> None:
        for session in self.sessions:
            found = SessionEvents.of(tables, TENANT, session.id)
            told = json.loads(b"[" + b"".join(found.pages()) + b"]")
            assert told == answers.detail(session)["events"]
            assert (found.count, found.last_ms) == (
                len(session.events),
                max((event.timestamp_ms for event in session.events), default=None),
            )


def _question(**asked: Any) -> Question:
    return Question(Period(asked.pop("since", None), asked.pop("until", None)), **asked)


def _plain(told: object) -> Any:
    return json.loads(msgspec.json.encode(told))


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    return {
        **draw(periods()),
        "target": draw(st.sampled_from((None, "a", "nothing"))),
        "bucket": draw(st.sampled_from((1, 2, 10, 7919))),
        "min_count": draw(st.sampled_from((1, 1, 2))),
    }


@st.composite
def funnels(draw: st.DrawFn) -> dict[str, Any]:
    window = draw(st.sampled_from((0, 1, 500, 3_600_000, 86_400_000)))
    return {"steps": draw(steps), "window_ms": window, **draw(periods())}


@settings(max_examples=8)
@given(st.data())
def test_all_answers_equal_the_reference(data: st.DataObject) -> None:
    sessions = data.draw(projects())
    asked, funnel = [{}, *data.draw(st.lists(questions(), max_size=2))], data.draw(funnels())
    with TemporaryDirectory() as folder:
        world = World(Path(folder), sessions)
        for commit in data.draw(commits(sessions)):
            session = sessions[commit.session]
            world.mine.events(session, commit.events, session.created_at + timedelta(days=commit.days))
            if data.draw(st.booleans()):
                world.watcher.points(Question())
        world.agrees(world.watcher, asked, funnel)
        world.settle(data.draw(st.sampled_from((2, 3, 9))))
        world.agrees(world.watcher, asked, funnel)
        world.agrees(world.started(), asked, funnel)
        world.heatmaps_agree(world.started(most_bytes=0), asked)
