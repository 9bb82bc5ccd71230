"""An analysis on the log and back: documents of what tables have are those of the analysis itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from event_log import Record
from jobs.motion.messages import MOST_BYTES, failed, records
from motion.analysis import Analysis
from motion.documents import (
    angles_table,
    export,
    joint_mobility,
    keypoints_table,
    lift_analysis,
    metrics_table,
    report,
    session,
)
from motion.documents.numbers import milliseconds
from motion.documents.report import Views
from motion.findings import Findings
from motion.metric import Metric
from motion.request import Activity, Exercise
from schemas.motion import LANDMARKS, SESSIONS
from schemas.motion.tables import MOTION_THREADS
from schemas.shared.columns import Table
from schemas.shared.invalid import Invalid
from sinks.location import Location
from sinks.motion.rebuilt import Rows, rebuilt
from sinks.motion.stored import rows_of as rows_around
from sinks.motion.stored import sessions_of
from sinks.reader import TableReader
from tests.kit.cases import Run
from tests.kit.motion.documents import INFO
from tests.kit.motion.told import (
    AT,
    AT_US,
    FILMED,
    PEOPLE,
    SESSION,
    THREAD,
    VERSION,
    decoded,
    numbers,
    person,
    rows_of,
    told,
    uploaded,
)

DAY_US = 24 * 3_600_000_000
SQUATS = f"demo {Activity.MOBILITY}"
PICTURES = {(1, "bottom"): f"motion-pictures/{SESSION}/1-bottom.png"}
KEYS = ("event_id", "event_id", ["frame_number", "name"], "number", "number")
"""What tells the rows of each table apart."""
PLACES = ("index", "log_partition", "log_offset", "log_item")
VIEWS: Views = {"left": "left.png", "right": "right.png", "front": "front.png"}


def messages(analysis: Analysis, version: str = VERSION, at: int = AT_US) -> dict[str, list[Record]]:
    """By stream, the film's own first."""
    said = records(FILMED, analysis, version, at, [THREAD], PICTURES)
    return {
        SESSIONS.name: [uploaded(analysis.request), *said.sessions],
        LANDMARKS.name: list(said.landmarks),
    }


def every_document(analysis: Analysis) -> dict[str, Any]:
    known = {
        "session": session(analysis, INFO),
        "export": export(analysis, world=True),
        "keypoints": keypoints_table(analysis),
        "angles": angles_table(analysis),
        "metrics": metrics_table(analysis),
    }
    if analysis.request.exercise is Exercise.OVERHEAD_SQUAT:
        known["report"] = report(analysis, INFO, {}, VIEWS)
    if analysis.request.exercise is Exercise.JOINT_ANGLE_MOBILITY:
        known["joint mobility"] = joint_mobility(analysis, INFO)
    if analysis.request.activity is Activity.WEIGHTLIFTING:
        known["lift analysis"] = lift_analysis(analysis, {}, INFO)
    return known


@pytest.mark.parametrize("name", PEOPLE)
def test_documents_of_what_tables_have_are_those_of_the_analysis(name: str) -> None:
    analysis = person(name)
    again = rebuilt(told(messages(analysis)))
    assert again is not None
    assert every_document(again) == every_document(analysis)
    assert again.request == analysis.request
    assert again.findings.metrics == analysis.findings.metrics


def test_somebody_else_in_the_film_is_told() -> None:
    again = rebuilt(told(messages(person("another person"))))
    assert again is not None
    assert session(again, INFO)["quality"]["left_out"] != []


@given(seed=st.integers(0, 2**32), cuts=st.integers(1, 5))
@settings(max_examples=20, deadline=None)
def test_rows_are_the_same_however_they_are_ordered_and_divided(seed: int, cuts: int) -> None:
    random = Random(seed)
    batch = decoded(LANDMARKS, messages(person(SQUATS))[LANDMARKS.name])
    ended = decoded(SESSIONS, messages(person(SQUATS))[SESSIONS.name])
    rows = batch.rows.sample(fraction=1, shuffle=True, seed=seed)
    bounds = sorted([0, rows.height, *(random.randrange(rows.height) for _ in range(cuts))])
    parts = [rows_of(ended, batch.with_rows(rows[first:last])) for first, last in pairwise(bounds)]
    key = ["frame_number", "name"]
    angles = pl.concat([part.angles for part in parts if part.angles.height]).sort(key)
    assert_frame_equal(angles, rows_of(ended, batch).angles.sort(key), check_column_order=False)


def test_frames_are_published_before_the_analysis_many_in_a_message() -> None:
    said = records(FILMED, person(SQUATS), VERSION, AT_US)
    landmarks = list(said.landmarks)
    frames = [number for record in landmarks for number in numbers(record)]
    assert frames == list(range(person(SQUATS).body.raw.times.size))
    assert 1 < len(landmarks) < len(frames) / 100
    assert all(len(record.value) <= MOST_BYTES + 2000 for record in landmarks)
    assert {record.key for record in (*landmarks, *said.sessions)} == {f"clinic:{SESSION}".encode()}


def test_to_publish_it_again_says_the_same() -> None:
    assert messages(person(SQUATS)) == messages(person(SQUATS))


def stored(folder: Path, runs: Sequence[dict[str, list[Record]]]) -> TableReader:
    """Real tables once the real flows have read all of it."""
    flows = [Run(folder, stream) for stream in (SESSIONS, LANDMARKS)]
    for run in flows:
        for each in runs:
            run.publish(each[run.stream.name])
            run.flow()
    return TableReader(Location(flows[0].tables.tables_url))


def session_rows(tables: TableReader, tenant: str, session_id: str) -> Rows:
    def look(table: Table, since: datetime, until: datetime) -> pl.DataFrame:
        theirs = (pl.col("tenant") == tenant) & (pl.col("session_id") == session_id)
        return tables.rows(table).filter(theirs, pl.col("occurred_at").is_between(since, until)).collect()

    return rows_around(look, sessions_of(look, AT, AT + timedelta(days=30)))


def test_a_job_that_publishes_twice_leaves_one_analysis_in_the_tables(tmp_path: Path) -> None:
    analysis = person(SQUATS)
    of_findings = analysis.findings
    otherwise = replace(analysis, findings=replace(of_findings, metrics=tuple(map(_nudged, of_findings.metrics))))
    tables = stored(tmp_path, [messages(analysis), messages(otherwise, at=AT_US + 1_000_000)])
    rows = session_rows(tables, FILMED.tenant, SESSION)
    once = told(messages(analysis))
    assert [len(table) for table in rows] == [len(table) for table in once]
    again = rebuilt(rows)
    assert again is not None
    assert every_document(again) == every_document(analysis)
    assert tables.scan("dead_letters").collect().is_empty()
    assert tables.scan(MOTION_THREADS.name).collect().select("thread_id", "text", "references").rows() == [
        (THREAD.thread_id, THREAD.text, THREAD.references)
    ]
    pictures = rows.phases.filter(pl.col("picture").is_not_null())
    assert pictures.select("rep", "name", "picture").rows() == [(1, "bottom", PICTURES[1, "bottom"])]


def test_messages_in_any_order_and_twice_come_to_the_same_rows(tmp_path: Path) -> None:
    said = messages(person(SQUATS))
    turned = {name: records[::-1] for name, records in said.items()}
    rows = session_rows(stored(tmp_path, [turned, said]), FILMED.tenant, SESSION)
    once = told(said)
    for found, expected, key in zip(rows, once, KEYS, strict=True):
        shared = [name for name in expected.columns if name in found.columns and name not in PLACES]
        assert_frame_equal(found.select(shared).sort(key), expected.select(shared).sort(key))


def test_of_another_session_or_organisation_there_is_nothing(tmp_path: Path) -> None:
    tables = stored(tmp_path, [messages(person("squat from the left"))])
    for tenant, session_id in ((FILMED.tenant, "another"), ("another", SESSION)):
        rows = session_rows(tables, tenant, session_id)
        assert [len(table) for table in rows] == [0] * len(rows)
        assert rebuilt(rows) is None


def _nudged(metric: Metric) -> Metric:
    return metric if metric.value is None else replace(metric, value=metric.value + 1e-9)


def of_two(first: dict[str, list[Record]], second: dict[str, list[Record]]) -> Rows:
    """Rows of both, the second's behind the first's on the log."""
    one = {name: [*first[name], *second[name]] for name in first}
    return told(one)


def test_the_newest_version_counts_with_its_own_frames() -> None:
    analysis = person(SQUATS)
    newer = replace(analysis, findings=Findings((), notes=("few_strides",)))
    rows = of_two(messages(analysis, "1"), messages(newer, "2"))
    again = rebuilt(rows)
    assert again is not None
    assert again.findings == Findings((), notes=("few_strides",))
    assert again.body.raw.times.size == analysis.body.raw.times.size


def test_an_analysis_that_was_published_again_days_later_counts_once_and_the_later_one() -> None:
    analysis = person(SQUATS)
    body = analysis.body
    elsewhere = replace(body.raw, points=body.raw.points + 1)
    otherwise = {name: values + 1 for name, values in body.angles.items()}
    later = Analysis(
        analysis.request,
        replace(body, raw=elsewhere, angles=otherwise),
        replace(analysis.findings, metrics=analysis.findings.metrics[:3]),
    )
    rows = of_two(messages(analysis), messages(later, at=AT_US + 3 * DAY_US))
    again = rebuilt(Rows(*(table.reverse() for table in rows)))
    assert again is not None
    assert every_document(again) == every_document(later)


def test_without_one_of_its_frames_there_is_no_analysis() -> None:
    rows = told(messages(person(SQUATS)))
    assert rebuilt(rows._replace(landmarks=rows.landmarks.filter(pl.col("frame_number") != 7))) is None


def test_before_it_ends_there_is_no_analysis() -> None:
    said = messages(person(SQUATS))
    assert rebuilt(told({**said, SESSIONS.name: said[SESSIONS.name][:1]})) is None


def test_an_analysis_that_failed_says_why() -> None:
    rows = decoded(SESSIONS, [failed(FILMED, VERSION, AT_US, "no_person")]).rows
    assert rows.select("event_type", "session_id", "analysis_version", "reason").rows() == [
        ("failed", SESSION, VERSION, "no_person")
    ]


def test_findings_that_no_message_holds_are_refused() -> None:
    many = tuple(replace(person(SQUATS).findings.metrics[0], name=f"{n:0>1000}") for n in range(9000))
    with pytest.raises(Invalid, match="findings"):
        records(FILMED, replace(person(SQUATS), findings=Findings(many)), VERSION, AT_US)


def test_instants_are_milliseconds_in_the_table() -> None:
    phase = person(SQUATS).findings.phases[0]
    rows = told(messages(person(SQUATS))).phases.filter(pl.col("number") == 0)
    assert rows.select("start_ms", "end_ms").rows() == [(milliseconds(phase.start), milliseconds(phase.end))]
