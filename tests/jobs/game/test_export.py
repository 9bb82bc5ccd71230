"""Exports while the flow stands still: the rows that no table has, none of an erased person, one game's or all."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from uuid import uuid4

import pytest

from blob_store.store import BlobStore
from control.consent_records import ConsentRecord, NewConsent
from jobs.blobs import sweep
from jobs.game import export
from jobs.game.erased import cleaned, erase_from_exports
from jobs.kinds import KEEP_JOBS
from jobs.lake import Lake
from schemas.game import STREAM
from schemas.game.exports import FOLDER
from schemas.shared.consent_rules import LOWERED
from tests.jobs.conftest import Clock
from tests.jobs.game.conftest import Waiting, sent
from tests.kit.game_bodies import APP, CONTRACT, GAMEPLAY, TRAJECTORY, but

KINDS = {"player", "funnel", "gameplay", "realtime"}
NOTHING: dict[str, list[Any]] = {kind: [] for kind in KINDS}


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """A request of the contract's four items, then one of two players each."""
    bodies = ([*CONTRACT.values()], but(GAMEPLAY, player_id="ann"), but(GAMEPLAY, player_id="bob", session_id="of-bob"))
    return [record.value for record in sent(tmp_path_factory.mktemp("sent") / "site", *bodies)]


def named(rows: list[dict[str, Any]]) -> list[str]:
    return [row["session_id"] for row in rows]


def test_without_a_flow_all_that_was_accepted_is_written_a_file_of_each_kind(
    waiting: Waiting, messages: list[bytes]
) -> None:
    waiting.publish(messages)
    job, became = waiting.export()
    found = waiting.written(job)
    assert (became, set(found)) == ("finished", KINDS)
    assert {kind: len(rows) for kind, rows in found.items()} == {"player": 1, "funnel": 1, "gameplay": 3, "realtime": 1}
    (trajectory,) = found["realtime"]
    assert trajectory["positions"] == pytest.approx(TRAJECTORY["positions"])
    assert trajectory["occurred_at"] == "2026-02-12T10:00:00Z"
    assert trajectory["timestamp_end"] == "2026-02-12T10:00:05Z"
    jump = found["gameplay"][0]
    assert (jump["position"], jump["custom_data"]) == ([10.5, 0.0, -5.2], {"weapon": "Sword", "ammo": 10})
    assert (jump["app_id"], jump["tenant"], jump["event_name"]) == (APP, "acme", "Player_Jump")
    assert "player_uuid" not in str(found)


def test_what_the_tables_have_is_not_among_it(waiting: Waiting, messages: list[bytes]) -> None:
    waiting.publish(messages)
    waiting.committed(1)
    job, _ = waiting.export()
    assert named(waiting.written(job)["gameplay"]) == ["session_uuid", "of-bob"]
    waiting.committed(3)
    job, became = waiting.export()
    assert (became, waiting.written(job)) == ("finished", NOTHING)


def test_where_nothing_was_ever_sent_files_are_empty(waiting: Waiting) -> None:
    job, became = waiting.export()
    assert (became, waiting.written(job)) == ("finished", NOTHING)


def test_by_secret_token_it_is_the_applications_alone(waiting: Waiting, messages: list[bytes]) -> None:
    other = messages[1].replace(APP.encode(), b"0b7f3c52-9a8e-4c6d-8f1e-2d3c4b5a6978")
    waiting.publish([other, messages[2], messages[2].replace(b'"tenant":"acme"', b'"tenant":"beta"')])
    job, _ = waiting.export("acme", APP)
    assert named(waiting.written(job)["gameplay"]) == ["of-bob"]


def test_what_nobody_can_read_is_passed_over(waiting: Waiting, messages: list[bytes]) -> None:
    broken = b'{"tenant":"acme"}\n{"event_type":'
    waiting.publish([broken, b'{"again":{}}', messages[1], b"{}\n{}"])
    job, became = waiting.export()
    assert (became, len(waiting.written(job)["gameplay"])) == ("finished", 1)


def subject_of(waiting: Waiting, job: int, session: str) -> str:
    return next(str(row["subject"]) for row in waiting.written(job)["gameplay"] if row["session_id"] == session)


def test_what_somebody_did_who_was_erased_is_not_among_it(waiting: Waiting, messages: list[bytes]) -> None:
    waiting.publish(messages)
    bob = subject_of(waiting, waiting.export()[0], "of-bob")
    stones = waiting.lake.control.tombstones
    stones.add("beta", bob, datetime(2027, 1, 1, tzinfo=UTC))
    stones.add("acme", bob, datetime(2027, 1, 1, tzinfo=UTC), scope="a project")
    job, _ = waiting.export()
    assert "of-bob" in named(waiting.written(job)["gameplay"])
    stones.add("acme", bob, datetime(2027, 1, 1, tzinfo=UTC))
    job, _ = waiting.export()
    assert named(waiting.written(job)["gameplay"]) == ["session_uuid"] * 2


PLAYED_AT = datetime(2026, 2, 12, 10, tzinfo=UTC)
"""When everything of the contract's example happened."""


def says(lake: Lake, subject: str, level: int, since: datetime = PLAYED_AT, **said: Any) -> ConsentRecord:
    """A record of somebody of acme, on the log as well."""
    by_name = {"tenant": "acme", "source": None, "extra": None, "recorded_at": since, "request_id": "r"}
    who = {"recorded_by": "crm", "recorded_role": "system", "event_id": str(uuid4()), **said}
    new = NewConsent(**{**by_name, **who}, subject=subject, level=level, effective_at=since)
    made = lake.control.consent.add(new)
    lake.control.consent.published([made.number])
    return made


def test_what_somebody_did_after_they_withdrew_is_not_among_it(
    waiting: Waiting, messages: list[bytes], lake: Lake
) -> None:
    waiting.publish(messages)
    bob = subject_of(waiting, waiting.export()[0], "of-bob")
    says(lake, bob, 1, PLAYED_AT + timedelta(microseconds=1))
    says(lake, bob, 0, tenant="beta")
    assert "of-bob" in named(waiting.written(waiting.export()[0])["gameplay"]), "it happened before"
    says(lake, bob, 1)
    assert named(waiting.written(waiting.export()[0])["gameplay"]) == ["session_uuid"] * 2
    says(lake, bob, 2)
    assert "of-bob" in named(waiting.written(waiting.export()[0])["gameplay"]), "of two the later counts"


def test_what_is_kept_at_a_lower_level_says_so(waiting: Waiting, messages: list[bytes], lake: Lake) -> None:
    assert messages[2].count(b'"consent_level":2') == 1
    waiting.publish([messages[2].replace(b'"consent_level":2', b'"consent_level":3')])
    bob = subject_of(waiting, waiting.export()[0], "of-bob")
    says(lake, bob, 2)
    (row,) = waiting.written(waiting.export()[0])["gameplay"]
    assert (row["consent_level"], row["consent_source"], row["decision_reason"]) == (2, "record", LOWERED)


def test_it_leaves_out_what_the_flow_does(waiting: Waiting, messages: list[bytes], lake: Lake) -> None:
    waiting.publish(messages)
    bob = subject_of(waiting, waiting.export()[0], "of-bob")
    said = says(lake, bob, 0)
    left = [row["event_id"] for rows in waiting.written(waiting.export()[0]).values() for row in rows]
    waiting.flow(said)
    stored = waiting.installation.tables.scan(STREAM.primary.name).collect()["event_id"].to_list()
    assert len(stored) == 5
    assert sorted(left) == sorted(stored)


@pytest.mark.parametrize("how", ["erased", "withdrawn"])
def test_whoever_goes_while_it_is_written_is_taken_out_of_it(
    how: str, waiting: Waiting, messages: list[bytes], lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting.publish(messages)
    first, put = waiting.export()[0], BlobStore.put
    bob = subject_of(waiting, first, "of-bob")

    def put_and_gone(blobs: BlobStore, name: str, content: Any) -> None:
        put(blobs, name, content)
        if how == "erased" and not lake.control.tombstones.after(0):
            lake.control.tombstones.add("acme", bob, datetime(2027, 1, 1, tzinfo=UTC))
        if how == "withdrawn" and not lake.control.consent.newest("acme", [bob]):
            says(lake, bob, 0)

    monkeypatch.setattr(BlobStore, "put", put_and_gone)
    job, became = waiting.export()
    assert became == "finished"
    assert named(waiting.written(job)["gameplay"]) == ["session_uuid"] * 2


def test_a_withdrawal_takes_its_person_out_of_exports_before_the_flow_goes_on(
    waiting: Waiting, messages: list[bytes], lake: Lake, do: Callable[..., str]
) -> None:
    waiting.publish(messages)
    job, _ = waiting.export()
    bob = subject_of(waiting, job, "of-bob")
    says(lake, bob, 1, datetime.now(UTC) + timedelta(days=2))
    assert do("withdraw") == "finished"
    assert bob in str(waiting.written(job)), "nothing of it can have happened by then"
    says(lake, bob, 1)
    assert do("withdraw", "again") == "finished"
    assert named(waiting.written(job)["gameplay"]) == ["session_uuid"] * 2
    assert {kind: len(rows) for kind, rows in waiting.written(job).items()} | {"gameplay": 2} == {
        "player": 1, "funnel": 1, "gameplay": 2, "realtime": 1,
    }  # fmt: skip
    assert len(lake.control.consent.uncorrected()) == 2, "the tables' turn comes once the flow has passed them"


def test_of_two_that_take_somebody_out_at_once_the_last_leaves_out_both(
    waiting: Waiting, messages: list[bytes], lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting.publish(messages)
    job, _ = waiting.export()
    ann, bob = (subject_of(waiting, job, session) for session in ("session_uuid", "of-bob"))
    says(lake, bob, 0)
    put, others = BlobStore.put, [True]

    def put_after_another(blobs: BlobStore, name: str, content: Any) -> None:
        if others:
            others.clear()
            lake.control.tombstones.add("acme", ann, datetime(2027, 1, 1, tzinfo=UTC))
        put(blobs, name, content)

    monkeypatch.setattr(BlobStore, "put", put_after_another)
    assert cleaned(lake, f"{FOLDER}/{job}/gameplay.ndjson") == {("acme", ann), ("acme", bob)}
    left = waiting.written(job)["gameplay"]
    assert {row["subject"] for row in left}.isdisjoint({ann, bob})


def test_an_erasure_takes_its_person_out_of_exports_and_leaves_the_others(
    waiting: Waiting, messages: list[bytes], lake: Lake, clock: Clock
) -> None:
    waiting.publish(messages)
    job, _ = waiting.export()
    bob = subject_of(waiting, job, "of-bob")
    begin = lake.control.erasures.begin
    clock.pass_(timedelta(days=1))
    scoped = begin(tenant="acme", subject=bob, requested_by="operator", scope="a project").erasure
    foreign = begin(tenant="beta", subject=bob, requested_by="operator").erasure
    assert [erase_from_exports(lake, erasure) for erasure in (scoped, foreign)] == [0, 0]
    erasure = begin(tenant="acme", subject=bob, requested_by="operator").erasure
    assert erase_from_exports(lake, erasure) == 1
    assert erase_from_exports(lake, erasure) == 0
    assert {kind: len(rows) for kind, rows in waiting.written(job).items()} == {
        "player": 1,
        "funnel": 1,
        "gameplay": 2,
        "realtime": 1,
    }
    assert bob.encode() not in b"".join(map(lake.blobs.read, lake.blobs.names(FOLDER)))


def test_more_than_an_export_may_have_is_refused_and_nothing_is_kept(
    waiting: Waiting, messages: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MOST_BYTES", 1000)
    waiting.publish(messages)
    job, became = waiting.export()
    assert became.startswith("failed: what is not in the tables yet has more than 1000 bytes")
    assert waiting.written(job) == {}


def test_a_worker_that_is_stopped_gives_the_export_back(waiting: Waiting, messages: list[bytes]) -> None:
    waiting.publish(messages)
    stopping = Event()
    stopping.set()
    assert waiting.export(stopping=stopping)[1] == "queued"


def test_exports_go_with_the_jobs_that_wrote_them(
    waiting: Waiting, messages: list[bytes], lake: Lake, clock: Clock
) -> None:
    waiting.publish(messages)
    job, _ = waiting.export()
    clock.now = datetime.now(UTC) + timedelta(days=2)
    sweep(lake, clock(), Event())
    assert set(waiting.written(job)) == KINDS
    lake.control.jobs.forget(clock() + KEEP_JOBS)
    sweep(lake, clock(), Event())
    assert waiting.written(job) == {}
