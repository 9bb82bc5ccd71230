"""The rows of erased people: which of a table's files have some, and those files without them.

A person's rows are those of their tenant and subject, in a project's scope those of that project; what goes of them
happened or came in before the erasure, or is of a session that went with it. A table without a project is not reached
by a project's erasure. Files are chosen by their column `subject` alone, and only those that have rows are rewritten.

Guarantee: safe beside a flow's appends, upkeep and settling; an exchange takes one file out and puts its other rows in,
in one commit with the count of those that went. A run that dies is finished by the next, which finds what is left.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from schemas.shared.columns import TIMESTAMP, Table
from sinks.files import ExchangeRaced, TableFiles

PEOPLE = pl.Schema(
    {"erasure": pl.String(), "tenant": pl.String(), "subject": pl.String(), "scope": pl.String(), "erased_at": TIMESTAMP}
)
SESSIONS = pl.Schema({"erasure": pl.String(), "tenant": pl.String(), "session_id": pl.String()})
SCOPE = "project_id"
"""The column that a project's erasure goes by."""
WHEN = ("occurred_at", "received_at")
"""What says of an event's row that it is from before; of other rows any of their times does."""
MOST_TRIES = 20
"""Upkeep that comes between is over in a moment, and then comes again in a minute."""
FILES_AT_ONCE = 32
"""Files whose subjects are looked through side by side."""

GoOn = Callable[[], None]
"""Raises what ends the work, such as when somebody else may be doing it by now."""

Noted = Callable[[pl.DataFrame], Mapping[str, int]]
"""Of rows that go, by application, how many of what the sum counts they are."""


@dataclass(frozen=True, slots=True)
class Went:
    """What a run did to a table: rows and files by erasure, and what it had to look at for that, in bytes on disk."""

    rows: Mapping[str, int]
    files: Mapping[str, int]
    version: int
    judged_bytes: int


@dataclass(frozen=True)
class Erasing:
    """Everybody who is to be erased (PEOPLE), and the sessions that went with them (SESSIONS)."""

    people: pl.DataFrame
    sessions: pl.DataFrame

    def reaches(self, table: Table) -> bool:
        """Whether the table says of its rows whose they are, for one of the erasures at least."""
        known = set(table.schema)
        return {"tenant", "subject"} <= known and (SCOPE in known or "" in self.people["scope"])

    def theirs(self, table: Table, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows of these people, each with its `erasure`, and whether it `goes` or is from later."""
        scope = pl.col(SCOPE).fill_null("") if SCOPE in table.schema else pl.lit("")
        near = rows.filter(self._named)
        whole = near.join(self._in_scope(pl.col("scope") == ""), on=["tenant", "subject"])
        parts = [whole]
        if SCOPE in table.schema:
            within = near.with_columns(scope=scope).join(
                self._in_scope(pl.col("scope") != "", "scope"), on=["tenant", "subject", "scope"]
            )
            parts.append(within.drop("scope"))
        found = pl.concat(parts, how="diagonal").with_columns(goes=self._goes(table))
        return found

    def going(self, table: Table, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Those that go, each once, with its `erasure`; `rows` have a column `row` that tells them apart."""
        return self.theirs(table, rows).filter("goes").unique("row", keep="first", maintain_order=True).drop("goes")

    def staying(self, table: Table, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows without those that go, in their order."""
        numbered = rows.with_row_index("row")
        return numbered.join(self.going(table, numbered).select("row"), on="row", how="anti").drop("row")

    @cached_property
    def subjects(self) -> pl.Series:
        """Each of them once."""
        return self.people["subject"].unique()

    @property
    def _named(self) -> pl.Expr:
        return pl.col("subject").is_in(pl.lit(self.subjects.implode()))

    def _in_scope(self, scope: pl.Expr, *names: str) -> pl.LazyFrame:
        """One row a person, of several erasures the one that reaches further."""
        chosen = self.people.lazy().filter(scope).sort("erased_at", descending=True)
        return chosen.unique(["tenant", "subject", *names], keep="first").select(
            "tenant", "subject", *names, "erased_at", "erasure"
        )

    def _goes(self, table: Table) -> pl.Expr:
        times = [name for name in times_of(table) if name in table.schema]
        before = (pl.min_horizontal(times) < pl.col("erased_at")).fill_null(value=True)
        if "session_id" not in table.schema or self.sessions.is_empty():
            return before
        named = pl.concat_str("erasure", pl.lit("/"), "session_id")
        gone = self.sessions.select(pl.concat_str("erasure", pl.lit("/"), "session_id")).to_series()
        return before | named.is_in(pl.lit(gone.implode())).fill_null(value=False)


def times_of(table: Table) -> Sequence[str]:
    """The columns that say when a row is from; the earliest counts."""
    if set(WHEN) <= set(table.schema):
        return WHEN
    return [name for name, dtype in table.schema.items() if dtype == TIMESTAMP]


def having(files: TableFiles, subjects: pl.Series) -> list[str]:
    """The files that have rows of these subjects, whatever else they say."""
    paths = files.listing()["path"].to_list()
    sought = pl.col("subject").is_in(pl.lit(subjects.implode())).any()
    found: list[str] = []
    for start in range(0, len(paths), FILES_AT_ONCE):
        some = paths[start : start + FILES_AT_ONCE]
        looked = pl.collect_all([files.scan([path]).select(sought) for path in some])
        found += [path for path, has in zip(some, looked, strict=True) if has.item()]
    return found


def erase_rows(files: TableFiles, erasing: Erasing, go_on: GoOn, noted: Noted = lambda _: {}) -> Went:
    """Takes the rows that go out of a table, file by file.

    Raises:
        ExchangeRaced: other upkeep kept changing the same files; the next run finishes it.
        TablesUnavailable: the storage refused.
    """
    judged, counts = files.bytes(), _Counts()
    for attempt in range(1, MOST_TRIES + 1):
        try:
            for path in having(files, erasing.subjects):
                counts.add(_erase_file(files, path, erasing, go_on, noted))
            return Went(counts.rows, counts.files, files.version, judged)
        except ExchangeRaced:
            if attempt == MOST_TRIES:
                raise
            files.refresh()
    raise AssertionError("the last try returns or raises")


def _erase_file(files: TableFiles, path: str, erasing: Erasing, go_on: GoOn, noted: Noted) -> pl.DataFrame:
    rows = files.scan([path]).collect().with_row_index("row")
    going = erasing.going(files.declared, rows.lazy()).collect()
    if going.height:
        counts = {name: max(0, files.transaction(name)) + count for name, count in noted(going).items()}
        go_on()
        files.exchange([path], rows.join(going, on="row", how="anti").drop("row"), counts)
    return going


class _Counts:
    """Rows and files by erasure."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.files: dict[str, int] = {}

    def add(self, going: pl.DataFrame) -> None:
        for erasure, rows in going.group_by("erasure").len().iter_rows():
            self.rows[erasure] = self.rows.get(erasure, 0) + rows
            self.files[erasure] = self.files.get(erasure, 0) + 1
