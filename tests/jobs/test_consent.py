"""Consent's own work: the outbox, and what newer records forbid of what is stored, after the flows have passed it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import polars as pl
import pytest

from control.consent_records import ConsentRecord, NewConsent
from event_log import open_reader
from jobs.kinds import kinds
from jobs.lake import Lake
from jobs.schedule import recurring
from kinelake.balance import Balance, balance, position
from kinelake.installation import Installation
from schemas.consent import STREAM as CONSENT
from schemas.media.events import STREAM
from schemas.shared.again import asks_again
from schemas.shared.times import moment
from sinks.decided import withdrawn as application
from tests.jobs.conftest import Clock
from tests.kit.cases import Crash
from tests.kit.lake import AT, commit, event, publish, rows

HOUR = timedelta(hours=1)
Do = Callable[..., str]
IN_SESSIONS = ("media_session_states", "media_sessions")


def record(lake: Lake, level: int, **said: Any) -> ConsentRecord:
    """Of zoe, that she allows so much since AT."""
    by_name = {"tenant": "o", "subject": "zoe", "source": None, "extra": None, "effective_at": AT, "recorded_at": AT}
    who = {"recorded_by": "crm", "recorded_role": "system", "request_id": "r", "event_id": f"{said or level}"}
    return lake.control.consent.add(NewConsent(**{**by_name, **who, "level": level, **said}))


def happened(offset: int, person: str, after: timedelta, level: int = 2) -> dict[str, Any]:
    """A row of media_events, in a session of the person's own."""
    at = AT + after
    own = {"subject": person, "session_id": f"of-{person}", "media_id": "m", "consent_level": level}
    return {**event(offset, at), **own, "received_at": at, "consent_source": "token"}


def state(person: str) -> dict[str, Any]:
    own = {"tenant": "o", "subject": person, "session_id": f"of-{person}", "media_id": "m", "revision": 1}
    return {**own, "received_date": AT.date()}


@pytest.fixture
def stored(installation: Installation) -> Installation:
    """Three rows of zoe, before, at and after AT, one of ann, and their sessions; all of it passed."""
    installation.log.ensure_topic(CONSENT.name)
    publish(installation, [b"{}"] * 4)
    did = [("zoe", -HOUR), ("zoe", timedelta()), ("ann", HOUR), ("zoe", HOUR)]
    events = [happened(offset, person, after) for offset, (person, after) in enumerate(did)]
    states = next(table for table in STREAM.derived_tables if table.name == IN_SESSIONS[0])
    tables = {
        STREAM.primary.name: rows(STREAM.primary, *events),
        states.name: rows(states, state("zoe"), state("ann")),
    }
    commit(installation, tables, 4, 4)
    return installation


def people(installation: Installation, table: str = STREAM.primary.name) -> list[str]:
    return sorted(installation.tables.scan(table).collect()["subject"])


def balanced(installation: Installation) -> Balance:
    found = balance(installation, position(installation, STREAM.name))
    assert found.balance == 0
    return found


def test_what_a_record_forbids_goes_with_its_sessions_and_is_counted(stored: Installation, lake: Lake, do: Do) -> None:
    lake.control.consent.published([record(lake, 1).number])
    assert do("withdraw") == "finished"
    assert people(stored) == ["ann", "zoe"]
    assert people(stored, IN_SESSIONS[0]) == ["ann"]
    found = balanced(stored)
    assert (found.accepted, found.stored, dict(found.suppressed)) == (4, 2, {"consent": 2})
    assert asked(stored) == [{"tenant": "o", "subject": "zoe", "session_id": "of-zoe", "media_id": "m"}]
    assert lake.control.consent.uncorrected() == []
    assert do("withdraw") == "finished"
    assert balanced(stored) == found


@pytest.mark.parametrize(
    ("dies_at", "times"), [("jobs.outbox.Outbox.publish", 1), ("sinks.withdrawn._decided_again", 2)]
)
def test_a_job_that_dies_once_sessions_are_out_asks_for_them_when_it_comes_again(
    dies_at: str, times: int, stored: Installation, lake: Lake, do: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.control.consent.published([record(lake, 1).number])
    with monkeypatch.context() as patched:
        patched.setattr(dies_at, Mock(side_effect=Crash))
        assert do("withdraw").startswith("queued")
    assert people(stored, IN_SESSIONS[0]) == ["ann"]
    assert people(stored) == ["ann", "zoe", "zoe", "zoe"]
    noted = stored.tables.table(STREAM.primary.name).transaction_version(application(STREAM.name))
    assert noted == 0, "for a flow that starts now: sessions may be in this table alone"
    assert do("withdraw", "again") == "finished"
    assert people(stored) == ["ann", "zoe"]
    assert asked(stored) == [{"tenant": "o", "subject": "zoe", "session_id": "of-zoe", "media_id": "m"}] * times
    assert balanced(stored).suppressed == {"consent": 2}


def asked(installation: Installation) -> list[dict[str, str]]:
    """The sessions that the flow is asked to fold again, by what lies on the log."""
    starts = dict.fromkeys(range(installation.settings.partitions), 0)
    reader = open_reader(installation.settings.log_url, STREAM.name, starts, installation.settings)
    values = reader.poll(100, 5.0).values
    reader.close()
    return [json.loads(value)["again"] for value in values if asks_again(value)]


def test_it_waits_until_the_flow_has_passed_what_it_may_have_decided_before(
    stored: Installation, lake: Lake, do: Do
) -> None:
    publish(stored, [b"{}"])
    lake.control.consent.published([record(lake, 0).number])
    assert do("withdraw") == "finished"
    assert people(stored) == ["ann", "zoe", "zoe", "zoe"]
    publish(stored, [b"{}"])
    commit(stored, {STREAM.primary.name: rows(STREAM.primary, happened(4, "zoe", 2 * HOUR))}, 5, 1)
    assert do("withdraw") == "finished", "what came to the log since does not matter"
    assert people(stored) == ["ann", "zoe"]
    assert balanced(stored).suppressed == {"consent": 3}


def test_a_record_that_the_log_does_not_have_yet_corrects_nothing(stored: Installation, lake: Lake, do: Do) -> None:
    record(lake, 0)
    assert do("withdraw") == "finished"
    assert people(stored) == ["ann", "zoe", "zoe", "zoe"]
    assert len(lake.control.consent.uncorrected()) == 1


def test_a_later_word_ends_an_earlier_one_and_what_is_kept_says_under_which_level(
    stored: Installation, lake: Lake, do: Do
) -> None:
    commit(stored, {STREAM.primary.name: rows(STREAM.primary, happened(4, "zoe", 2 * HOUR, level=3))}, 5, 1)
    both = [record(lake, 0), record(lake, 2, effective_at=AT + HOUR)]
    lake.control.consent.published([each.number for each in both])
    assert do("withdraw") == "finished"
    kept = stored.tables.scan(STREAM.primary.name).filter(pl.col("subject") == "zoe").sort("occurred_at").collect()
    levels = kept.select("consent_level", "consent_source", "decision_reason").rows()
    assert levels == [(2, "token", None), (2, "token", None), (2, "record", "a newer record lowers the level")]


def test_another_organisations_person_of_the_same_name_stays(stored: Installation, lake: Lake, do: Do) -> None:
    lake.control.consent.published([record(lake, 0, tenant="elsewhere").number])
    assert do("withdraw") == "finished"
    assert people(stored) == ["ann", "zoe", "zoe", "zoe"]


def test_the_outbox_publishes_what_a_gateway_that_died_had_written(
    installation: Installation, lake: Lake, clock: Clock, do: Do
) -> None:
    installation.log.ensure_topic(CONSENT.name)
    waiting = record(lake, 0, recorded_at=clock())
    assert do("publish_consent") == "finished"
    assert sum(installation.log.end_offsets(CONSENT.name).values()) == 0, "it may be under way"
    clock.pass_(timedelta(seconds=16))
    assert do("publish_consent") == "finished"
    assert do("publish_consent") == "finished"
    starts = dict.fromkeys(range(12), 0)
    reader = open_reader(installation.settings.log_url, CONSENT.name, starts, installation.settings)
    (value,) = reader.poll(10, 5.0).values
    reader.close()
    assert f'"record_number":{waiting.number}'.encode() in value
    assert lake.control.consent.unpublished(moment(2**50)) == []


def test_both_come_round_by_themselves(lake: Lake) -> None:
    every = {each.kind: each.every for each in recurring(kinds(), lake.settings)}
    assert every["publish_consent"] <= timedelta(seconds=10)
    assert every["withdraw"] <= timedelta(seconds=30)
