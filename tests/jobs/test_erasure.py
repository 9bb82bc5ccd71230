"""Erasures as a worker carries them out: nothing of the person is left anywhere, and everything of the others is."""

import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import Mock

import msgspec
import polars as pl
import pytest

from blob_store.store import BlobStore
from control.capture_sessions import CaptureSession
from control.consent_records import NewConsent
from control.erasures import Erasure
from event_log import Admin
from jobs.erasure.erase import erase
from jobs.lake import Lake
from kinelake.balance import balance, position
from kinelake.installation import Installation
from schemas.media.events import STREAM
from schemas.media.sessions import MEDIA_SESSION_STATES, MEDIA_SESSIONS
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.times import microseconds
from sinks.files import TableFiles
from tests.jobs.conftest import Clock
from tests.kit.capture import begin as begin_session
from tests.kit.cases import Crash
from tests.kit.lake import AT, commit, dead, event, publish, rows

ROOT = Path(__file__).parents[2]
HOUR = timedelta(hours=1)
ZOE, ANN = "5a" * 32, "a4" * 32
SESSION = "0190f3a0-0000-7000-8000-000000000001"
WORDS = {ZOE: "Zoe's unmistakable words", ANN: "Ann's unmistakable words"}
Do = Callable[..., str]


def happened(offset: int, person: str, after: timedelta = timedelta()) -> dict[str, Any]:
    """A row of media_events, with words of the person."""
    at = AT + after
    own = {"subject": person, "session_id": f"of-{person[:2]}", "media_id": "m", "event_type": "play"}
    said = {"extra": msgspec.json.encode({"said": WORDS[person]}).decode(), "event_id": f"{offset:032d}"}
    return {**event(offset, at), **own, **said, "received_at": at, "consent_level": 2, "consent_source": "token"}


def message(person: str, after: timedelta = timedelta()) -> bytes:
    """What the log has of such a row."""
    at = microseconds(AT + after)
    head = {"schema_version": 2, "tenant": "o", "subject": person, "received_at": at, "consent_level": 2}
    return b"\n".join(map(msgspec.json.encode, (head, {"event_type": "play", "occurred_at": at, "x": WORDS[person]})))


def state(person: str, day: str) -> dict[str, Any]:
    own = {"tenant": "o", "subject": person, "session_id": f"of-{person[:2]}", "media_id": WORDS[person], "revision": 1}
    return {**own, "first_event_at": AT, "last_event_at": AT, "last_received_at": AT, day: AT.date()}


@pytest.fixture
def stored(installation: Installation, lake: Lake, clock: Clock) -> Installation:
    """Rows, sessions and letters of zoe and ann from before the clock's now; all of it passed and on the log."""
    clock.now = AT + HOUR
    publish(installation, [message(ZOE), message(ANN), message(ZOE)])
    letters = [dead(0, message(ZOE)), dead(1, message(ZOE), tenant="o", subject=ZOE), dead(2, message(ANN))]
    tables = {
        STREAM.primary.name: rows(STREAM.primary, happened(0, ZOE), happened(1, ANN)),
        MEDIA_SESSION_STATES.name: rows(MEDIA_SESSION_STATES, *(state(who, "received_date") for who in WORDS)),
        DEAD_LETTERS.name: rows(DEAD_LETTERS, *letters[:2]),
    }
    commit(installation, tables, 2, 4)
    tables = {
        STREAM.primary.name: rows(STREAM.primary, happened(2, ZOE)),
        DEAD_LETTERS.name: rows(DEAD_LETTERS, letters[2]),
    }
    commit(installation, tables, 3, 2)
    return installation


def begin(lake: Lake, clock: Clock, **more: Any) -> Erasure:
    """Of zoe, and the flows know of it."""
    begun = lake.control.erasures.begin(tenant="o", subject=ZOE, requested_by="api_key:1", **more).erasure
    clock.pass_(timedelta(seconds=5))
    return begun


def now(lake: Lake, erasure: Erasure) -> Erasure:
    found = lake.control.erasures.get(erasure.id)
    assert found is not None
    return found


def in_bytes(folder: Path, words: bytes) -> list[str]:
    """The files that have these bytes as they are, or inside Parquet."""
    found = [path for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]
    packed = [path for path in folder.rglob("*.parquet") if words in str(pl.read_parquet(path).to_dicts()).encode()]
    return sorted({path.relative_to(folder).as_posix() for path in (*found, *packed)})


def people(lake: Lake, table: str) -> list[str]:
    return sorted(lake.tables.scan(table).collect()["subject"].to_list())


def test_an_erasure_takes_a_person_out_of_every_table_and_leaves_the_others(
    stored: Installation, lake: Lake, clock: Clock, do: Do
) -> None:
    erasure = begin(lake, clock)
    assert do("erase") == "finished"
    assert now(lake, erasure).state == "tables_clean"
    for table in (STREAM.primary.name, MEDIA_SESSION_STATES.name):
        assert people(lake, table) == [ANN], table
    (letter,) = lake.tables.scan(DEAD_LETTERS.name).collect()["value"]
    assert letter == message(ANN)
    found = balance(stored, position(stored, STREAM.name))
    assert (found.balance, found.stored, found.suppressed, found.dead_lettered) == (0, 1, {"erased": 2}, 3)


def test_its_receipt_says_what_went_from_where_and_when_the_rest_will(
    stored: Installation, lake: Lake, clock: Clock, do: Do
) -> None:
    erasure = begin(lake, clock)
    do("erase")
    told = now(lake, erasure)
    went = {table: (had["rows"], had["files"]) for table, had in told.detail["tables"].items() if had["rows"]}
    assert went == {STREAM.primary.name: (2, 2), MEDIA_SESSION_STATES.name: (1, 1), DEAD_LETTERS.name: (2, 1)}
    assert told.detail["messages"] == 2
    assert (told.tables_clean_at, told.finish_expected_at) == (clock(), clock() + 24 * HOUR)
    assert {*told.detail["versions"]} >= {STREAM.primary.name, MEDIA_SESSION_STATES.name, DEAD_LETTERS.name}


def test_what_they_do_later_is_kept(stored: Installation, lake: Lake, clock: Clock, do: Do) -> None:
    erasure = begin(lake, clock)
    later = rows(STREAM.primary, happened(3, ZOE, 2 * HOUR))
    publish(stored, [message(ZOE, 2 * HOUR)])
    commit(stored, {STREAM.primary.name: later}, 4, 1)
    do("erase")
    assert people(lake, STREAM.primary.name) == sorted([ANN, ZOE])
    assert now(lake, erasure).detail["messages"] == 2, "theirs of before"


def test_nothing_is_left_in_any_file_once_it_has_finished(
    stored: Installation, lake: Lake, clock: Clock, do: Do
) -> None:
    folder, words = stored.settings.data, WORDS[ZOE].encode()
    assert in_bytes(folder, words), "the scan finds what is there"
    erasure = begin(lake, clock)
    do("erase")
    assert in_bytes(folder / "tables", words), "older versions still have it"
    assert not [path for path in in_bytes(folder, words) if not path.startswith("tables/")]
    clock.pass_(23 * HOUR)
    do("erase")
    assert now(lake, erasure).state == "tables_clean"
    clock.now = clock.now.replace(year=2100)
    assert do("erase") == "finished"
    assert now(lake, erasure).state == "finished"
    assert in_bytes(folder, words) == []
    assert in_bytes(folder, ZOE.encode()) == []
    assert in_bytes(folder, WORDS[ANN].encode()) != []
    assert people(lake, STREAM.primary.name) == [ANN]


def test_it_waits_until_the_flows_have_passed_what_they_read_before(
    stored: Installation, lake: Lake, clock: Clock, do: Do
) -> None:
    publish(stored, [message(ZOE)])
    erasure = begin(lake, clock)
    do("erase")
    assert now(lake, erasure).state == "hidden"
    commit(stored, {STREAM.primary.name: rows(STREAM.primary, happened(3, ZOE))}, 4, 1)
    do("erase")
    assert now(lake, erasure).state == "tables_clean"
    assert people(lake, STREAM.primary.name) == [ANN]


STEPS = [
    "sinks.erased.TableFiles.exchange", "sinks.erased_stream._derived", "sinks.erased_stream._primary",
    "sinks.media.erased.refresh_cells", "sinks.erased_sums.TakenOff._put_together", "jobs.erasure.tables.erase_letters",
    "jobs.erasure.erase.erase_blobs", "jobs.erasure.erase.erase_control", "jobs.erasure.erase.blank",
    "jobs.erasure.tables.clean_version", "control.erasures.Erasures.note",
]  # fmt: skip
DEATHS = 20


def test_a_job_that_dies_twenty_times_anywhere_is_finished_by_the_next(
    stored: Installation, lake: Lake, clock: Clock, do: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.worker.log", Mock())
    chance, deaths, offsets = Random(11), list[str](), count(3)
    while len(deaths) < DEATHS:
        came_back(stored, lake, next(offsets), clock.now - AT - timedelta(seconds=1))
        erasure = begin(lake, clock)
        for step in chance.sample(STEPS, 5):
            with monkeypatch.context() as patched:
                patched.setattr(step, dying(step, chance.randrange(2), deaths))
                do("erase", f"{len(deaths)} {step}")
        clock.pass_(HOUR)
        while now(lake, erasure).state == "hidden":
            do("erase", f"{len(deaths)} at last")
        for table in (STREAM.primary.name, MEDIA_SESSION_STATES.name):
            assert people(lake, table) == [ANN], (deaths, table)
        assert people(lake, MEDIA_SESSIONS.name) == [], deaths
    assert balance(stored, position(stored, STREAM.name)).balance == 0
    clock.now = clock.now.replace(year=2100)
    do("erase", "the end")
    assert {"finished"} == {*lake.control.erasures.counts()}
    assert in_bytes(stored.settings.data, WORDS[ZOE].encode()) == []


WORKER = """
import sys, threading
from jobs.kinds import kinds
from jobs.worker import Place
from kinelake.installation import opened
from kinelake.role import now

works = {kind.name: kind.work for kind in kinds() if kind.name == "erase"}
with opened(data=sys.argv[1]) as installation:
    installation.control.jobs.enqueue("erase", sys.argv[2], {})
    place = Place(installation.lake, works, (), sys.argv[2], now, threading.Event())
    print("ready", flush=True)
    place.work_once()
"""


def test_a_worker_that_is_killed_in_the_middle_leaves_the_rest_to_the_next(
    stored: Installation, lake: Lake, clock: Clock, do: Do
) -> None:
    erasure, chance = begin(lake, clock), Random(11)
    for kill in range(3):
        command = [sys.executable, "-c", WORKER, str(stored.settings.data), f"kill-{kill}"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            assert "ready" in worker.stdout.readline()
            with suppress(subprocess.TimeoutExpired):
                worker.wait(chance.uniform(0.05, 1.0))
            worker.kill()
    for turn in range(4):
        # jobs that a killed one had not begun come first
        do("erase", f"after {turn}")
    assert now(lake, erasure).state == "tables_clean"
    assert people(lake, STREAM.primary.name) == people(lake, MEDIA_SESSION_STATES.name) == [ANN]
    assert balance(stored, position(stored, STREAM.name)).balance == 0


class Brokers:
    """A log as Kafka is: it empties no message, and lets go of what is old."""

    blanks = False

    def __init__(self, log: Admin) -> None:
        self._log = log
        self.expired = False

    def end_offsets(self, topic: str) -> dict[int, int]:
        return self._log.end_offsets(topic)

    def start_offsets(self, topic: str) -> dict[int, int]:
        return self._log.end_offsets(topic) if self.expired else self._log.start_offsets(topic)


def test_where_messages_cannot_be_emptied_it_finishes_once_the_log_has_let_go_of_them(
    stored: Installation, lake: Lake, clock: Clock, place: Callable[..., Any]
) -> None:
    brokers: Any = Brokers(lake.log)
    over = replace(lake, log=brokers)
    erasure = begin(lake, clock)

    def done() -> Erasure:
        lake.control.jobs.enqueue("erase", "erase", {})
        assert place({"erase": erase}, over=over).work_once()
        return now(lake, erasure)

    cleaned = done()
    assert (cleaned.state, cleaned.detail["messages"]) == ("tables_clean", 0)
    assert cleaned.finish_expected_at == clock() + 7 * 24 * HOUR
    clock.pass_(8 * 24 * HOUR)
    assert done().state == "tables_clean", "the log still has them"
    brokers.expired = True
    assert done().state == "finished"


def came_back(stored: Installation, lake: Lake, offset: int, after: timedelta) -> None:
    """Zoe does something more, and has a session that is settled."""
    publish(stored, [message(ZOE, after)])
    commit(stored, {STREAM.primary.name: rows(STREAM.primary, happened(offset, ZOE, after))}, offset + 1, 1)
    settled = TableFiles.open(lake.location, MEDIA_SESSIONS)
    settled.exchange([], rows(MEDIA_SESSIONS, {**state(ZOE, "start_date"), "status": "completed"}), {})


def dying(step: str, times: int, deaths: list[str]) -> Callable[..., Any]:
    """Does as the step should so often, and then dies."""
    place, _, name = step.rpartition(".")
    real, calls = getattr(pkgutil.resolve_name(place), name), count()

    def does(*arguments: Any, **named: Any) -> Any:
        if next(calls) == times:
            deaths.append(step)
            raise Crash
        return real(*arguments, **named)

    return does


def test_blobs_of_the_sessions_that_went_go_and_control_forgets_who_they_were(
    stored: Installation, lake: Lake, clock: Clock, do: Do
) -> None:
    session = CaptureSession(
        id=SESSION, tenant="o", project_id="p", subject=ZOE, user_id="zoe@example.org", capture_mode="video",
        frame_rate=10.0, created_at=AT,
    )  # fmt: skip
    begin_session(lake.control, session)
    blobs = BlobStore(str(stored.settings.blobs_url))
    for name in (f"chunks/{SESSION}/0-a", f"chunks/{SESSION}/1-b", f"videos/{SESSION}/c.mp4", f"chunks/{SESSION}2/0"):
        blobs.put(name, b"picture")
    erasure = begin(lake, clock, scope="p")
    do("erase")
    assert now(lake, erasure).detail["blobs"] == 3
    assert blobs.names("chunks") == [f"chunks/{SESSION}2/0"]
    assert people(lake, STREAM.primary.name) == sorted([ANN, ZOE, ZOE]), "media is no project's"
    clock.now = clock.now.replace(year=2100)
    assert do("erase", "again") == "finished"
    assert in_bytes(stored.settings.data, b"zoe@example.org") == []


def test_of_consent_only_an_objection_stays_and_nothing_that_was_said_with_it(
    stored: Installation, lake: Lake, clock: Clock, do: Do
) -> None:
    said: dict[str, Any] = {
        "tenant": "o",
        "source": WORDS[ZOE],
        "extra": None,
        "effective_at": None,
        "recorded_role": "user",
    }
    for number, (person, level) in enumerate([(ZOE, 2), (ZOE, 1), (ANN, 1)]):
        own = {"subject": person, "recorded_by": person, "level": level, "event_id": f"{number}", "request_id": "r"}
        lake.control.consent.add(NewConsent(**{**said, **own, "recorded_at": AT + number * HOUR / 4}))
    begin(lake, clock)
    do("erase")
    (kept,) = lake.control.consent.listed("o", ZOE)
    assert (kept.level, kept.source, kept.extra, kept.request_id) == (1, None, None, "")
    (others,) = lake.control.consent.listed("o", ANN)
    assert (others.source, others.request_id) == (WORDS[ZOE], "r")


def test_no_job_and_no_log_line_says_whom_it_is_about(
    stored: Installation, lake: Lake, clock: Clock, do: Do, capfd: pytest.CaptureFixture[str]
) -> None:
    begin(lake, clock)
    do("erase")
    clock.now = clock.now.replace(year=2100)
    do("erase", "again")
    for job in lake.control.jobs.list(kind="erase"):
        assert not re.search(f"{ZOE}|{WORDS[ZOE]}", str(job))
    told = "".join(capfd.readouterr())
    assert "erasure_finished" in told
    assert ZOE not in told
    assert WORDS[ZOE] not in told
