"""Records in memory: the level in force at a time, against a plain loop over them; 35 bytes a record."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.consent import held
from flows.consent.held import HASHED, Held, Sorted
from flows.consent.records import records
from schemas.shared.columns import TIMESTAMP
from tests.reference.consent import Said, recorded_level

START = datetime(2026, 2, 17, 10, tzinfo=UTC)
PEOPLE = ("zoe", "ann", "yan")
PARTITIONS = {0: 1000, 1: 1000, 2: 1000}
MOMENTS = st.integers(0, 6).map(lambda minutes: START + timedelta(minutes=minutes))
SAID = st.builds(Said, person=st.sampled_from(PEOPLE), level=st.integers(0, 3), since=MOMENTS, number=st.just(0))
HISTORIES = st.lists(SAID, max_size=30).map(
    lambda said: [Said(each.person, each.level, each.since, number) for number, each in enumerate(said, 1)]
)
ASKED = st.lists(st.tuples(st.sampled_from((*PEOPLE, "eve")), MOMENTS), max_size=20)


def rows(said: Sequence[Said]) -> pl.DataFrame:
    """As the stream's rows; a person's partition is their own, offsets are the records' numbers."""
    schema: dict[str, Any] = {
        "tenant": pl.String, "subject": pl.String, "effective_at": TIMESTAMP, "received_at": TIMESTAMP,
        "record_number": pl.Int64, "level": pl.Int64, "log_offset": pl.Int64, "log_partition": pl.Int32,
    }  # fmt: skip
    found = [
        ("o", each.person, each.since, START, each.number, each.level, each.number, PEOPLE.index(each.person))
        for each in said
    ]
    return pl.DataFrame(found, schema=schema, orient="row")


def stored(*parts: Sequence[Said]) -> Held:
    """Records that came part by part."""
    made = Held(Sorted.nothing(), Sorted.nothing(), {})
    for part in parts:
        made = made.adding(Sorted.of(records(rows(part).with_columns(HASHED))), PARTITIONS)
    return made


def asked(questions: Sequence[tuple[str, datetime]]) -> pl.DataFrame:
    found = [("o", person, at) for person, at in questions]
    schema: dict[str, Any] = {"tenant": pl.String, "subject": pl.String, "occurred_at": TIMESTAMP}
    return pl.DataFrame(found, schema=schema, orient="row")


@given(history=HISTORIES, questions=ASKED, cut=st.integers(0, 30), recent=st.integers(1, 40), late=st.booleans())
def test_at_every_time_the_newest_record_by_then_is_found_however_they_came(
    history: list[Said], questions: list[tuple[str, datetime]], cut: int, recent: int, late: bool
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(held, "RECENT", recent)
        parts = (history[cut:], history[:cut]) if late else (history[:cut], history[cut:])
        found = stored(*parts).levels(asked(questions)).to_list()
    assert found == [recorded_level(person, at, history) for person, at in questions]


@given(history=HISTORIES, questions=ASKED, cut=st.integers(0, 30))
def test_what_was_known_below_an_offset_is_what_was_decided_by_then(
    history: list[Said], questions: list[tuple[str, datetime]], cut: int
) -> None:
    known = dict.fromkeys(PARTITIONS, cut + 1)
    found = stored(history).below(known).levels(asked(questions)).to_list()
    assert found == [recorded_level(person, at, history[:cut]) for person, at in questions]


def test_another_organisations_person_of_that_name_is_somebody_else() -> None:
    made = stored([Said("zoe", 0, START, 1)])
    others = asked([("zoe", START)]).with_columns(tenant=pl.lit("elsewhere"))
    assert made.levels(others).to_list() == [None]


def test_a_million_peoples_records_take_thirty_five_bytes_each() -> None:
    count = 1_000_000
    numbers = pl.int_range(count, eager=True)
    made = Sorted.of(
        pl.DataFrame(
            {
                "person": numbers.hash(1),
                "since": numbers,
                "number": numbers,
                "offset": numbers,
                "partition": numbers % 12,
                "level": numbers % 4,
            }
        )
    )
    assert made.bytes / count == 35
    people = made.person[::10].copy()
    places = made.found(people, np.full(len(people), count))
    assert np.array_equal(places, np.arange(0, count, 10))
    assert np.array_equal(made.levels(places), made.level[::10])
