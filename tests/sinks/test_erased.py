"""Which rows of a table go with an erasure, against plain Python; and that whoever else writes meanwhile loses none."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.shared.columns import TIMESTAMP, Column, Table
from sinks.erased import PEOPLE, SESSIONS, Erasing, erase_rows
from sinks.files import ExchangeRaced, TableFiles
from sinks.location import Location
from sinks.upkeep import compact

DAY = date(2026, 2, 17)
NOON = datetime(2026, 2, 17, 12, tzinfo=UTC)
COLUMNS = (
    Column("tenant", pl.String, "Whose."),
    Column("subject", pl.String, "Of whom."),
    Column("project_id", pl.String, "Where."),
    Column("session_id", pl.String, "In what."),
    Column("occurred_at", TIMESTAMP, "When.", "UTC"),
    Column("received_at", TIMESTAMP, "When it came.", "UTC"),
    Column("number", pl.Int64, "Which."),
    Column("received_date", pl.Date, "Day."),
)
TABLE = Table("happenings", "For this test.", COLUMNS)


class Happened(NamedTuple):
    tenant: str
    subject: str | None
    project: str | None
    session: str | None
    occurred: int
    received: int


class Erased(NamedTuple):
    tenant: str
    subject: str
    scope: str
    at: int
    sessions: frozenset[str]


def at(hour: int) -> datetime:
    return NOON + timedelta(hours=hour)


def rows(happened: list[Happened]) -> pl.DataFrame:
    found = [(*each[:4], at(each.occurred), at(each.received), number, DAY) for number, each in enumerate(happened)]
    return pl.DataFrame(found, schema=TABLE.schema, orient="row")


def erasing(erased: list[Erased]) -> Erasing:
    people = [(number, each.tenant, each.subject, each.scope, at(each.at)) for number, each in enumerate(erased)]
    sessions = [(number, name) for number, each in enumerate(erased) for name in each.sessions]
    return Erasing(
        pl.DataFrame(people, schema=PEOPLE, orient="row"), pl.DataFrame(sessions, schema=SESSIONS, orient="row")
    )


def goes(row: Happened, one: Erased) -> bool:
    """By the definition."""
    theirs = (row.tenant, row.subject) == (one.tenant, one.subject) and one.scope in ("", row.project)
    return theirs and (min(row.occurred, row.received) < one.at or row.session in one.sessions)


few = st.sampled_from("ab")
hours = st.integers(0, 3)
happenings = st.lists(
    st.builds(Happened, few, st.none() | few, st.none() | few, st.none() | few, hours, hours), max_size=12
)
# of one person and scope the erasure that reaches further is the one that counts, so here it is the only one
erasures = st.lists(
    st.builds(Erased, few, few, st.sampled_from(["", "a", "b"]), hours, st.frozensets(few)),
    min_size=1,
    max_size=4,
    unique_by=lambda one: one[:3],
)


@given(happenings, erasures)
def test_exactly_the_rows_go_that_are_theirs_and_from_before(happened: list[Happened], erased: list[Erased]) -> None:
    numbered = rows(happened).with_row_index("row")
    found = erasing(erased).going(TABLE, numbered.lazy()).collect()
    expected = [number for number, row in enumerate(happened) if any(goes(row, one) for one in erased)]
    assert sorted(found["number"]) == expected
    staying = erasing(erased).staying(TABLE, rows(happened).lazy()).collect()
    assert staying["number"].to_list() == [number for number in range(len(happened)) if number not in expected]


ZOE = Erased("a", "zoe", "", 1, frozenset())
HERS, ANNS, LATER = (
    Happened("a", "zoe", "p", "s", 0, 0),
    Happened("a", "ann", "p", "s", 0, 0),
    Happened("a", "zoe", "p", "s", 2, 2),
)


@pytest.fixture
def files(tmp_path: Path) -> TableFiles:
    """Three files, of which two have rows of zoe that go."""
    found = TableFiles.open(Location(str(tmp_path)), TABLE)
    for part in ([HERS, ANNS], [ANNS, LATER], [HERS, HERS, LATER]):
        found.exchange([], rows(part), {})
    return found


def left(files: TableFiles) -> list[tuple[str, int]]:
    files.refresh()
    found = files.scan(files.listing()["path"].to_list()).select("subject", pl.col("occurred_at").dt.hour()).collect()
    return sorted(found.rows())


KEPT = [("ann", 12), ("ann", 12), ("zoe", 14), ("zoe", 14)]


def test_only_files_that_have_rows_are_written_again(files: TableFiles) -> None:
    before = set(files.listing()["path"])
    went = erase_rows(files, erasing([ZOE]), lambda: None, lambda gone: {"counted": gone.height})
    assert (dict(went.rows), dict(went.files)) == ({0: 3}, {0: 2})
    assert files.transaction("counted") == 3
    assert len(before & set(files.listing()["path"])) == 1
    assert left(files) == KEPT
    assert erase_rows(files, erasing([ZOE]), lambda: None).rows == {}


def test_what_is_appended_and_compacted_meanwhile_is_neither_lost_nor_there_twice(
    files: TableFiles, tmp_path: Path
) -> None:
    location, turns = Location(str(tmp_path)), iter(range(100))

    def meanwhile() -> None:
        turn = next(turns)
        if turn < 3:
            other = TableFiles.open(location, TABLE)
            other.exchange([], rows([ANNS]), {})
            compact(location, TABLE)

    erase_rows(files, erasing([ZOE]), meanwhile)
    assert left(files) == [("ann", 12)] * 3 + KEPT


def test_upkeep_that_never_rests_is_given_way_to(files: TableFiles, tmp_path: Path) -> None:
    def meanwhile() -> None:
        other = TableFiles.open(Location(str(tmp_path)), TABLE)
        other.exchange(other.listing()["path"].to_list(), rows([HERS]), {})

    with pytest.raises(ExchangeRaced, match="run it again"):
        erase_rows(files, erasing([ZOE]), meanwhile)
