"""Who writes the watermarks of all flows of a process, and when."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest

from control.faults import ControlUnavailable
from control.store import Control
from control.watermarks import Watermark, Watermarks
from flows.conveyor.watermarks import WatermarkWriter
from tests.kit.migrated import migrated
from tests.kit.running import waiting

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE = datetime(2026, 3, 1, 13, tzinfo=UTC)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control.open(migrated(tmp_path))
    yield opened
    opened.close()


def marks(at: datetime, *offsets: int) -> Mapping[int, Watermark]:
    return {partition: Watermark(at, offset) for partition, offset in enumerate(offsets)}


def test_what_every_flow_noted_last_is_there_when_it_has_stopped(control: Control) -> None:
    writer = WatermarkWriter(control)
    writer.start()
    writer.note("media", marks(NOON, 1, 2), committed=True)
    writer.note("audit", marks(NOON, 7), committed=False)
    writer.note("media", marks(ONE, 1, 3), committed=True)
    writer.stop()
    assert control.watermarks.read("media") == marks(ONE, 1, 3)
    assert control.watermarks.read("audit") == marks(NOON, 7)


def test_a_flow_at_rest_moves_its_time_alone(control: Control) -> None:
    writer = WatermarkWriter(control)
    writer.start()
    writer.note("media", marks(NOON, 1, 2), committed=True)
    waiting(lambda: control.watermarks.read("media") == marks(NOON, 1, 2))
    with patch.object(Watermarks, "write_all") as whole:
        writer.note("media", marks(ONE, 1, 2), committed=False)
        writer.stop()
        assert not whole.called
    assert control.watermarks.read("media") == marks(ONE, 1, 2)


def test_while_control_is_away_the_newest_waits(control: Control) -> None:
    writer = WatermarkWriter(control)
    with patch.object(Watermarks, "write_all", side_effect=ControlUnavailable("away")) as away:
        writer.start()
        writer.note("media", marks(NOON, 1), committed=True)
        waiting(lambda: away.called)
        writer.note("media", marks(ONE, 2), committed=True)
        waiting(lambda: away.call_count > 1)
    writer.stop()
    assert control.watermarks.read("media") == marks(ONE, 2)
