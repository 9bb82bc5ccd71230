"""The rows of a primary table, decided again by what people have recorded of their consent since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

import polars as pl

from schemas.shared.columns import TIMESTAMP
from schemas.shared.consent_rules import LOWERED, effective_level
from schemas.shared.stream import Stream
from sinks.files import TableFiles

PERSON = ("tenant", "subject")
SESSION = (*PERSON, "session_id")

Key: TypeAlias = Mapping[str, pl.Expr]
"""Names of columns → what they are of a primary row: what rows of a derived table are of."""

BY_SESSION: Key = {name: pl.col(name) for name in SESSION}
RECORDS = pl.Schema([*((name, pl.String()) for name in PERSON), ("effective_at", TIMESTAMP), ("recorded", pl.Int64())])
"""What people allow from a time on; one row a person and time."""
PLACE = ("log_partition", "log_offset", "log_item")
STATISTICS_CUT = timedelta(milliseconds=1)
"""A table's log has times to the millisecond."""


def withdrawn(stream: str) -> str:
    """Under which a primary table notes how many rows were taken out of it for want of consent."""
    return f"withdrawn/{stream}"


def recorded_at(rows: pl.LazyFrame, records: pl.DataFrame) -> pl.LazyFrame:
    """Rows with the level that is `recorded` in force when each happened, null where none is.

    `rows` have PERSON and stand by rising occurred_at; `records` are RECORDS.
    """
    newest = records.lazy().sort("effective_at")
    return rows.join_asof(
        newest, left_on="occurred_at", right_on="effective_at", by=PERSON, strategy="backward", check_sortedness=False
    )


class Verdict(Protocol):
    """Which rows of a stream's primary table may not stay as they are, and what becomes of them."""

    @property
    def stream(self) -> Stream:
        """Whose table it is."""
        ...

    @property
    def counted(self) -> str:
        """Under which the table notes how many rows went."""
        ...

    @property
    def people(self) -> pl.DataFrame:
        """Who may have had some: PERSON."""
        ...

    def paths(self, files: TableFiles) -> list[str]:
        """The table's files that can have such rows."""
        ...

    def rows(self, files: TableFiles, path: str, key: Key = BY_SESSION) -> pl.LazyFrame:
        """Those of a file: PERSON, `key`, PLACE, and what `goes` and `applied` look at."""
        ...

    def stays(self, files: TableFiles, path: str, rows: pl.DataFrame) -> pl.DataFrame:
        """What stays of some rows of a file, as it may."""
        ...

    @property
    def goes(self) -> pl.Expr:
        """Which of them go; the others change."""
        ...

    def applied(self, rows: pl.LazyFrame, decided: pl.DataFrame) -> pl.LazyFrame:
        """The table's rows, or rows made of them at the same PLACE, as these decided rows leave them."""
        ...


@dataclass(frozen=True, slots=True)
class Decision:
    """By what rows of a stream's primary table are decided that happened from `since` on.

    `records` (RECORDS) are all records of each person whose rows are looked at, whatever they are since.
    """

    stream: Stream
    records: pl.DataFrame
    since: datetime

    @property
    def counted(self) -> str:
        """Rows that went for want of consent."""
        return withdrawn(self.stream.name)

    @property
    def people(self) -> pl.DataFrame:
        """Whose records they are."""
        return self.records.select(PERSON).unique()

    def paths(self, files: TableFiles) -> list[str]:
        """The table's files that can have such rows."""
        reaches = pl.col("max.occurred_at") >= self.since - STATISTICS_CUT
        paths: list[str] = files.listing().filter(reaches.fill_null(True))["path"].to_list()
        return paths

    def rows(self, files: TableFiles, path: str, key: Key = BY_SESSION) -> pl.LazyFrame:
        """Those of a file that are above the level that is `recorded`: PERSON, `key`, PLACE and both levels."""
        people = self.records.lazy().select(PERSON).unique()
        theirs = files.scan([path]).filter(pl.col("occurred_at") >= self.since).join(people, on=PERSON, how="semi")
        named = {name: pl.col(name) for name in PERSON} | dict(key)
        needed = theirs.select(*PLACE, "occurred_at", "consent_level", **named).sort("occurred_at")
        decided = recorded_at(needed, self.records)
        return decided.filter(self.goes | (pl.col("recorded") < pl.col("consent_level")))

    def stays(self, files: TableFiles, path: str, rows: pl.DataFrame) -> pl.DataFrame:
        """Some rows of a file without those that must go, the others at their level."""
        return self.applied(rows.lazy(), self.rows(files, path).collect()).collect()

    @property
    def goes(self) -> pl.Expr:
        """Which of them may not stay at the level that is recorded."""
        return pl.col("recorded") < self.stream.consent_level

    def applied(self, rows: pl.LazyFrame, decided: pl.DataFrame) -> pl.LazyFrame:
        """Rows without those that must go, the others at their level; `decided` as `rows` has them.

        They are the primary table's, or of a table whose rows have the place of the primary one that each is made of.
        """
        levels = decided.lazy().select(*PLACE, "recorded")
        lowered = pl.col("recorded").is_not_null()
        again = rows.join(levels, on=PLACE, how="left", nulls_equal=True)
        level = effective_level(pl.col("consent_level"), pl.col("recorded")).alias("consent_level")
        reasons = {"consent_source": "record", "decision_reason": LOWERED}
        there = [name for name in reasons if name in rows.collect_schema()]
        why = [pl.when(lowered).then(pl.lit(reasons[name])).otherwise(name).alias(name) for name in there]
        return again.filter(~self.goes.fill_null(False)).with_columns(level, *why).drop("recorded")
