"""The real flows and the job `purge` over an installation that tokens and write keys have written to."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple
from unittest.mock import patch
from uuid import NAMESPACE_OID, uuid5

import polars as pl
import polars.selectors as cs
from polars.testing import assert_frame_equal

from control.consent_records import NewConsent
from control.store import Control
from event_log import open_admin
from flows.conveyor.options import FlowOptions
from flows.conveyor.sink import Reduce
from jobs.kinds import kinds
from jobs.outbox import Outbox
from jobs.work import Context
from kinelake.balance import Balance, balance, position
from kinelake.installation import Installation
from kinelake.settings import load
from schemas.shared.origins import CMCD, SEGMENT
from schemas.shared.stream import Stream, streams
from schemas.shared.times import microseconds, text
from sinks.files import TableFiles
from sinks.media.folding.usage import added_up
from sinks.media.options import SettleOptions
from sinks.media.settle import settle_at
from sinks.media.whole import newest
from tests.kit.cases import TENANT, Crash, Run, published, with_broken
from tests.kit.migrated import migrated

START = datetime(2026, 2, 17, 10, tzinfo=UTC)
KINDS = {kind.name: kind.work for kind in kinds()}
MEDIA = ("media_events", "media_session_states", "media_sessions", "media_session_cells", "media_usage")
TABLES = (*MEDIA, "analytics_events")


WHOLE: Mapping[str, Reduce] = {"media_usage": added_up, "media_session_states": newest}
"""What rows of a table come to, where the flow writes them again and again."""


class Said(NamedTuple):
    """An event of a session, so many seconds after START; `key` is the write key that it came with."""

    key: str | None
    session: str
    second: float
    kind: str
    data: Mapping[str, Any] = {}
    person: str = "somebody"


class Flowing(Run):
    """The real flow of a stream over an installation."""

    def __init__(self, installation: Installation, stream: Stream) -> None:
        lake = installation.lake
        self.stream, self.log, self.tables, self.control = stream, lake.log_options, lake.sink_options, lake.control
        self.options = FlowOptions(epoch_seconds=0.05)
        self._admin = open_admin(self.log.log_url, self.log)
        self._admin.ensure_topic(stream.name, stream.max_record_bytes)


class Keyed:
    """An installation, and a clock that tests set."""

    def __init__(self, folder: Path) -> None:
        self.installation = Installation(load({"data": folder}, {"KINELAKE_PARTITIONS": "2"}))
        migrated(self.installation.folder.prepare().path)
        self.control = Control.open(str(self.installation.settings.control_url), lambda: self.now)
        self.now = START + timedelta(hours=3)
        self.flows = {name: Flowing(self.installation, streams()[name]) for name in ("media", "analytics")}

    def close(self) -> None:
        self.control.close()
        self.installation.close()

    def say(self, said: Sequence[Said], *, flows: bool = True) -> None:
        """On the log; and in the tables, where the flows run."""
        for name in sorted({_stream(each) for each in said}):
            own, flow = (each for each in said if _stream(each) == name), self.flows[name]
            flow.publish([published(flow.stream, _line(each, name)) for each in own])
            if flows:
                flow.flow()

    def flow(self) -> None:
        """The one that folds, until it has passed its log."""
        self.flows["media"].flow()

    def settle(self) -> None:
        settle_at(self.installation.location, self.now, self.now, SettleOptions())

    def purge(self, key: str) -> None:
        """Wanted, and as far as one round gets."""
        self.job({"tenant": TENANT, "ingest_key": key})
        self.now += timedelta(seconds=10)
        self.job()

    def say_unreadable(self, *keys: str | None) -> None:
        """A message of each key with one item that is none beside one that is."""
        flow = self.flows["media"]
        lines = [{**_line(Said(key, f"torn {key}", 0, "pause", {"position_seconds": 1}), "media")} for key in keys]
        flow.publish([with_broken(published(flow.stream, line), {"1": "{"}) for line in lines])
        flow.flow()

    def withdraw(self, since: float) -> None:
        """Somebody allows nothing any more since then, and the job has taken out what that forbids."""
        at = START + timedelta(seconds=since)
        who = {
            "recorded_by": "crm",
            "recorded_role": "system",
            "request_id": "r",
            "event_id": str(uuid5(NAMESPACE_OID, "")),
        }
        said: dict[str, Any] = {"tenant": TENANT, "subject": "somebody", "level": 0, "source": None, "extra": None}
        new = NewConsent(**{**who, **said, "effective_at": at, "recorded_at": at})
        self.control.consent.published([self.control.consent.add(new).number])
        self.job(kind="withdraw")

    def job(
        self, payload: Mapping[str, Any] | None = None, kind: str = "purge", wanted_at: datetime | None = None
    ) -> None:
        """One of the kind, at once; `wanted_at` is when it was queued, now without."""
        lake = replace(self.installation.lake, control=self.control)
        with closing(Outbox(lake.log_options)) as outbox:
            job = self.control.jobs.enqueue(kind, "", {})
            job = replace(job, payload=payload or {}, created_at=wanted_at or self.now)
            KINDS[kind](Context(job, lake, lambda: self.now, Event(), lambda *_: None, outbox.publish))

    def states(self) -> set[str]:
        return {each.state for each in self.control.erasures.newest()}

    def balanced(self, stream: str = "media") -> Balance:
        found = balance(self.installation, position(self.installation, stream))
        assert found.balance == 0
        return found

    def rows(self, table: str) -> pl.DataFrame:
        """What a table comes to, but for places on the log."""
        rows = self.installation.tables.scan(table).collect() if self.installation.location.exists(table) else None
        if rows is None:
            return pl.DataFrame()
        reduced = WHOLE[table](rows) if table in WHOLE else rows
        return reduced.drop("revision", "log_partition", "log_offset", "log_item", "request_id", strict=False)

    def as_if(self, other: "Keyed", tables: Sequence[str] = TABLES) -> None:
        """The tables say what the other's do."""
        for table in tables:
            mine, theirs = self.rows(table), other.rows(table)
            key = [name for name in mine.columns if mine.schema[name] in (pl.String, pl.Date, pl.Datetime("us", "UTC"))]
            _same(table, mine.sort(key), theirs.sort(key))


def _same(table: str, mine: pl.DataFrame, theirs: pl.DataFrame) -> None:
    assert mine.height == theirs.height, (table, mine, theirs)
    assert_frame_equal(mine.select(~cs.float()), theirs.select(~cs.float()))
    assert_frame_equal(mine.select(cs.float()), theirs.select(cs.float()), check_exact=False, abs_tol=1e-6)


def _stream(said: Said) -> str:
    return "analytics" if said.kind == "track" else "media"


def _line(said: Said, stream: str) -> dict[str, Any]:
    at = text(microseconds(START + timedelta(seconds=said.second)))
    body = {"event_id": str(uuid5(NAMESPACE_OID, repr(said))), "session_id": said.session, "timestamp": at}
    own = {"event_name": "x"} if stream == "analytics" else {"event": said.kind, "media_id": "m", "data": said.data}
    stamped = {} if said.key is None else {"source": CMCD if stream == "media" else SEGMENT, "ingest_key": said.key}
    return {"received_at": at, "subject": said.person, "body": {**body, **own}, "stamped": stamped}


@contextmanager
def dying_at(effect: int) -> Iterator[list[int]]:
    """The process dies when so many exchanges of tables' files have begun or ended; counts them."""
    real, seen = TableFiles.exchange, [0]

    def count_one() -> None:
        seen[0] += 1
        if seen[0] == effect:
            raise Crash

    def dying(files: TableFiles, *args: Any, **named: Any) -> None:
        count_one()
        real(files, *args, **named)
        count_one()

    with patch.object(TableFiles, "exchange", dying):
        yield seen
