"""Watermarks: per flow and partition, until when everything accepted is in the tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update

from control.database import Database
from control.tables import watermarks

_RENEWED = (
    update(watermarks)
    .where(watermarks.c.flow == bindparam("of"), watermarks.c.partition == bindparam("number"))
    .values(as_of=bindparam("renewed"))
)


@dataclass(frozen=True)
class Watermark:
    """Everything that `partition` accepted before `as_of` is in the tables, as is every offset below `next_offset`."""

    as_of: datetime
    next_offset: int


class Watermarks:
    """Written by the flows after each commit, read by whoever answers with X-Data-As-Of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, flow: str, as_of: Mapping[int, datetime], next_offset: Mapping[int, int]) -> None:
        """Replaces the watermarks of the partitions named, in one transaction; both maps name the same ones."""
        if as_of.keys() != next_offset.keys():
            raise ValueError("as_of and next_offset must name the same partitions")
        self.write_all({flow: {number: Watermark(time, next_offset[number]) for number, time in as_of.items()}})

    def write_all(self, flows: Mapping[str, Mapping[int, Watermark]]) -> None:
        """Replaces the watermarks of the flows and partitions named, in one transaction."""
        rows = [
            {"flow": flow, "partition": number, "as_of": mark.as_of, "next_offset": mark.next_offset}
            for flow, partitions in flows.items()
            for number, mark in partitions.items()
        ]
        if not rows:
            return
        insert = self._database.insert(watermarks)
        newest = {"as_of": insert.excluded.as_of, "next_offset": insert.excluded.next_offset}
        with self._database.write() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["flow", "partition"], set_=newest), rows)

    def renew(self, flows: Mapping[str, Mapping[int, Watermark]]) -> None:
        """The same at less cost for flows that moved no offset."""
        rows = [
            {"of": flow, "number": number, "renewed": mark.as_of}
            for flow, partitions in flows.items()
            for number, mark in partitions.items()
        ]
        if rows:
            with self._database.write() as connection:
                connection.execute(_RENEWED, rows)

    def read(self, flow: str) -> dict[int, Watermark]:
        """Partition → watermark, for the partitions that have one."""
        with self._database.read() as connection:
            rows = connection.execute(select(watermarks).where(watermarks.c.flow == flow).order_by("partition"))
            return {row.partition: Watermark(row.as_of, row.next_offset) for row in rows}

    def as_of(self, flow: str, partitions: int) -> datetime | None:
        """The earliest watermark over partitions 0 … partitions-1; None while one of them has none."""
        known = self.read(flow)
        if any(number not in known for number in range(partitions)):
            return None
        return min(known[number].as_of for number in range(partitions))
