"""The order of rows inside a file: by the declared columns, whatever lies in them."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.shared.columns import TIMESTAMP, Column, Table
from sinks.table import shaped

LEAST, MOST = -(2**63), 2**63 - 1
TABLE = Table(
    "ordered",
    "For tests.",
    (
        Column("received_date", pl.Date, "Day."),
        Column("tenant", pl.String, "Whose."),
        Column("number", pl.Int64, "Any."),
        Column("at", TIMESTAMP, "When."),
        Column("share", pl.Float64, "How much."),
    ),
    sort_by=("tenant", "number", "at"),
    statistics=("tenant",),
)
BY_SHARE = Table("shares", "For tests.", TABLE.columns, sort_by=("share", "number"), statistics=("tenant",))
ROWS = st.tuples(
    st.dates(date(2025, 12, 30), date(2026, 1, 2)),
    st.none() | st.sampled_from(["", "clinic", "house", "zoo"]),
    st.none() | st.integers(LEAST, MOST) | st.integers(-2, 2),
    st.none() | st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),
    st.none() | st.floats(-2, 2),
)


def _before(names: tuple[str, ...], row: dict[str, Any]) -> list[tuple[bool, Any]]:
    return [(row[name] is not None, row[name]) for name in names]


@given(st.lists(ROWS, min_size=1, max_size=20), st.sampled_from([TABLE, BY_SHARE]))
@example([(date(2026, 1, 1), None, MOST, None, None), (date(2026, 1, 1), None, LEAST, None, None)], TABLE)
@example([(date(2026, 1, 1), None, None, None, None), (date(2026, 1, 1), "", 0, None, None)], TABLE)
def test_rows_stand_by_partition_and_then_as_declared_null_first(rows: list[tuple[Any, ...]], table: Table) -> None:
    frame = pl.DataFrame(rows, schema=table.schema, orient="row")
    names = ("received_date", *table.sort_by)
    found = [_before(names, row) for row in shaped(frame, table).iter_rows(named=True)]
    assert found == sorted(_before(names, row) for row in frame.iter_rows(named=True))
