"""Consent records: added one after the other, each once, the newest word never behind an older one."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from control.consent_decisions import Decided
from control.consent_records import NewConsent
from control.store import Control

NOON = datetime(2026, 2, 17, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BY_NAME: dict[str, Any] = {
    "tenant": "acme", "subject": "zoe", "level": 2, "source": None, "extra": None, "effective_at": None,
    "recorded_at": NOON, "recorded_by": "zoe", "recorded_role": "user", "request_id": "r",
}  # fmt: skip


def new(event_id: str, **said: Any) -> NewConsent:
    return NewConsent(**{"event_id": event_id, **BY_NAME, **said})


def test_a_record_is_made_once_and_a_retry_finds_it(control: Control) -> None:
    first = control.consent.add(new("a"))
    again = control.consent.add(new("a", recorded_at=NOON + MINUTE))
    assert again == first
    assert (first.effective_at, first.backdated, first.published) == (NOON, False, False)
    assert first.says(new("a", recorded_at=NOON + MINUTE))
    assert not first.says(new("a", level=0))
    assert not first.says(new("a", effective_at=NOON))
    tomorrow = control.consent.add(new("a", recorded_at=NOON + timedelta(days=1)))
    assert tomorrow.number != first.number
    elsewhere = control.consent.add(new("a", tenant="umbrella"))
    assert elsewhere.number != first.number


def test_the_newest_word_counts_from_now_on_though_a_gateways_clock_is_behind(control: Control) -> None:
    control.consent.add(new("a", level=3))
    later = control.consent.add(new("b", level=0, recorded_at=NOON - MINUTE))
    assert later.effective_at == NOON
    newest = control.consent.newest("acme", ["zoe"])["zoe"]
    assert (newest.number, newest.level) == (later.number, 0)


def test_a_backdated_record_counts_from_then_and_hides_no_later_one(control: Control) -> None:
    control.consent.add(new("a", level=3))
    control.consent.add(new("b", level=0, effective_at=NOON - MINUTE))
    listed = control.consent.listed("acme", "zoe")
    assert [(record.level, record.effective_at, record.backdated) for record in listed] == [
        (3, NOON, False),
        (0, NOON - MINUTE, True),
    ]
    assert control.consent.newest("acme", ["ann"]) == {}


def test_the_newest_words_of_many_people_are_one_look(control: Control) -> None:
    control.consent.add(new("a", level=3))
    control.consent.add(new("b", level=1, recorded_at=NOON + MINUTE))
    control.consent.add(new("c", level=2, subject="ann"))
    control.consent.add(new("d", level=0, tenant="umbrella"))
    newest = control.consent.newest("acme", ["zoe", "ann", "nobody"])
    assert {subject: record.level for subject, record in newest.items()} == {"zoe": 1, "ann": 2}


def test_of_many_made_at_once_a_reader_misses_none(control: Control) -> None:
    ids = [f"{number}" for number in range(40)]
    seen: list[str] = []
    last = 0
    with ThreadPoolExecutor(4) as pool:
        adding = [pool.submit(control.consent.add, new(event_id)) for event_id in ids]
        done = False
        while not done:
            done = all(each.done() for each in adding)
            for record in control.consent.after(last):
                seen.append(record.event_id)
                last = record.number
    assert sorted(seen) == sorted(ids)
    assert control.consent.last_number() == last


def test_a_record_waits_in_the_outbox_until_the_log_has_it(control: Control) -> None:
    record = control.consent.add(new("a"))
    assert control.consent.unpublished(NOON) == []
    assert control.consent.unpublished(NOON + MINUTE) == [record]
    control.consent.published([record.number])
    assert control.consent.unpublished(NOON + MINUTE) == []


def test_a_record_is_uncorrected_until_the_tables_were_looked_through(control: Control) -> None:
    control.consent.add(new("full", level=3))
    record = control.consent.add(new("a", level=1))
    assert control.consent.uncorrected() == [record]
    control.consent.note_ends([record.number], {"media": {0: 7}})
    assert control.consent.uncorrected() == [replace(record, ends={"media": {"0": 7}})]
    control.consent.corrected([record.number])
    assert control.consent.uncorrected() == []
    assert [each.level for each in control.consent.of_people({("acme", "zoe")})] == [3, 1]
    assert control.consent.of_people(set()) == []


def test_a_flow_finds_by_what_it_decided_and_forgets_what_it_never_decides_again(control: Control) -> None:
    note, nothing = control.decisions.note, dict[int, int]()
    note("media", {0: 10, 1: 5}, {0: 1}, nothing)
    note("media", {0: 20}, {0: 2}, nothing)
    assert control.decisions.read("media") == {0: [Decided(10, {0: 1}), Decided(20, {0: 2})], 1: [Decided(5, {0: 1})]}
    note("media", {0: 15}, {0: 3}, nothing)
    assert control.decisions.read("media")[0] == [Decided(10, {0: 1}), Decided(15, {0: 3})]
    note("media", {0: 30}, {0: 4}, {0: 17})
    assert control.decisions.read("media")[0] == [Decided(15, {0: 3}), Decided(30, {0: 4})]
    assert control.decisions.read("errors") == {}
