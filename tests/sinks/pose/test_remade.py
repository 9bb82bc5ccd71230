"""What is left of a pose session once frames of it were taken out, against the reference, beside a flow that lives."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.conveyor.batch import Batch
from flows.pose.flow import windows
from schemas.pose.frames import STREAM
from schemas.pose.sessions import POSE_SESSIONS
from schemas.pose.windows import POSE_WINDOWS
from sinks import remade
from sinks.decided import RECORDS, Decision
from sinks.delta_sink import DeltaSink
from sinks.files import TableFiles
from sinks.location import Location
from sinks.options import SinkOptions
from sinks.passed import offsets_passed
from sinks.reader import TableReader
from sinks.remade import FlowBetween
from sinks.withdrawn import Withdrawn, withdraw
from tests.kit.cases import Crash, crashing
from tests.kit.pose_folded import agree
from tests.kit.pose_rows import AT, rows
from tests.kit.pose_tables import standing
from tests.reference.consent import Said, level
from tests.reference.pose.frame import Frame

NEEDED = STREAM.consent_level
DERIVED = (POSE_WINDOWS, POSE_SESSIONS)
PARTITIONS = range(4)
HALF, THEN = AT + timedelta(seconds=1.5), AT + timedelta(seconds=3)


class Filming:
    """The three tables as commits of the flow fill them; a commit is a message each, on one partition."""

    def __init__(self, folder: Path) -> None:
        self.location = Location(str(folder))
        self.did: list[Frame] = []
        self.said: list[Said] = []
        self._offset = 0
        self._sink = self._opened()

    def _opened(self) -> DeltaSink:
        options = SinkOptions(tables_url=self.location.url)
        sink = DeltaSink(self.location, (STREAM.primary, *DERIVED), STREAM.name, PARTITIONS, options)
        sink.open()
        return sink

    def film(self, frames: Sequence[Frame], stamped: int = 2, landed: Sequence[str] = ()) -> None:
        """A commit of the flow; what it was cut off from before has `landed` in some tables."""
        place = {"log_partition": pl.lit(1, pl.Int32), "log_offset": pl.lit(self._offset, pl.Int64)}
        said = rows(frames).with_columns(
            **place,
            log_item=pl.int_range(pl.len(), dtype=pl.Int32),
            received_date=pl.col("received_at").dt.date(),
            consent_level=pl.lit(stamped, pl.Int64),
            consent_source=pl.lit("token"),
        )
        made = {name: parts for name, parts in windows(Batch(said, {})).tables.items() if name not in landed}
        self._sink.commit({**made, STREAM.primary.name: said}, {1: self._offset + 1}, {1: len(frames)})
        self._offset += 1
        self.did += frames

    def start_again(self) -> None:
        """The flow died, and another one reads what the tables have."""
        self._sink = self._opened()

    def say(self, person: str, allowed: int, since: datetime) -> None:
        self.said.append(Said(person, allowed, since, len(self.said)))

    def withdraw(self, go_on: Callable[[], None] = lambda: None) -> Withdrawn:
        """What the job does, of these people's records."""
        found = [("clinic", said.person, said.since, said.level) for said in self.said]
        records = pl.DataFrame(found, schema=RECORDS, orient="row")
        decision = Decision(STREAM, records, min(said.since for said in self.said))
        return withdraw(self.location, decision, PARTITIONS, _nobody, go_on)

    def allowed(self) -> list[Frame]:
        """By the reference."""
        at = [(frame, AT + timedelta(milliseconds=frame.elapsed_ms)) for frame in self.did]
        return [frame for frame, when in at if level(frame.subject, when, 2, self.said) >= NEEDED]

    def agrees(self) -> None:
        """All three tables have what is allowed, and nothing else."""
        reader = TableReader(self.location)
        there = reader.scan(STREAM.primary.name).select("subject", "session_id", "frame_number").collect().rows()
        assert sorted(there) == sorted((frame.subject, frame.session, frame.number) for frame in self.allowed())
        agree(reader.rows(POSE_WINDOWS).collect(), reader.rows(POSE_SESSIONS).collect(), self.allowed())

    def levels(self, table: str) -> set[int]:
        return set(TableReader(self.location).scan(table).collect()["consent_level"])


def _nobody(sessions: pl.DataFrame) -> None:
    raise AssertionError("the flow folds no pose sessions")


@pytest.fixture
def filming(tmp_path: Path) -> Filming:
    """Three seconds of two people in two commits each, a session each; zoe allows the first half, and what follows."""
    found = Filming(tmp_path)
    for number in range(2):
        for person in ("zoe", "max"):
            phase = "eccentric" if number % 2 else "concentric"
            found.film(standing(f"of-{person}", 44, 44 * number, subject=person, rep=number, phase=phase))
    found.say("zoe", 1, HALF)
    found.say("zoe", 2, THEN)
    return found


def later(first: int) -> list[Frame]:
    """Some frames more of the session, which she allows."""
    return standing("of-zoe", 5, 90 + first, subject="zoe", rep=4)


def test_the_half_that_is_allowed_stays_in_windows_and_sessions_and_others_as_they_are(filming: Filming) -> None:
    done = filming.withdraw()
    assert (done.rows, done.sessions) == (43, 1)
    filming.agrees()
    assert filming.withdraw() == Withdrawn()


def test_of_a_session_that_is_wholly_withdrawn_nothing_is_left(filming: Filming) -> None:
    filming.said = [Said("zoe", 0, AT, 0)]
    assert filming.withdraw().rows == 88
    filming.agrees()


def test_a_session_goes_on_after_a_part_of_it_was_taken_out(filming: Filming) -> None:
    filming.withdraw()
    filming.film(later(0))
    filming.film(later(30))
    filming.agrees()
    filming.say("zoe", 1, THEN + timedelta(seconds=1))
    assert filming.withdraw().rows == 5
    filming.agrees()


@pytest.mark.parametrize("exchanges", range(4))
def test_a_job_that_dies_between_two_tables_is_finished_by_the_next(
    filming: Filming, exchanges: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, exchange = iter(range(exchanges)), TableFiles.exchange

    def dying(files: TableFiles, *args: Any) -> None:
        if next(left, None) is None:
            raise Crash
        exchange(files, *args)

    with monkeypatch.context() as patched:
        patched.setattr(TableFiles, "exchange", dying)
        with pytest.raises(Crash):
            filming.withdraw()
    filming.film(later(0))
    filming.withdraw()
    filming.agrees()


def test_who_has_to_end_changes_nothing_more(filming: Filming) -> None:
    reader = TableReader(filming.location)

    def ended() -> None:
        raise Crash

    with pytest.raises(Crash):
        filming.withdraw(ended)
    assert [reader.version(table.name) for table in (STREAM.primary, *DERIVED)] == [4, 4, 4]


def _before_the_primary_is_read(monkeypatch: pytest.MonkeyPatch, then: Callable[[], None]) -> None:
    def and_then(*args: Any) -> dict[int, int]:
        found = offsets_passed(*args)
        then()
        return found

    monkeypatch.setattr("sinks.remade.offsets_passed", and_then)


def _before_the_exchange(monkeypatch: pytest.MonkeyPatch, then: Callable[[], None]) -> None:
    exchange = TableFiles.exchange

    def and_first(files: TableFiles, *args: Any) -> None:
        then()
        exchange(files, *args)

    monkeypatch.setattr(TableFiles, "exchange", and_first)


@pytest.mark.parametrize("when", [_before_the_primary_is_read, _before_the_exchange])
def test_what_the_flow_commits_meanwhile_counts_once(
    filming: Filming, when: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    more = iter(range(0, 50, 5))

    def then() -> None:
        filming.film(later(next(more)))

    with monkeypatch.context() as patched:
        when(patched, then)
        filming.withdraw()
    assert next(more) > 10, "in every table's exchange"
    filming.agrees()


@pytest.mark.parametrize("written", [1, 2])
def test_it_waits_for_a_flow_that_stands_between_two_tables_of_a_commit(
    filming: Filming, written: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = later(0)
    with crashing(before_write=written), pytest.raises(Crash):
        filming.film(frames)

    def finish(_: float) -> None:
        filming.start_again()
        filming.film(frames, landed=[table.name for table in DERIVED][:written])

    with monkeypatch.context() as patched:
        patched.setattr(remade, "PATIENCE_SECONDS", 0.0)
        with pytest.raises(FlowBetween, match="start flow pose"):
            filming.withdraw()
    monkeypatch.setattr("tenacity.nap.time.sleep", finish)
    filming.withdraw()
    filming.agrees()


def test_what_may_stay_at_a_lower_level_says_so_in_every_table(tmp_path: Path) -> None:
    filming = Filming(tmp_path)
    filming.film(standing("of-zoe", 30, subject="zoe"), stamped=3)
    filming.say("zoe", 2, AT)
    assert filming.withdraw() == Withdrawn(0, 30, 1)
    assert [filming.levels(table.name) for table in (STREAM.primary, *DERIVED)] == [{2}, {2}, {2}]
    filming.agrees()
