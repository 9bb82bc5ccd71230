"""Sessions from control, analyses and threads from tables: what is read, and what is kept of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from control.store import Control
from jobs.motion.messages import Filmed, Messages, records
from motion.analysis import Analysis
from motion.documents import Kind, Status, all_threads, export
from motion.documents.threads import session_letters
from motion.request import Language, MeasurementSystem
from query_api.motion.known import KnownSession, Wanted
from query_api.motion.stored_analyses import Kept, StoredAnalyses
from query_api.motion.stored_sessions import StoredSessions
from query_api.motion.stored_threads import StoredThreads
from query_api.tables import Tables
from schemas.motion import LANDMARKS, SESSIONS
from schemas.shared.times import microseconds
from sinks.location import Location
from tests.kit.cases import Run
from tests.kit.migrated import migrated
from tests.kit.motion.clinic import threads_said
from tests.kit.motion.documents import squatted
from tests.kit.motion.filmed_people import film, filmed
from tests.kit.motion.told import AT, FILMED, SESSION, VERSION, uploaded

LATER = AT + timedelta(days=40)
OTHERS = replace(FILMED, session_id="another")
KNOWN = KnownSession(
    id=SESSION,
    tenant=FILMED.tenant,
    user_id="ann",
    plan="Pro",
    request=squatted().request.model_copy(update={"session_name": "Morning"}),
    status=Status.DONE,
    created_at=AT,
    video="",
    pictures="",
)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """A session, and forty days later another one, whose files are gone: who reads them fails."""
    folder = tmp_path_factory.mktemp("stored")
    said = [_said(FILMED, microseconds(AT)), _said(OTHERS, microseconds(LATER))]
    flows = {stream.name: Run(folder, stream) for stream in (SESSIONS, LANDMARKS)}
    for number, messages in enumerate(said):
        first = [] if number else [uploaded(squatted().request)]
        flows[SESSIONS.name].publish([*first, *messages.sessions])
        flows[LANDMARKS.name].publish(list(messages.landmarks))
        for run in flows.values():
            run.flow()
    gone = [file for file in _files(folder / "tables") if f"received_date={LATER:%Y-%m-%d}" in str(file)]
    for file in gone:
        file.unlink()
    assert len(gone) >= 6
    return Tables(Location(str(folder / "tables")))


def _said(filmed: Filmed, at: int) -> Messages:
    return records(filmed, squatted(), VERSION, at, threads_said(squatted(), filmed.session_id))


def _files(folder: Path) -> Iterator[Path]:
    return folder.glob("motion_*/*/*.parquet")


def test_an_analysis_is_made_of_the_files_of_its_days_and_named_as_the_session(tables: Tables) -> None:
    found = StoredAnalyses(tables).of(KNOWN)
    assert found is not None
    assert export(found, world=True) == export(squatted(), world=True)
    assert found.request == KNOWN.request


def test_another_session_has_none(tables: Tables) -> None:
    assert StoredAnalyses(tables).of(replace(KNOWN, id="nobodys")) is None


def test_what_was_made_again_a_moment_ago_is_kept(tables: Tables) -> None:
    analyses = StoredAnalyses(tables)
    first, second = analyses.of(KNOWN), analyses.of(replace(KNOWN, request=squatted().request))
    assert first is not None
    assert second is not None
    assert first.body is second.body
    assert second.request == squatted().request


def test_threads_are_those_that_were_written(tables: Tables) -> None:
    threads = StoredThreads(tables, nobodys)
    written = [one for one in all_threads(squatted(), SESSION) if one.language is Language.IT]
    for kind in Kind:
        expected = [one for one in written if one.kind is kind and one.measurement_system is MeasurementSystem.IMPERIAL]
        assert list(threads.of(KNOWN, kind, Language.IT, MeasurementSystem.IMPERIAL)) == expected


def test_a_thread_is_found_by_the_letters_of_its_session(tables: Tables) -> None:
    asked = list[tuple[str, str]]()

    def theirs(tenant: str, letters: str) -> Sequence[KnownSession]:
        asked.append((tenant, letters))
        return [replace(KNOWN, id="nobodys"), KNOWN]

    threads, wanted = StoredThreads(tables, theirs), next(all_threads(squatted(), SESSION))
    found = threads.get(FILMED.tenant, wanted.id)
    assert found is not None
    assert (found.thread, asked) == (wanted, [(FILMED.tenant, session_letters(SESSION))])
    assert threads.get(FILMED.tenant, f"{wanted.id[:-1]}-") is None
    assert threads.get(FILMED.tenant, f"{wanted.id[:-12]}{'a' * 12}") is None
    assert StoredThreads(tables, nobodys).get(FILMED.tenant, wanted.id) is None


def nobodys(tenant: str, letters: str) -> Sequence[KnownSession]:
    return []


def sized(frames: int) -> Analysis:
    """An analysis of that many frames."""
    body = squatted().body
    times = body.raw.times[:frames]
    return replace(squatted(), body=replace(body, raw=replace(body.raw, times=times)))


def test_so_many_frames_are_kept_and_those_asked_for_last() -> None:
    kept = Kept(60, 10.0, lambda: 0.0)
    for name in "abc":
        kept.put(name, sized(30))
    assert [kept.get(name) is not None for name in "abc"] == [False, True, True]
    kept.put("large", sized(61))
    assert [kept.get(name) for name in ("b", "c", "large")] == [None] * 3


def test_they_are_kept_for_so_many_seconds() -> None:
    now = [0.0]
    kept = Kept(60, 10.0, lambda: now[0])
    kept.put("a", sized(30))
    now[0] = 9.0
    kept.put("b", sized(30))
    assert kept.get("a") is not None
    now[0] = 10.0
    assert kept.get("a") is None
    assert kept.get("b") is not None


def test_of_several_valid_keys_of_the_owner_the_highest_plan_counts(tmp_path: Path) -> None:
    control = Control.open(migrated(tmp_path))
    control.organisations.ensure("acme")
    film(control, "acme", "ann")
    sessions, session_id = StoredSessions(control), filmed("acme", "/running/")
    plans, keys = [], []
    for number, plan in enumerate(("none", "Standard", "Basic", "Enterprise")):
        holder = control.people.holder("acme", "ann", plan, 2)
        keys.append(control.api_keys.create("motion", holder, "user", f"lookup-{number}", "pepper"))
        plans.append(_plan(sessions, session_id))
    control.api_keys.revoke(keys[-1].id)
    assert [*plans, _plan(sessions, session_id)] == ["none", "Standard", "Standard", "Enterprise", "Standard"]
    listed = sessions.newest(Wanted("acme", "ann", None, None, 10, 0))
    assert ({one.plan for one in listed.sessions}, listed.total) == ({"Standard"}, 4)
    assert sessions.newest(Wanted("acme", "ben", None, None, 10, 0)).total == 0
    control.close()


def _plan(sessions: StoredSessions, session_id: str) -> str:
    found = sessions.get(session_id)
    assert found is not None
    return found.plan
