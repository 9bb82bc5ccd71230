"""Consent records on the log of a run, as the gateway would have put them there, and events of their people."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from event_log import Record, open_admin, open_publisher
from flows.consent.held import RECORD, Held, Sorted, people
from schemas.consent import STREAM, Recorded, record_message
from schemas.shared.again import again_message
from schemas.shared.stream import streams
from schemas.shared.times import microseconds, text
from sinks.decided import RECORDS, Decision
from sinks.location import Location
from sinks.reader import TableReader
from sinks.withdrawn import Withdrawn, withdraw
from tests.kit.cases import TENANT, Run, record
from tests.reference.consent import Said

START = datetime(2026, 2, 17, 10, tzinfo=UTC)


def id_of(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def record_of(said: Said) -> Record:
    """The message of a record."""
    own = Recorded(
        number=said.number,
        event_id=id_of(said.number),
        tenant=TENANT,
        subject=said.person,
        level=said.level,
        source=None,
        extra=None,
        effective_at=said.since,
        recorded_at=max(START, said.since),
        recorded_by=said.person,
        recorded_role="user",
        request_id="request",
    )
    return Record(*record_message(own))


class Watched:
    """The media flow and everybody's consent, on one log; `events` are the numbers of those published, by person."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.run = Run(folder, streams()["media"])
        self.said: list[Said] = []
        self.did: dict[int, tuple[str, datetime, int]] = {}
        self.asked: list[pl.DataFrame] = []
        admin = open_admin(self.run.log.log_url, self.run.log)
        admin.ensure_topic(STREAM.name)
        admin.close()

    def say(self, *said: Said) -> None:
        """On the log when this returns."""
        asyncio.run(self._say([record_of(each) for each in said]))
        self.said += said

    def store_consent(self) -> None:
        """What was said is in its table, and on the log no more."""
        own = Run(self._folder, STREAM)
        own.flow()
        admin = open_admin(own.log.log_url, own.log)
        ends = admin.end_offsets(STREAM.name)
        admin.expire(STREAM.name, datetime.now(UTC) + timedelta(days=1), ends)
        assert admin.start_offsets(STREAM.name) == ends
        admin.close()

    def play(self, person: str, at: datetime, stamped: int = 2) -> None:
        """An event of the person at that time, on the log when this returns."""
        self.play_all([(person, at, stamped)])

    def play_all(self, did: Sequence[tuple[str, datetime, int]]) -> None:
        """Several in their order."""
        numbered = dict(enumerate(did, len(self.did) + 1))
        self.run.publish([record(self.run.stream, _line(number, *each)) for number, each in numbered.items()])
        self.did |= numbered

    def stored(self, table: str = "media_events") -> pl.DataFrame:
        """A table's rows; none before there is one."""
        tables = self._tables
        declared = next(each for each in self.run.stream.tables if each.name == table)
        return tables.rows(declared).collect()

    def numbers(self) -> list[int]:
        """The events that are in the table."""
        return sorted(int(event_id[-12:]) for event_id in self.stored()["event_id"])

    def suppressed(self) -> dict[str, int]:
        """How many of them are counted as kept out, by reason."""
        counted = self._tables.scan("suppressed").group_by("reason").agg(pl.col("count").sum())
        return dict(counted.collect().iter_rows())

    def withdraw(self) -> Withdrawn:
        """What the job does once the flow has passed all of it."""
        newest = {(TENANT, said.person, said.since): said.level for said in sorted(self.said, key=_number)}
        rows = pl.DataFrame([(*key, level) for key, level in newest.items()], schema=RECORDS, orient="row")
        since, partitions = min(said.since for said in self.said), range(self.run.log.partitions)
        location, decision = Location(self.run.tables.tables_url), Decision(self.run.stream, rows, since)
        return withdraw(location, decision, partitions, self.asked.append, lambda: None)

    def ask_again(self) -> None:
        """What the job publishes while it is at it, on the log when this returns."""
        sessions = [session for asked in self.asked for session in asked.iter_rows(named=True)]
        self.run.publish([Record(*again_message(session)) for session in sessions])

    @property
    def _tables(self) -> TableReader:
        return TableReader(Location(self.run.tables.tables_url))

    async def _say(self, records: Iterable[Record]) -> None:
        publisher = open_publisher(self.run.log.log_url, self.run.log)
        await publisher.publish(STREAM.name, list(records))
        await publisher.close()


def _number(said: Said) -> int:
    return said.number


def _line(number: int, person: str, at: datetime, stamped: int) -> dict[str, Any]:
    body = {
        "event": "play",
        "event_id": id_of(number),
        "session_id": f"{person}-{number % 2}",
        "media_id": "squat",
        "timestamp": text(microseconds(at)),
        "data": {"position_seconds": 1.0},
    }
    return {"received_at": "2026-02-17T12:00:00Z", "subject": person, "consent_level": stamped, "body": body}


def held(said: Sequence[Said]) -> Held:
    """Records as a flow has them that has read all of these."""
    schema = pl.Schema({"tenant": pl.String(), "subject": pl.String(), **RECORD})
    rows = [(TENANT, each.person, microseconds(each.since), each.number, each.number, 0, each.level) for each in said]
    new = pl.DataFrame(rows, schema=schema, orient="row")
    recent = Sorted.of(new.with_columns(pl.Series("person", people(new), dtype=pl.UInt64)))
    return Held(Sorted.nothing(), recent, {0: 1 + max((each.number for each in said), default=0)})
