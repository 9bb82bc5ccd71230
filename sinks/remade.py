"""Derived tables whose rows add up, made again for some sessions from what is left of them in the primary table.

A stream declares in `sinks.<stream>` as REMADE, by table, how its primary rows come to the table's.

Guarantee: beside the stream's flow no row counts twice or never. A flow commits a derived table before the primary one,
each with the offsets that it has passed; so a version of the derived table is made of the primary rows below the
offsets noted in it, and of no others. Just these rows are measured again, and just the files of that version are
exchanged. What the flow appends meanwhile is made of rows beyond these offsets, and stays.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from tenacity import Retrying, retry_if_exception_type, stop_after_delay
from tenacity.wait import wait_fixed

from schemas.shared.columns import Table
from schemas.shared.discovery import declared_in
from schemas.shared.faults import Transient
from sinks.decided import SESSION, Decision
from sinks.files import TableFiles
from sinks.location import Location
from sinks.passed import offsets_passed
from sinks.table import shaped

PATIENCE_SECONDS = 10.0
WAIT_SECONDS = 0.1


class FlowBetween(Transient):
    """A flow has written a derived table of a commit and not the primary one yet, or died there."""


@dataclass(frozen=True, slots=True)
class Remade:
    """How primary rows of any sessions come to a table's: those of a `part` of them, and several parts' `merged`."""

    part: Callable[[pl.DataFrame], pl.DataFrame]
    merged: Callable[[pl.DataFrame], pl.DataFrame]


def remade(table: str) -> Remade | None:
    """How a table's rows are made again; None for a table whose stream declares nothing of the kind."""
    found: Mapping[str, Remade] = {
        name: how for tables in declared_in("sinks", "REMADE").values() for name, how in tables.items()
    }
    return found.get(table)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of sessions (SESSION) in a stream's primary table, once all is decided again."""

    location: Location
    decision: Decision
    sessions: pl.DataFrame
    partitions: Sequence[int]

    def made(self, how: Remade, files: TableFiles) -> pl.DataFrame:
        """A derived table's rows of the sessions, as far as its flow has come at the version of its files.

        Raises:
            FlowBetween: the primary table does not come as far; the flow has to be there to finish it.
        """
        passed = self._passed(files)
        primary = self._beyond(passed)
        return _together(how, files.declared, self._rows(primary, passed))

    def _passed(self, files: TableFiles) -> Mapping[int, int]:
        return offsets_passed(files.table, self.decision.stream.name, self.partitions)

    def _beyond(self, passed: Mapping[int, int]) -> TableFiles:
        """The primary table at a version that has all rows below these offsets."""
        files = TableFiles.open(self.location, self.decision.stream.primary)
        patient = Retrying(
            retry=retry_if_exception_type(FlowBetween),
            wait=wait_fixed(WAIT_SECONDS),
            stop=stop_after_delay(PATIENCE_SECONDS),
            reraise=True,
        )
        patient(self._reach, files, passed)
        return files

    def _reach(self, files: TableFiles, passed: Mapping[int, int]) -> None:
        files.refresh()
        stands = self._passed(files)
        if any(stands[partition] < offset for partition, offset in passed.items()):
            name = files.declared.name
            raise FlowBetween(f"table {name} lacks rows that derived ones have: start flow {self.decision.stream.name}")

    def _rows(self, primary: TableFiles, passed: Mapping[int, int]) -> Iterator[pl.DataFrame]:
        """The sessions' rows below these offsets, file by file."""
        limits = pl.DataFrame(list(passed.items()), schema={"log_partition": pl.Int32, "limit": pl.Int64}, orient="row")
        near = pl.col("session_id").is_in(self.sessions["session_id"].unique().implode())
        for path in primary.listing()["path"]:
            theirs = primary.scan([path]).filter(near).join(self.sessions.lazy(), on=SESSION, how="semi")
            below = theirs.join(limits.lazy(), on="log_partition").filter(pl.col("log_offset") < pl.col("limit"))
            rows = below.drop("limit").collect()
            if rows.height:
                yield self.decision.applied(rows.lazy(), self.decision.rows(primary, path).collect()).collect()


def _together(how: Remade, table: Table, rows: Iterator[pl.DataFrame]) -> pl.DataFrame:
    parts = [how.part(each) for each in rows if each.height]
    return shaped(how.merged(pl.concat(parts, how="diagonal")), table) if parts else pl.DataFrame(schema=table.schema)
