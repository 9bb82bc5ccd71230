"""Golden cases: a folder with messages.jsonl and expected/TABLE.jsonl becomes a run of the real flow on real tables."""

import asyncio
import itertools
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import polars as pl
import polars.selectors as cs

from control.store import Control
from event_log import LogOptions, Record, open_admin, open_publisher
from flows.conveyor.batch import Batch
from flows.conveyor.options import FlowOptions
from flows.conveyor.sink import Progress
from flows.run import Wiring, conveyed, flow_of, wired
from ingest_gateway.taking.admission import Admission
from ingest_gateway.taking.forms import taken_of
from ingest_gateway.taking.identifiers import TimeOrderedIds
from ingest_gateway.taking.intake import Intake
from schemas.shared.message import LINE_END, message
from schemas.shared.requests import NO_HEAD, RequestValidator
from schemas.shared.stream import Stream, streams
from schemas.shared.times import parsed
from schemas.shared.validation import EventValidator
from sinks.delta_sink import DeltaSink
from sinks.location import Location
from sinks.options import SinkOptions
from sinks.reader import TableReader
from tests.kit.migrated import migrated
from web.caller import Caller, Role
from web.problems import Problem

CASES = Path(__file__).parent.parent / "cases"
TENANT = "clinic"
RAW = b"raw"
"""The key of bytes that no gateway published."""


@dataclass(frozen=True)
class Case:
    """One folder under tests/cases/STREAM."""

    folder: Path

    @property
    def name(self) -> str:
        """As it stands in a test's id."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def stream(self) -> Stream:
        return streams()[self.folder.parent.name]

    @property
    def records(self) -> list[Record]:
        return [record(self.stream, line) for line in self._lines()]

    @property
    def records_apart(self) -> list[Record]:
        """The same of tenants of the case's own, so that several cases fit into the same tables."""
        return [record(self.stream, self._apart(line)) for line in self._lines()]

    def rows_of(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows among those of several cases that are this one's, as if it had been alone."""
        mine = pl.col("tenant").str.ends_with(self._ending)
        if "message_key" in rows.columns:
            # what could not be read has no tenant; the log handed out its key
            mine |= pl.col("tenant").is_null() & pl.col("message_key").bin.contains(self._ending.encode())
        binary = cs.binary().map_elements(self._alone, return_dtype=pl.Binary)
        return rows.filter(mine).with_columns(pl.col("tenant").str.strip_suffix(self._ending), binary)

    def _lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "messages.jsonl").read_text().splitlines()]

    def _apart(self, line: dict[str, Any]) -> dict[str, Any]:
        if "raw" in line:
            raw = re.sub(r'"tenant":"([^"]*)"', rf'"tenant":"\1{self._ending}"', line["raw"])
            return {**line, "raw": raw, "key": f"{RAW.decode()}{self._ending}"}
        return {**line, "tenant": f"{line.get('tenant', TENANT)}{self._ending}"}

    def _alone(self, value: bytes) -> bytes:
        return value.replace(self._ending.encode(), b"")

    @property
    def _ending(self) -> str:
        return f"@{self.folder.name}@"

    @property
    def expected(self) -> Mapping[str, list[dict[str, Any]]]:
        files = sorted((self.folder / "expected").glob("*.jsonl"))
        return {file.stem: [json.loads(line) for line in file.read_text().splitlines()] for file in files}


def cases() -> list[Case]:
    """Every case there is: a folder that has messages."""
    return [Case(file.parent) for file in sorted(CASES.glob("*/*/messages.jsonl"))]


def record(stream: Stream, line: Mapping[str, Any]) -> Record:
    """A line is what the gateway would publish of a client's `body`, or of `bodies` of one key in one request.

    `raw` are bytes that no gateway published, under a `key`; `broken` is one that stands among the items at that place.
    """
    if "raw" in line:
        return Record(line.get("key", RAW.decode()).encode(), str(line["raw"]).encode("latin-1"))
    return with_broken(published(stream, line), line.get("broken", {}))


def published(stream: Stream, line: Mapping[str, Any]) -> Record:
    """One message, as the gateway takes it in from the caller that the line names."""
    head = NO_HEAD._replace(fields=line.get("stamped", {}))
    items: Sequence[bytes | msgspec.Raw] = [
        msgspec.json.encode(body) for body in line.get("bodies", [line.get("body")])
    ]
    if stream.items is not None:
        said, items = RequestValidator(stream.head, stream.items).accept(bytes(items[0]))
        head = said._replace(fields={**said.fields, **head.fields})
    admission = Admission(stream, _caller(line))
    intake = Intake(admission, EventValidator(stream), TimeOrderedIds(), None, parsed(line["received_at"]), head)
    outcomes = intake.judged(items)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
    assert refused == [], f"the gateway refuses {line}"
    return intake.whole(taken_of(outcomes))


def with_broken(whole: Record, broken: Mapping[str, str]) -> Record:
    """The message with lines among its items that are none, each at its place."""
    head, *lines = whole.value.split(LINE_END)
    for place, line in broken.items():
        lines.insert(int(place), line.encode("latin-1"))
    return whole._replace(value=message(head, lines))


def _caller(line: Mapping[str, Any]) -> Caller:
    return Caller(
        tenant=line.get("tenant", TENANT),
        subject=line.get("subject", "somebody"),
        user_id="somebody",
        role=Role.USER,
        consent_level=line.get("consent_level", 2),
        consent_source="token",
        gpc=False,
        client_ip=line.get("address", ""),
        user_agent=line.get("user_agent", ""),
        request_id="request",
        trusted=False,
    )


class Run:
    """The real flow over an embedded log and a folder of tables."""

    def __init__(self, folder: Path, stream: Stream, geo: Path | None = None) -> None:
        self.stream = stream
        self.log = LogOptions(log_url=f"sqlite:///{folder / 'log.db'}", partitions=4)
        self.tables = SinkOptions(tables_url=str(folder / "tables"))
        self.options = FlowOptions(epoch_seconds=0.05, geo_database=geo)
        self.control = Control.open(migrated(folder))
        self._admin = open_admin(self.log.log_url, self.log)
        self._admin.ensure_topic(stream.name, stream.max_record_bytes)

    def publish(self, records: Sequence[Record]) -> None:
        """All records, durable when this returns."""
        asyncio.run(self._publish(records))

    async def _publish(self, records: Sequence[Record]) -> None:
        publisher = open_publisher(self.log.log_url, self.log)
        await publisher.publish(self.stream.name, records)
        await publisher.close()

    def flow(self, split: tuple[int, int] = (0, 1)) -> None:
        """Run one share until all that is on the log is in the tables."""
        until = Until(self._admin.end_offsets(self.stream.name), split)
        now = lambda: datetime(2026, 3, 1, tzinfo=UTC)  # noqa: E731
        conveyed(
            wired(
                self.stream,
                Wiring(split, self.log, self.tables, self.options, self.control, until, until.stopping, now),
            ),
            self.options,
        )

    def rows(self, table: str) -> pl.DataFrame:
        """The table's rows; of what the flow writes again and again, what it comes to."""
        rows = TableReader(Location(self.tables.tables_url)).scan(table).collect()
        reduces = flow_of(self.stream).reduces
        return (
            reduces[table](rows.sort("revision") if "revision" in rows.columns else rows) if table in reduces else rows
        )


class Crash(Exception):
    """The process died here."""


@contextmanager
def crashing(before_write: int) -> Iterator[None]:
    """Let the flow die inside an epoch's commit, before one of its tables is written."""
    real, writes = DeltaSink._write, itertools.count()

    def dying(sink: DeltaSink, *args: Any) -> None:
        if next(writes) == before_write:
            raise Crash
        real(sink, *args)

    with patch.object(DeltaSink, "_write", dying):
        yield


class Until:
    """Tells the flow to stop once it has committed what was on the log."""

    def __init__(self, ends: Mapping[int, int], split: tuple[int, int]) -> None:
        self._ends = {p: end for p, end in ends.items() if p % split[1] == split[0]}
        self._done = threading.Event()

    def stopping(self) -> bool:
        return self._done.is_set()

    def committed(self, batches: Sequence[Batch]) -> None:
        """Nothing to count."""

    def progress(self, progress: Progress) -> None:
        if all(progress.next_offsets.get(p, 0) >= end for p, end in self._ends.items()):
            self._done.set()
