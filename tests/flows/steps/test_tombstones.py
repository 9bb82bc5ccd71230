"""What an erased person did before the erasure reaches no table; what they do later does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from flows.conveyor.batch import Batch
from flows.steps.tombstones import Erased
from schemas.shared.stream import streams
from sinks.location import Location
from sinks.reader import TableReader
from tests.kit.cases import Run, record

ERASED_AT = datetime(2026, 2, 17, 11, 0, tzinfo=UTC)
EARLIER, LATER = "2026-02-17T10:59:59.999999Z", "2026-02-17T11:00:00Z"


def play(person: str, number: int, occurred: str, received: str = LATER) -> dict[str, Any]:
    body = {
        "event": "play",
        "event_id": f"00000000-0000-4000-8000-{number:012d}",
        "session_id": person,
        "media_id": "squat",
        "timestamp": occurred,
        "data": {"position_seconds": 1.0},
    }
    return {"received_at": received, "subject": person, "body": body}


def test_only_what_an_erased_person_did_before_is_dropped_and_counted(tmp_path: Path) -> None:
    run = Run(tmp_path, streams()["media"])
    run.control.tombstones.add("clinic", "zoe", datetime(2026, 2, 1, tzinfo=UTC))
    run.control.tombstones.add("clinic", "zoe", ERASED_AT)
    run.control.tombstones.add("elsewhere", "ann", ERASED_AT)
    lines = [play("zoe", 1, EARLIER), play("zoe", 2, LATER), play("ann", 3, EARLIER), play("zoe", 4, LATER, EARLIER)]
    run.publish([record(run.stream, line) for line in lines])
    run.flow()
    tables = TableReader(Location(run.tables.tables_url))
    kept = tables.scan("media_events").select("event_id").sort("event_id").collect()["event_id"].to_list()
    assert [int(event_id[-1]) for event_id in kept] == [2, 3]
    counted = tables.scan("suppressed").group_by("reason").agg(pl.col("count").sum()).collect()
    assert counted.rows() == [("erased", 2)]
    assert run.rows("media_session_states")["subject"].sort().to_list() == ["ann", "zoe"]


def test_an_erasure_of_a_project_takes_nothing_of_another_nor_of_no_project(tmp_path: Path) -> None:
    run = Run(tmp_path, streams()["media"])
    run.control.tombstones.add("clinic", "zoe", ERASED_AT, "here")
    run.control.tombstones.add("clinic", "ann", ERASED_AT)
    step, before = Erased("media", run.control.tombstones), ERASED_AT - timedelta(seconds=1)
    people = [("zoe", "here"), ("zoe", "there"), ("zoe", None), ("ann", "here"), ("ann", None)]
    rows = pl.DataFrame(people, schema=["subject", "project_id"], orient="row").with_columns(
        tenant=pl.lit("clinic"), occurred_at=pl.lit(before), received_at=pl.lit(ERASED_AT)
    )
    step(Batch(rows.head(0), {}, again=rows))
    assert step.number == 2
    assert step.of(rows).to_list() == [True, False, False, True, True]
    assert step.of(rows.drop("project_id")).to_list() == [False, False, False, True, True]
