"""Of an erased person nothing is left in sessions and minutes; what others did, and what comes later, is."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from event_log import Record
from schemas.shared.again import again_message
from schemas.shared.stream import streams
from schemas.shared.times import microseconds, text
from sinks.erased import PEOPLE, SESSIONS, Erasing
from sinks.erased_stream import erase_stream
from sinks.location import Location
from tests.kit.cases import Crash, Run, record

START = datetime(2026, 2, 17, 10, tzinfo=UTC)
ERASED_AT = START + timedelta(minutes=10)
BEFORE = ("zoe", 0), ("ann", 0), ("zoe", 70), ("ann", 70), ("zoe", 130), ("ann", 200)
LATER = ("zoe", 700), ("ann", 720), ("zoe", 790)
DERIVED = ("media_session_states", "media_usage")


def line(number: int, person: str, second: int) -> dict[str, Any]:
    """A heartbeat of a session that the person goes on with; taken in when it happened."""
    at = text(microseconds(START + timedelta(seconds=second)))
    body = {
        "event": "heartbeat",
        "event_id": f"00000000-0000-4000-8000-{number:012d}",
        "session_id": f"of-{person}",
        "media_id": "squat",
        "timestamp": at,
        "data": {"position_seconds": float(second), "playback_rate": 1.0, "current_bitrate": 1000},
    }
    return {"received_at": at, "subject": person, "body": body}


def played(run: Run, *did: tuple[str, int]) -> None:
    """On the log and in the tables."""
    numbered = [record(run.stream, line(1 + second * 10 + len(person), person, second)) for person, second in did]
    run.publish(numbered)
    run.flow()


def erase(run: Run, number: int = 1) -> list[Record]:
    """Zoe out of the tables; what the flow is asked."""
    people = pl.DataFrame([(number, "clinic", "zoe", "", ERASED_AT)], schema=PEOPLE, orient="row")
    erasing, asked = Erasing(people, pl.DataFrame(schema=SESSIONS)), list[Record]()

    def ask(sessions: pl.DataFrame) -> None:
        asked.extend(Record(*again_message(session)) for session in sessions.iter_rows(named=True))

    location = Location(run.tables.tables_url)
    erase_stream(location, run.stream, erasing, number, range(run.log.partitions), ask, lambda: None)
    return asked


def agree(run: Run, other: Run) -> None:
    for table, key in zip(DERIVED, (["session_id"], ["minute", "dimension", "value"]), strict=True):
        found, expected = (each.rows(table).sort(key).drop("revision", strict=False) for each in (run, other))
        assert_frame_equal(found, expected, check_row_order=False)


@pytest.fixture
def reference(tmp_path: Path) -> Run:
    """What is to be left, played alone."""
    (tmp_path / "reference").mkdir()
    return Run(tmp_path / "reference", streams()["media"])


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "run").mkdir()
    return Run(tmp_path / "run", streams()["media"])


def of_others(did: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    return [each for each in did if each[0] != "zoe"]


def test_sessions_and_minutes_are_as_if_the_person_had_never_been_there(run: Run, reference: Run) -> None:
    played(run, *BEFORE)
    played(reference, *of_others(BEFORE))
    run.control.tombstones.add("clinic", "zoe", ERASED_AT)
    assert erase(run) == []
    agree(run, reference)
    erase(run)
    agree(run, reference)


@pytest.mark.parametrize("dies_at", ["sinks.erased_sums.TakenOff._put_together", "sinks.erased_stream._primary"])
def test_what_was_given_is_taken_off_once_whenever_the_job_dies(
    dies_at: str, run: Run, reference: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    played(run, *BEFORE)
    played(reference, *of_others(BEFORE))

    def dying(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(dies_at, dying)
        with pytest.raises(Crash):
            erase(run)
    erase(run)
    agree(run, reference)


@pytest.mark.parametrize("first", ["erased", "later"])
def test_a_session_that_goes_on_is_as_if_it_had_begun_then(run: Run, reference: Run, first: str) -> None:
    played(run, *BEFORE)
    played(reference, *of_others(BEFORE))
    run.control.tombstones.add("clinic", "zoe", ERASED_AT)
    if first == "erased":
        erase(run)
        played(run, *LATER)
    else:
        played(run, *LATER)
        run.publish(erase(run))
        run.flow()
    played(reference, *LATER)
    agree(run, reference)
