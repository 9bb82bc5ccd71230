"""The rows of erased people: which of a table's files have some, and those files without them.

A person's rows are those of their tenant and subject, in the scope of a project or of a session those of it; what goes
of them happened or came in before the erasure, or is of a session that went with it. A table that does not say of which
project or session its rows are is not reached by the erasure of one. Files are chosen by their column `subject` alone,
and only those that have rows are rewritten.

Guarantee: safe beside a flow's appends, upkeep and settling; an exchange takes one file out and puts its other rows in,
in one commit with the count of those that went. A run that dies is finished by the next, which finds what is left.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from schemas.shared.columns import TIMESTAMP, Table
from schemas.shared.scopes import SESSION, WITHIN, reach_of
from sinks.files import ExchangeRaced, TableFiles

PEOPLE = pl.Schema(
    {
        "erasure": pl.Int64(),
        "tenant": pl.String(),
        "subject": pl.String(),
        "scope": pl.String(),
        "erased_at": TIMESTAMP,
    }
)
SESSIONS = pl.Schema({"erasure": pl.Int64(), "session_id": pl.String()})
PERSON = ("tenant", "subject")
WHEN = ("occurred_at", "received_at")
"""What says of an event's row that it is from before; of other rows any of their times does."""
MOST_TRIES = 20
"""Upkeep that comes between is over in a moment, and then comes again in a minute."""
FILES_AT_ONCE = 32
"""Files whose subjects are looked through side by side."""

GoOn = Callable[[], None]
"""Raises what ends the work, such as when somebody else may be doing it by now."""

Going = Callable[[pl.DataFrame], pl.DataFrame]
Left = Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]
Noted = Callable[[pl.DataFrame], Mapping[str, int]]
"""Of rows that go, by application, how many of what the sum counts they are."""


@dataclass(frozen=True, slots=True)
class Went:
    """What a run did to a table: rows and files by erasure, and what it had to look at for that, in bytes on disk."""

    rows: Mapping[int, int]
    files: Mapping[int, int]
    version: int
    judged_bytes: int


@dataclass(frozen=True)
class Erasing:
    """Everybody who is to be erased (PEOPLE), and the sessions that went with them (SESSIONS).

    `erasure` is the number of an erasure, which rises from one to the next.
    """

    people: pl.DataFrame
    sessions: pl.DataFrame

    def reaches(self, table: Table) -> bool:
        """Whether the table says of its rows whose they are, for one of the erasures at least."""
        known = set(table.schema)
        return known >= {*PERSON} and not {"", *known}.isdisjoint(self._reaches["within"])

    def theirs(self, table: Table, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows of these people, each with its `erasure`, and whether it `goes` or is from later."""
        near = rows.filter(self._named)
        keys = [(), *((column,) for column in WITHIN if column in table.schema)]
        parts = [near.join(self._reaching(*key), on=[*PERSON, *key]) for key in keys]
        return pl.concat(parts).with_columns(goes=self._goes(table))

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

    @cached_property
    def _reaches(self) -> pl.DataFrame:
        """The people, and by which column their erasures go (`within`) with which value (`of`); empty for all rows."""
        reaches = [reach_of(scope) for scope in self.people["scope"]]
        within, of = ([each[index] for each in reaches] for index in (0, 1))
        return self.people.with_columns(pl.Series("within", within, pl.String), pl.Series("of", of, pl.String))

    def _reaching(self, within: str = "") -> pl.LazyFrame:
        """One row a person and value of the column, of several erasures the one that reaches further."""
        named = [*PERSON, within] if within else [*PERSON]
        chosen = self._reaches.lazy().filter(pl.col("within") == within).sort("erased_at", descending=True)
        if within:
            chosen = chosen.rename({"of": within})
        return chosen.unique(named, keep="first").select(*named, "erased_at", "erasure")

    def _goes(self, table: Table) -> pl.Expr:
        times = [name for name in times_of(table) if name in table.schema]
        before = (pl.min_horizontal(times) < pl.col("erased_at")).fill_null(value=True)
        if SESSION not in table.schema or self.sessions.is_empty():
            return before
        named = pl.concat_str(pl.col("erasure").cast(pl.String), pl.lit("/"), SESSION)
        gone = self.sessions.select(named).to_series()
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
    """Takes the rows that go out of a table, file by file; raises as `change_files` does."""
    return change_files(
        files,
        lambda: having(files, erasing.subjects),
        lambda rows: erasing.going(files.declared, rows.lazy()).collect(),
        lambda rows, going: rows.join(going, on="row", how="anti"),
        go_on,
        noted,
    )


def change_files(
    files: TableFiles, paths: Callable[[], Sequence[str]], going: Going, left: Left, go_on: GoOn, noted: Noted
) -> Went:
    """Exchanges the files that have rows of erased people for what is left of them.

    Args:
        paths: of the files that may have some, at the version at hand.
        going: those of a file's rows, with their `erasure` and `row`.
        left: a file's rows afterwards; given both.

    Raises:
        ExchangeRaced: other upkeep kept changing the same files; the next run finishes it.
        TablesUnavailable: the storage refused.
    """
    judged, counts = files.bytes(), _Counts()

    def once() -> None:
        for path in paths():
            rows = files.scan([path]).collect().with_row_index("row")
            gone = going(rows)
            if gone.height:
                notes = {name: max(0, files.transaction(name)) + count for name, count in noted(gone).items()}
                go_on()
                files.exchange([path], left(rows, gone).select(files.declared.schema.names()), notes)
                counts.add(gone)

    persistently(files, once)
    return Went(counts.rows, counts.files, files.version, judged)


def persistently(files: TableFiles, once: Callable[[], None]) -> None:
    """Does it again at a newer version where other upkeep came between; raises ExchangeRaced where that kept coming."""
    for attempt in range(1, MOST_TRIES + 1):
        try:
            return once()
        except ExchangeRaced:
            if attempt == MOST_TRIES:
                raise
            files.refresh()
    return None


class _Counts:
    """Rows and files by erasure."""

    def __init__(self) -> None:
        self.rows: dict[int, int] = {}
        self.files: dict[int, int] = {}

    def add(self, gone: pl.DataFrame) -> None:
        for erasure, rows in gone.group_by("erasure").len().iter_rows():
            self.rows[erasure] = self.rows.get(erasure, 0) + rows
            self.files[erasure] = self.files.get(erasure, 0) + 1
