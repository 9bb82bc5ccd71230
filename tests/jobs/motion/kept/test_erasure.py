"""Erasing one filmed session, or a person, while their analysis is still at work: real log, flows, tables, blobs."""

import threading
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

from control.erasures import Erasure
from control.motion_sessions import MotionSession
from jobs.blobs import sweep
from sinks.options import SinkOptions
from tests.jobs.motion.kept.conftest import Do, Films
from tests.jobs.test_erasure import dying
from tests.kit.cases import TENANT
from tests.kit.scanning import canary

HOUR = timedelta(hours=1)


@pytest.fixture
def people(films: Films) -> tuple[MotionSession, MotionSession, MotionSession]:
    """Two sessions of zoe's and one of ann's, all of them analysed and in the tables."""
    sessions = films.session("zoe"), films.session("zoe"), films.session("ann")
    for session in sessions:
        films.analysed(session)
    films.flow()
    return sessions


def begun(films: Films, session: MotionSession) -> Erasure:
    """The session's erasure, once the flows know of it."""
    erasure = films.lake.control.erasures.begin_session(tenant=TENANT, session_id=session.id, requested_by="api_key:1")
    assert erasure is not None
    films.clock.pass_(timedelta(seconds=5))
    return erasure


def now(films: Films, erasure: Erasure) -> Erasure:
    found = films.lake.control.erasures.get(erasure.id)
    assert found is not None
    return found


def kept(films: Films) -> set[str]:
    """The sessions that each table has, where all have the same."""
    found = {name: frozenset(rows["session_id"]) for name, rows in films.rows().items()}
    (same,) = set(found.values())
    return set(same)


def found(place: str) -> str:
    """The store that a place is in."""
    return next(name for name in ("control.db", "log.db", "tables", "blobs") if name in place)


def test_all_of_one_session_goes_and_the_persons_others_stay(
    films: Films, people: tuple[MotionSession, ...], do: Do
) -> None:
    gone, other, anns = people
    whole, messages, erasure = films.rows(), films.messages(), begun(films, gone)
    assert do("erase") == "finished"
    told = now(films, erasure)
    assert told.state == "tables_clean"
    assert kept(films) == {other.id, anns.id}
    went = {table: told.detail["tables"][table]["rows"] for table in whole}
    assert went == {table: rows.height // 3 for table, rows in whole.items()}
    assert {table: rows.height for table, rows in films.rows().items()} == {t: 2 * count for t, count in went.items()}
    assert (told.detail["blobs"], films.names(gone), len(films.blobs())) == (3, set(), 6)
    assert (told.detail["messages"], films.messages()) == (messages // 3, messages * 2 // 3)
    films.passing(25 * HOUR)
    assert do("erase", "later") == "finished"
    assert now(films, erasure).state == "finished"
    places = {"control.db"}, {"control.db", "log.db", "tables", "blobs"}
    assert [{found(place) for place in films.in_files(each.id)} for each in (gone, other)] == [*places], (
        "its tombstone and its job say its id"
    )


@pytest.mark.parametrize("whom", ["session", "person"])
def test_what_a_job_says_after_the_erasure_began_reaches_no_table_and_is_gone_in_the_end(
    films: Films, people: tuple[MotionSession, ...], do: Do, whom: str
) -> None:
    gone, other, anns = people
    stays = {anns.id} if whom == "person" else {other.id, anns.id}
    erasure = begun(films, gone) if whom == "session" else forgotten(films)
    before, after = canary("before"), canary("after")
    films.said(gone, before)
    films.drawn(gone)
    films.flow()
    assert do("erase") == "finished"
    assert now(films, erasure).state == "tables_clean"
    assert (kept(films), films.names(gone)) == (stays, set())
    films.said(gone, after)
    films.drawn(gone)
    films.flow()
    assert kept(films) == stays
    assert films.names(gone) != set(), "until the erasure finishes"
    assert films.lake.control.motion_sessions.note(gone.id, status="done") is None
    films.passing(25 * HOUR)
    assert do("erase", "later") == "finished"
    assert now(films, erasure).state == "finished"
    assert films.names(gone) == set()
    assert (films.in_files(before), films.in_files(after)) == (set(), set())
    assert kept(films) == stays


def test_what_is_put_after_an_erasure_has_finished_is_swept_after_the_grace(
    films: Films, people: tuple[MotionSession, ...], do: Do
) -> None:
    gone, others = people[0], films.blobs() - films.names(people[0])
    begun(films, gone)
    do("erase")
    films.passing(25 * HOUR)
    do("erase", "later")
    films.drawn(gone)
    films.passing(25 * HOUR)
    sweep(films.lake, films.clock(), threading.Event())
    assert films.blobs() == others


def test_a_flow_that_reads_the_log_again_drops_the_session_again(
    films: Films, people: tuple[MotionSession, ...], tmp_path: Path
) -> None:
    gone, other, anns = people
    begun(films, gone)
    for run in films.runs.values():
        run.tables = SinkOptions(tables_url=str(tmp_path / "again"))
        run.flow()
        assert set(run.rows(run.stream.primary.name)["session_id"]) == {other.id, anns.id}


STEPS = [
    "sinks.erased.TableFiles.exchange", "sinks.erased_stream._primary", "jobs.erasure.erase.erase_blobs",
    "jobs.erasure.erase.blank", "jobs.erasure.tables.clean_version", "control.erasures.Erasures.note",
]  # fmt: skip


def test_a_sessions_erasure_that_dies_at_every_step_is_finished_by_the_next(
    films: Films, people: tuple[MotionSession, ...], do: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, other, anns = people
    monkeypatch.setattr("jobs.worker.log", Mock())
    whole, erasure, deaths = films.rows(), begun(films, gone), list[str]()
    for step in STEPS:
        with monkeypatch.context() as patched:
            patched.setattr(step, dying(step, 0, deaths))
            do("erase", step)
    assert deaths == STEPS
    films.clock.pass_(HOUR)
    while now(films, erasure).state == "hidden":
        do("erase", "at last")
    assert kept(films) == {other.id, anns.id}
    left = {table: rows.height for table, rows in films.rows().items()}
    assert left == {table: rows.height * 2 // 3 for table, rows in whole.items()}


def forgotten(films: Films) -> Erasure:
    """Zoe's erasure, once the flows know of it."""
    erasure = films.lake.control.erasures.begin(tenant=TENANT, subject="zoe", requested_by="api_key:1").erasure
    films.clock.pass_(timedelta(seconds=5))
    return erasure
