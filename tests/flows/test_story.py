"""What becomes of an event once it is on the log, in the order in which it becomes so, told by a real flow."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from prometheus_client import REGISTRY

from control.watermarks import Watermarks
from flows import run as flow
from flows.conveyor import metrics
from flows.conveyor.source import LogPartition, Poll
from flows.conveyor.watermarks import WatermarkWriter
from flows.run import Hosting
from schemas.shared.options import by_default
from schemas.shared.stream import Stream
from sinks.delta_sink import DeltaSink
from tests.kit.cases import Run, cases

PATIENCE = 120


class World(NamedTuple):
    """What anybody can see at a moment: rows by table, events counted as stored, messages that the watermark passed."""

    derived: dict[str, int]
    primary: int
    stored: float
    passed: int


class Story:
    """What happens, and what the world is like right after it."""

    def __init__(self, run: Run) -> None:
        self.told: list[tuple[str, World]] = []
        self._run = run
        self._counted = _stored(run.stream)

    def tell(self, happening: str) -> None:
        stream = self._run.stream
        rows = {table.name: self._rows(table.name) for table in stream.derived_tables}
        marks = self._run.control.watermarks.read(stream.name).values()
        passed = sum(mark.next_offset for mark in marks)
        counted = _stored(stream) - self._counted
        self.told.append((happening, World(rows, self._rows(stream.primary.name), counted, passed)))

    def after(self, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, says: Callable[..., str | None]) -> None:
        """Tells of each call of a function; `says` makes of its result and arguments what happened, if anything."""
        real = getattr(owner, name)

        def telling(*arguments: Any, **named: Any) -> Any:
            result = real(*arguments, **named)
            happening = says(result, *arguments)
            if happening is not None:
                self.tell(happening)
            return result

        monkeypatch.setattr(owner, name, telling)

    def _rows(self, table: str) -> int:
        return len(self._run.rows(table))


def _stored(stream: Stream) -> float:
    found = REGISTRY.get_sample_value("kinelake_events_total", {"stream": stream.name, "outcome": "stored"})
    return found or 0.0


def test_it_is_polled_then_in_derived_tables_then_in_the_primary_then_counted_and_passed_by_the_watermark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = next(case for case in cases() if case.folder.name == "one_session")
    run = Run(tmp_path, case.stream)
    sent = len(case.records)
    run.publish(case.records)
    passed = threading.Event()
    story = Story(run)

    def marked(_: object, marks: Watermarks, flows: dict[str, Any]) -> str | None:
        if sum(mark.next_offset for mark in flows[run.stream.name].values()) < sent:
            return None
        passed.set()
        return "watermark"

    def polled(polls: list[Poll], _: LogPartition) -> str | None:
        return "poll" if any(len(poll.fetched) for poll in polls) else None

    watch = story.after
    watch(monkeypatch, LogPartition, "next_batch", polled)
    watch(monkeypatch, DeltaSink, "_write", lambda _, sink, table, *rest: table)
    watch(monkeypatch, metrics, "count", lambda _, stream, batches, now: "metric")
    watch(monkeypatch, Watermarks, "write_all", marked)
    flowing(run, passed)

    happened = [happening for happening, _ in story.told]
    derived = [table.name for table in run.stream.derived_tables]
    assert happened[0] == "poll"
    assert sorted(happened[1:-3]) == sorted(derived)
    assert happened[-3:] == [run.stream.primary.name, "metric", "watermark"]

    worlds = [world for _, world in story.told]
    all_derived = worlds[-1].derived
    assert worlds[0] == World(dict.fromkeys(derived, 0), 0, 0, 0)
    assert all(all_derived.values())
    assert worlds[-4] == World(all_derived, 0, 0, 0)
    assert worlds[-3:] == [
        World(all_derived, sent, 0, 0),
        World(all_derived, sent, sent, 0),
        World(all_derived, sent, sent, sent),
    ]


def flowing(run: Run, passed: threading.Event) -> None:
    """The flow as a process runs it, until the watermark has passed all."""
    writer, stopping = WatermarkWriter(run.control), threading.Event()
    hosting = Hosting(run.log, run.tables, run.options, run.control, writer, stopping, by_default)
    thread = threading.Thread(target=flow.run, args=(run.stream.name, (0, 1), hosting, lambda: None))
    writer.start()
    thread.start()
    try:
        assert passed.wait(PATIENCE)
    finally:
        stopping.set()
        thread.join()
        writer.stop()
