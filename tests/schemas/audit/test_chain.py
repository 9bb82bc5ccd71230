"""Chains of audit rows: what they hold, whatever is in the rows and however they are cut into batches."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.audit import AUDIT, chain
from schemas.audit.chain import START, Link, anchored, chained
from schemas.audit.entries import CHAIN_COLUMNS
from schemas.shared.columns import TIMESTAMP
from tests.reference import audit as reference

SCHEMA = AUDIT.primary.schema
MADE = {column.name for column in CHAIN_COLUMNS}
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    pl.String: st.text(max_size=12) | st.sampled_from(['"', "\\", "\x00", "\x7f", "\x1f", "é\u2028😀", "\b\f\n\r\t"]),
    pl.Int64: st.integers(-(2**63), 2**63 - 1),
    pl.Int32: st.integers(-(2**31), 2**31 - 1),
    pl.Boolean: st.booleans(),
    pl.Float64: st.integers(-1800, 1800).map(lambda tenths: tenths / 10),
    TIMESTAMP: TIMES,
}
given_row = st.fixed_dictionaries(
    {"tenant": st.sampled_from(["clinic", "hospital", "☤"])},
    optional={
        name: st.none() | VALUES[dtype]
        for name, dtype in SCHEMA.items()
        if name not in {"tenant", "received_date"} | MADE
    },
)


def frame(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """As the flow hands them over: without what the chain adds."""
    schema = {name: dtype for name, dtype in SCHEMA.items() if name not in MADE}
    return pl.DataFrame([{**dict.fromkeys(schema), **row} for row in rows], schema=schema)


@given(st.lists(given_row, max_size=12), st.integers(0, 12))
@settings(max_examples=150)
def test_every_chain_is_what_the_reference_computes_however_its_rows_are_batched(
    rows: list[dict[str, Any]], cut: int
) -> None:
    first, links = chained(frame(rows[:cut]), {})
    second, links = chained(frame(rows[cut:]), links)
    made = pl.concat([first, second])
    assert reference.faults(made.iter_rows(named=True)) == []
    for tenant, link in links.items():
        mine = made.filter(pl.col("tenant") == tenant)
        assert mine["chain_number"].to_list() == list(range(1, mine.height + 1))
        assert (link.number, link.digest.hex()) == (mine.height, mine["digest"][-1])


def test_the_reference_finds_a_row_that_says_something_else() -> None:
    made, _ = chained(frame([{"tenant": "clinic", "status": str(number)} for number in range(4)]), {})
    rows = made.to_dicts()
    rows[2]["status"] = "other"
    assert reference.faults(rows) == ["clinic 3"]


def test_a_chain_goes_on_behind_the_link_it_is_given() -> None:
    made, links = chained(frame([{"tenant": "clinic"}]), {"clinic": Link(41, b"\x01" * 32), "other": START})
    assert made.select("chain_number", "previous").row(0) == (42, "01" * 32)
    assert links["clinic"].number == 42
    assert links["other"] == START


def test_every_column_is_in_the_form_or_follows_from_one_that_is() -> None:
    """A new column needs a new version of the form: rows of this one would not verify any more."""
    derived = {"received_date", "previous", "digest", "personal_digest", "salt"}
    assert {*chain.PLAIN, *chain.PERSONAL} | derived == set(SCHEMA)
    assert not set(chain.PLAIN) & set(chain.PERSONAL)
    assert (list(chain.PLAIN), list(chain.PERSONAL)) == (reference.PLAIN, reference.PERSONAL)


def test_no_two_salts_are_alike() -> None:
    made, _ = chained(frame([{"tenant": "clinic"}] * 50), {})
    assert made["salt"].n_unique() == made["personal_digest"].n_unique() == 50


def test_an_anchor_is_signed_for_its_organisation_place_and_time() -> None:
    link = Link(7, b"\x01" * 32)
    signed = anchored(b"key", "clinic", link, 5)
    others = [
        anchored(b"another", "clinic", link, 5),
        anchored(b"key", "hospital", link, 5),
        anchored(b"key", "clinic", Link(8, link.digest), 5),
        anchored(b"key", "clinic", Link(7, b"\x02" * 32), 5),
        anchored(b"key", "clinic", link, 6),
    ]
    assert signed == anchored(b"key", "clinic", link, 5)
    assert len({signed, *others}) == 6
