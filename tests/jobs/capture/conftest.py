"""Sessions with chunks as gateway and flow leave them: blobs, rows of the table, what control has of them."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

import polars as pl
import pytest

from control.capture_sessions import CaptureSession
from control.written_offsets import Written
from jobs.lake import Lake
from kinelake.installation import Installation
from schemas.capture.chunks import CHUNKS
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.suppressed import SUPPRESSED
from sinks.delta_sink import DeltaSink
from tests.jobs.conftest import Clock
from tests.kit.capture import begin
from tests.kit.lake import rows

TABLES = (*CHUNKS.tables, SUPPRESSED, DEAD_LETTERS)
PARTITION = 0


@dataclass
class Sent:
    """Chunks on their way: blobs and control have them, the table once the flow has `committed`."""

    installation: Installation
    lake: Lake
    clock: Clock
    waiting: list[dict[str, object]] = field(default_factory=list)
    next_offset: int = 0

    def session(self, kind: str = "image") -> str:
        """A new one's id."""
        made = CaptureSession(
            id=str(uuid4()),
            tenant="clinic",
            project_id="p",
            subject=str(uuid4()),
            user_id="zoe",
            capture_mode="video",
            frame_rate=10.0,
            created_at=self.clock(),
            chunk_kind=kind,
            chunked_at=self.clock(),
        )
        begin(self.lake.control, made)
        return made.id

    def chunk(self, session_id: str, index: int, content: bytes) -> str:
        """One more, as a request takes it in; its blob."""
        blob = f"chunks/{session_id}/{index}-{uuid4().hex}"
        self.lake.blobs.put(blob, content)
        self.next_offset += 1
        place = {"log_partition": PARTITION, "log_offset": self.next_offset - 1, "log_item": 0}
        said = {"stream": CHUNKS.name, "tenant": "clinic", "session_id": session_id, "received_at": self.clock()}
        about = {"chunk_index": index, "blob": blob, "received_date": self.clock().date(), "bytes": len(content)}
        self.waiting.append({**said, **about, **place})
        self.lake.control.written.note([Written(f"session:{session_id}", CHUNKS.name, PARTITION, self.next_offset)])
        return blob

    def committed(self) -> None:
        """The flow commits what waits, and says so."""
        sink = DeltaSink(self.lake.location, TABLES, CHUNKS.name, range(12), self.installation.settings)
        sink.open()
        found = {CHUNKS.primary.name: rows(CHUNKS.primary, *self.waiting)} if self.waiting else {}
        sink.commit(found, {PARTITION: self.next_offset}, {PARTITION: len(self.waiting)})
        self.waiting.clear()
        self.flow_said(self.clock())

    def flow_said(self, at: datetime) -> None:
        """Everything accepted until then is in the table."""
        partitions = range(self.lake.log_options.partitions)
        self.lake.control.watermarks.write(CHUNKS.name, dict.fromkeys(partitions, at), dict.fromkeys(partitions, 0))

    def rows(self) -> pl.DataFrame:
        return self.lake.tables.rows(CHUNKS.primary).collect()


@pytest.fixture
def sent(installation: Installation, lake: Lake, clock: Clock) -> Sent:
    return Sent(installation, lake, clock)
