"""The export of one person with a million events over HTTP: first byte, how long it takes, memory over the rest.

    python -m benchmarks.export [--quick]

Half of the events are of one session, half of sessions of a thousand; they lie in files as compaction leaves them. The
web role runs beside the audit's flow; its memory is what the whole process has, sampled while the answer is read.
"""

import argparse
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import polars as pl
import psutil

from benchmarks.report import Figure, finish
from benchmarks.service import Service, process, role
from control.capture_sessions import CaptureSession
from control.capture_writes import Begun, CaptureWrite
from control.organisations import subject_of
from kinelake.api_keys import create_key, kinds
from kinelake.example.people import ORGANISATION
from kinelake.installation import Installation
from kinelake.settings import load
from schemas.capture import EVENTS
from sinks.files import TableFiles

COUNT, QUICK_COUNT = 1_000_000, 20_000
SMALL = 1_000
"""Events of a session, but for the one that has half of all."""
FILES = 8
USER = "somebody"
MOST_MIB = 256
MOST_SECONDS = 1.0
SAMPLE_SECONDS = 0.02
READY_SECONDS = 60
REST_REQUESTS = 5


@dataclass
class Memory:
    """The resident memory of a process, in MiB: at rest, and at its peak since."""

    process: psutil.Process
    rest: float = 0.0
    peak: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Samples it while the block runs."""
        self.rest = self.peak = self._now()
        thread = threading.Thread(target=self._sample)
        thread.start()
        try:
            yield
        finally:
            self.over.set()
            thread.join()

    def _sample(self) -> None:
        while not self.over.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, self._now())

    def _now(self) -> float:
        return float(self.process.memory_info().rss) / 2**20


def filled(data: Path, count: int) -> str:
    """Makes the tables and the key that may ask for them."""
    installation = Installation(load({"data": data}, {}))
    installation.folder.prepare()
    try:
        control = installation.control
        control.organisations.create(ORGANISATION)
        project = control.projects.create(ORGANISATION, "measured", 2)
        _, key = create_key(installation, kinds()["capture"], project)
        sessions = _sessions(installation, project.id, 1 + count // 2 // SMALL)
        _write(installation, sessions, count)
    finally:
        installation.close()
    return key


def _sessions(installation: Installation, project_id: str, count: int) -> Sequence[CaptureSession]:
    organisation = installation.control.organisations.get(ORGANISATION)
    assert organisation is not None, "it was made just now"
    begun = datetime.now(UTC) - timedelta(days=1)
    made = [
        CaptureSession(
            id=str(uuid.UUID(int=number + 1)),
            tenant=ORGANISATION,
            project_id=project_id,
            subject=subject_of(organisation.key, USER),
            user_id=USER,
            capture_mode="events",
            frame_rate=10.0,
            created_at=begun + timedelta(seconds=number),
        )
        for number in range(count)
    ]
    installation.control.capture_writes.note([CaptureWrite([], Begun(session)) for session in made])
    return made


def _write(installation: Installation, sessions: Sequence[CaptureSession], count: int) -> None:
    files = TableFiles.open(installation.location, EVENTS.primary)
    rows = _events(sessions, count)
    for part in range(FILES):
        files.exchange([], rows.filter(pl.col("position") % FILES == part), {}, upkeep=True)


def _events(sessions: Sequence[CaptureSession], count: int) -> pl.DataFrame:
    first, *_ = sessions
    number = pl.int_range(count, dtype=pl.Int64)
    place = pl.when(number < count // 2).then(0).otherwise(1 + (number - count // 2) // SMALL)
    ids, begun = [session.id for session in sessions], [session.created_at for session in sessions]
    in_session = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("session_id")
    rows = (
        pl.select(place=place, number=number)
        .with_columns(
            session_id=pl.lit(pl.Series(ids)).gather(pl.col("place")),
            session_created_at=pl.lit(pl.Series(begun)).gather(pl.col("place")),
        )
        .with_columns(position=in_session)
        .with_columns(timestamp_ms=pl.col("position") * 37 % 1_000_003)
    )
    now = pl.lit(datetime.now(UTC))
    said = {
        "stream": pl.lit(EVENTS.name),
        "event_type": pl.lit(EVENTS.event_type),
        "event_id": pl.col("number").cast(pl.String).str.zfill(36),
        "tenant": pl.lit(ORGANISATION),
        "subject": pl.lit(first.subject),
        "project_id": pl.lit(first.project_id),
        "interaction": pl.lit("click"),
        "target": pl.format("button#submit-{}", pl.col("number") % 50),
        "payload": pl.lit('{"buttonText":"Save"}'),
        "x": pl.col("number") % 1920,
        "y": pl.col("number") % 1080,
        "received_at": now,
        "received_date": now.dt.date(),
        "occurred_at": pl.col("session_created_at") + pl.duration(milliseconds="timestamp_ms"),
    }
    given = rows.with_columns(**said)
    schema = EVENTS.primary.schema
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in given.columns]
    return given.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def measured(service: Service, key: str, count: int) -> tuple[Sequence[Figure], int]:
    """The figures, and the bytes of the answer."""
    with httpx.Client(base_url=service.url, headers={"X-API-Key": key}, timeout=600) as client:
        for _ in range(REST_REQUESTS):
            client.post("/v1/gdpr/export/nobody").raise_for_status()
        memory = Memory(psutil.Process(service.process.pid))
        with memory.watched():
            began = time.perf_counter()
            with client.stream("POST", f"/v1/gdpr/export/{USER}") as answer:
                answer.raise_for_status()
                pieces = answer.iter_raw()
                content = bytearray(next(pieces))
                first = time.perf_counter() - began
                for piece in pieces:
                    content += piece
            whole = time.perf_counter() - began
    export = msgspec.json.decode(content)
    found = sum(len(session["events"]) for session in export["sessions"])
    if not found == export["total_events"] == count:
        raise ValueError(f"the export has {found:,} events and says {export['total_events']:,}; there are {count:,}")
    return [
        Figure("first byte", round(first, 3), "s", MOST_SECONDS, at_most=True),
        Figure("memory over the rest", round(memory.peak - memory.rest, 1), "MiB", MOST_MIB, at_most=True),
        Figure("whole answer", round(whole, 2), "s"),
        Figure("events a second", round(count / whole), "events/s"),
    ], len(content)


def main() -> None:
    """Makes the folder, starts the web role once; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few rows, to see that it works")
    arguments = parser.parse_args()
    count = QUICK_COUNT if arguments.quick else COUNT
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        key = filled(data, count)
        cores = os.sched_getaffinity(0)
        # an export waits for the audit row of the one before
        audit = ["kinelake", "flows", "audit", "--data", str(data), "--supervised"]
        with process(audit, cores, {}), role(["web", "--port", "0"], data, cores, {}) as service:
            figures, size = measured(service, key, count)
    finish("export", figures, {"events": count, "bytes": size}, arguments.quick)


if __name__ == "__main__":
    main()
