"""One reading of the records serves all flows of a process, and nobody decides without one."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from flows.consent.records import LogRecords
from sinks.location import Location
from tests.kit.consenting import START, Watched
from tests.reference.consent import Said


def test_who_waited_while_the_records_were_let_go_has_them_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched, now = Watched(tmp_path), [2.0]
    watched.say(Said("zoe", 0, START, 1))
    monkeypatch.setattr("flows.consent.records.time", SimpleNamespace(monotonic=lambda: now[0]))
    location = Location(watched.run.tables.tables_url)
    records = LogRecords(watched.run.log, location, lambda: datetime(2026, 3, 1, tzinfo=UTC))
    assert len(records.newest()) == 1
    records.close()
    now[0] = 1.0
    assert len(records.newest()) == 1, "asked before the reading began that was let go"
    records.close()
