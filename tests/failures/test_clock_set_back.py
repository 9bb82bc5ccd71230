"""The server's clock is set back by two hours, also while the flow is started again.

| what happens | outcome |
|---|---|
| The server's clock is set back | Every event is stored once all the same, a repeat of one from before is still a repeat; watermarks, and with them `X-Data-As-Of`, go back with the clock: one of the old clock would promise events that are still to come. |
"""  # noqa: E501

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from control.store import Control
from flows.conveyor.batch import Batch
from flows.conveyor.sink import Progress
from flows.conveyor.watermarks import WatermarkWriter
from flows.run import Reporter, Wiring, conveyed, wired
from schemas.media.events import STREAM
from tests.kit.cases import Run, record
from tests.kit.migrated import migrated
from tests.kit.site import event

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SET_BACK = NOON - timedelta(hours=2)
PARTITIONS = 4


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control.open(migrated(tmp_path))
    yield opened
    opened.close()


class Told:
    """Tells control as the real flow does; `done` once it has read `messages` and control knows of `clock`."""

    def __init__(self, control: Control, watermarks: WatermarkWriter, messages: int, clock: datetime) -> None:
        self._reporter = Reporter(STREAM.name, watermarks)
        self._control = control
        self._messages = messages
        self._clock = clock
        self.done = False

    def committed(self, batches: Sequence[Batch]) -> None:
        """Nothing to count."""

    def progress(self, progress: Progress) -> None:
        self._reporter.progress(progress)
        known = self._control.watermarks.read(STREAM.name).values()
        read_all = sum(progress.next_offsets.values()) >= self._messages
        self.done = read_all and [mark.as_of for mark in known] == [self._clock] * PARTITIONS


def taken_in(run: Run, control: Control, bodies: Sequence[dict[str, Any]], clock: datetime, messages: int) -> None:
    """Gateway and flow with their clocks at this time; `messages` lie on the log then."""
    run.publish([record(STREAM, {"received_at": clock.isoformat(), "body": body}) for body in bodies])
    watermarks = WatermarkWriter(control)
    watermarks.start()
    told = Told(control, watermarks, messages, clock)
    wiring = Wiring((0, 1), run.log, run.tables, run.options, run.control, told, lambda: told.done, lambda: clock)
    conveyed(wired(STREAM, wiring), run.options)
    watermarks.stop()


def test_events_are_stored_once_and_the_watermark_goes_by_the_new_clock(control: Control, tmp_path: Path) -> None:
    run = Run(tmp_path, STREAM)
    before, after = ([event(timestamp=NOON.isoformat()) for _ in range(5)] for _ in range(2))
    taken_in(run, control, before, NOON, messages=5)
    assert control.watermarks.as_of(STREAM.name, PARTITIONS) == NOON
    taken_in(run, control, [*after, before[0]], SET_BACK, messages=11)
    stored = run.rows(STREAM.primary.name)["event_id"]
    assert sorted(stored) == sorted(body["event_id"] for body in before + after)
    assert control.watermarks.as_of(STREAM.name, PARTITIONS) == SET_BACK
