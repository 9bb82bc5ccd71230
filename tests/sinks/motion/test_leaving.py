"""Rows of motion tables go with consent that is taken back and with an erasure, and nobody else's do."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from jobs.motion.messages import Filmed, records
from schemas.motion import STREAMS
from schemas.shared.stream import Stream
from schemas.shared.times import microseconds
from sinks.decided import RECORDS, Decision
from sinks.erased import PEOPLE, SESSIONS, Erasing
from sinks.erased_stream import erase_stream
from sinks.location import Location
from sinks.withdrawn import withdraw
from tests.kit.cases import TENANT, Run
from tests.kit.motion.documents import squatted
from tests.kit.motion.told import FILMED, THREAD, VERSION

# each goes on where the one before it has left the tables
pytestmark = pytest.mark.xdist_group("leaving motion tables")

ANN, BOB = "ann", "bob"
NOON = datetime(2026, 2, 17, 12, tzinfo=UTC)
HOURS = (10, 14)

Counts = Mapping[str, tuple[int, int]]
"""Table → rows of before and after noon."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Run]:
    """Two people's films in the morning and in the afternoon; tests change the tables one after the other."""
    return {stream.name: _run(tmp_path_factory.mktemp(stream.name), stream) for stream in STREAMS}


def _run(folder: Path, stream: Stream) -> Run:
    run = Run(folder, stream)
    for subject in (ANN, BOB):
        for hour in HOURS:
            said = records(_film(subject, hour), squatted(), VERSION, microseconds(NOON.replace(hour=hour)), [THREAD])
            run.publish(said.sessions if stream is STREAMS[0] else list(said.landmarks))
    run.flow()
    return run


def _film(subject: str, hour: int) -> Filmed:
    return replace(FILMED, subject=subject, session_id=f"{subject}-{hour}")


def counts(runs: Mapping[str, Run], subject: str) -> Counts:
    found = {
        table.name: runs[stream.name].rows(table.name).filter(pl.col("subject") == subject)
        for stream in STREAMS
        for table in stream.tables
    }
    early = pl.col("occurred_at") < NOON
    return {name: (rows.filter(early).height, rows.filter(~early).height) for name, rows in found.items()}


def without(whole: Counts, *, morning: bool) -> Counts:
    """The same without the afternoon, and without the morning, too, where that is not said to stay."""
    return {name: (early if morning else 0, 0) for name, (early, _) in whole.items()}


def nobody_asked(_: pl.DataFrame) -> None:
    raise AssertionError("motion folds no sessions")


def test_consent_taken_back_takes_what_came_after_it_out_of_every_table(runs: Mapping[str, Run]) -> None:
    whole = counts(runs, ANN)
    assert whole == counts(runs, BOB)
    assert all(early == late > 0 for early, late in whole.values())
    levels = pl.DataFrame([(TENANT, ANN, NOON, 1)], RECORDS, orient="row")
    for stream in STREAMS:
        location = Location(runs[stream.name].tables.tables_url)
        withdraw(location, Decision(stream, levels, NOON), range(4), nobody_asked, lambda: None)
    assert counts(runs, ANN) == without(whole, morning=True)
    assert counts(runs, BOB) == whole


def test_an_erasure_takes_all_of_a_person_and_nothing_of_others(runs: Mapping[str, Run]) -> None:
    whole = counts(runs, BOB)
    people = pl.DataFrame([(1, TENANT, ANN, "", NOON.replace(hour=20))], PEOPLE, orient="row")
    erasing = Erasing(people, pl.DataFrame(schema=SESSIONS))
    for stream in STREAMS:
        location = Location(runs[stream.name].tables.tables_url)
        erase_stream(location, stream, erasing, 1, range(4), nobody_asked, lambda: None)
    assert counts(runs, ANN) == without(whole, morning=False)
    assert counts(runs, BOB) == whole
