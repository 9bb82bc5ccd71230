"""A batch whose events go straight onto the log is answered and published as one whose events are taken apart."""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from event_log import Record
from ingest_gateway.taking.admission import Admission
from ingest_gateway.taking.batch import batch_of
from ingest_gateway.taking.identifiers import TimeOrderedIds
from ingest_gateway.taking.intake import Intake
from schemas.shared.stream import streams
from schemas.shared.times import microseconds
from schemas.shared.validation import EventValidator
from tests.kit.strategies import client_events, json_values
from tests.web.conftest import Clock
from web.caller import Caller, Role
from web.families import Fields, SubjectOf, the_callers
from web.problems import Problem

NOW = Clock().now
NAMES = ("media", "analytics", "errors")
VALIDATORS = {name: EventValidator(streams()[name]) for name in NAMES}
EVENTS = {name: client_events(streams()[name], NOW) for name in NAMES}
SENT: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {"sent_at": None}, {"sent_at": "2026-02-17T08:00:00Z"}, {"x": None}, {"sent_at": 1}]
)
CALLER = Caller(
    tenant="acme",
    subject="a" * 64,
    user_id="u",
    role=Role.USER,
    consent_level=2,
    consent_source="token",
    gpc=False,
    client_ip="10.0.0.1",
    user_agent="Firefox",
    request_id="b" * 32,
    trusted=False,
)


def of_whoever_sends_it(caller: Caller, head: Fields, item: Fields) -> str:
    """As any rule that may look at an item's columns, for which each is taken apart."""
    return the_callers(caller, head, item)


def taken(name: str, body: bytes, subject_of: SubjectOf) -> tuple[list[Record], bytes] | tuple[int, str, Any]:
    """What is published and answered, or the refusal."""
    stream = streams()[name]
    try:
        form = batch_of(body, stream)
        assert form is not None
        given = VALIDATORS[name], TimeOrderedIds(), "key", microseconds(NOW), form.head, subject_of
        intake = Intake(Admission(stream, CALLER), *given)
        outcomes = intake.judged(form.items)
        return form.records(intake, outcomes), msgspec.json.encode(form.answer(outcomes))
    except Problem as problem:
        return problem.status, problem.code, msgspec.to_builtins((problem.errors, problem.members))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_records_and_answer_are_the_same(name: str, data: st.DataObject) -> None:
    events = data.draw(st.lists(EVENTS[name] | json_values(), max_size=6))
    body = msgspec.json.encode({"events": events, **data.draw(SENT)})
    assert taken(name, body, the_callers) == taken(name, body, of_whoever_sends_it)
