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

import polars as pl
import polars.selectors as cs

from control import Control
from event_log import LogOptions, Record, open_admin, open_publisher
from flows.conveyor.batch import Batch
from flows.conveyor.options import FlowOptions
from flows.conveyor.sink import Progress
from flows.run import Wiring, conveyed, flow_of, wired
from schemas.shared import client_context
from schemas.shared.envelope import SCHEMA_VERSION, RequestPart
from schemas.shared.message import head_line, item_line, message, message_key
from schemas.shared.stream import Stream, streams
from schemas.shared.times import parsed
from schemas.shared.validation import EventValidator
from sinks.delta_sink import DeltaSink
from sinks.location import Location
from sinks.options import SinkOptions
from sinks.reader import TableReader

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
    received = parsed(line["received_at"])
    validator = EventValidator(stream)
    bodies = line["bodies"] if "bodies" in line else [line["body"]]
    events = [validator.accept(json.dumps(body).encode(), received) for body in bodies]
    items = [item_line(event, event.event_id or "") for event in events]
    for place, broken in line.get("broken", {}).items():
        items.insert(int(place), str(broken).encode("latin-1"))
    part = RequestPart(
        schema_version=SCHEMA_VERSION,
        tenant=line.get("tenant", TENANT),
        subject=line.get("subject", "somebody"),
        received_at=received,
        request_id="request",
        consent_level=line.get("consent_level", 2),
        consent_source="token",
    )
    value = message(head_line(part), items)
    client = client_context.encode(line.get("address", ""), line.get("user_agent", ""))
    return Record(message_key(part.tenant, events[0].session_id, part.subject), value, client)


class Run:
    """The real flow over an embedded log and a folder of tables."""

    def __init__(self, folder: Path, stream: Stream, geo: Path | None = None) -> None:
        self.stream = stream
        self.log = LogOptions(log_url=f"sqlite:///{folder / 'log.db'}", partitions=4)
        self.tables = SinkOptions(tables_url=str(folder / "tables"))
        self.options = FlowOptions(epoch_seconds=0.05, geo_database=geo)
        self.control = Control.open(f"sqlite:///{folder / 'control.db'}")
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
        until = _Until(self._admin.end_offsets(self.stream.name), split)
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


class _Until:
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
