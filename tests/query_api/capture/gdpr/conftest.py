"""A query role over capture tables that were filled by hand, with two projects' keys and one of the organisation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from starlette.requests import Request

from blob_store.store import BlobStore
from control.capture_sessions import CaptureSession
from control.organisations import subject_of
from control.store import Control
from ingest_gateway.capture import FAMILY
from query_api.dashboard.overview import Overview
from query_api.options import QueryOptions
from query_api.role import Query
from schemas.audit import AUDIT
from schemas.audit.chain import Link, chained
from schemas.capture import CHUNKS, EVENTS, SESSIONS
from schemas.shared.columns import Table
from schemas.shared.stream import Stream
from sinks.delta_sink import DeltaSink
from sinks.location import Location
from sinks.options import SinkOptions
from tests.kit.capture import begin
from tests.kit.migrated import migrated
from tests.kit.recorder import PARTITIONS, Recorder
from web.app import create_app
from web.authentication import authenticator
from web.caller import Caller, Role
from web.options import WebOptions
from web.telemetry import TELEMETRY

NOW = datetime(2026, 4, 25, 12, tzinfo=UTC)
FIRST = "11111111-1111-1111-1111-111111111111"
SECOND = "22222222-2222-2222-2222-222222222222"
PASSED = 10_000
"""What the tables have passed of the log from the beginning, so that nobody waits for what a test publishes."""
CALLERS: Mapping[str, tuple[str, str, str]] = {
    "first": ("acme", FIRST, ""),
    "second": ("acme", SECOND, ""),
    "everywhere": ("acme", FIRST, "gdpr:org"),
    "foreign": ("other", "33333333-3333-3333-3333-333333333333", "gdpr:org"),
}
"""Key → organisation, project, scope."""


def caller_of(key: str) -> Caller:
    tenant, project_id, scope = CALLERS[key]
    return Caller(
        tenant=tenant, subject="", user_id="", role=Role.SYSTEM, consent_level=2, consent_source="default", gpc=False,
        client_ip="127.0.0.1", user_agent="", request_id="request", trusted=False, project_id=project_id,
        key_id=f"id-of-{key}", scope=scope,
    )  # fmt: skip


async def by_name(request: Request) -> Caller:
    """Keys are taken at their word here: what the routes do with a caller is what is looked at."""
    return caller_of(request.headers["X-API-Key"])


class Site:
    """Control, tables and the app."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.control = Control.open(migrated(folder), lambda: self.now)
        self.tables = Location(str(folder / "tables"))
        self.recorder = Recorder()
        self._offsets = PASSED
        self._chain: dict[str, Link] = {}
        for tenant in ("acme", "other"):
            self.control.organisations.create(tenant)
        self._commit(AUDIT, AUDIT.primary, _rows(AUDIT.primary, []), range(PARTITIONS))
        nothing = Overview(NOW, [], [], [])
        self.blobs = BlobStore(str(folder / "blobs"))
        stores = self.tables, self.control, self.blobs
        self.query = Query(*stores, QueryOptions(), 1, lambda: self.now, lambda: nothing, self.recorder)
        self.query.start()
        options = WebOptions(access_log=False)
        self.app = create_app(
            self.query.routes(),
            options=options,
            authenticator=authenticator(options, self.control, folder / "secrets", lambda: self.now),
            families=(TELEMETRY, replace(FAMILY, authenticate=lambda _: by_name), *self.query.families),
        )

    def client(self, key: str = "first") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://kinelake.test", headers={"X-API-Key": key})

    def subject(self, user_id: str, tenant: str = "acme") -> str:
        organisation = self.control.organisations.get(tenant)
        assert organisation is not None
        return subject_of(organisation.key, user_id)

    def session(self, session_id: str, user_id: str, project_id: str = FIRST, **more: Any) -> CaptureSession:
        """A session that control knows."""
        tenant = more.pop("tenant", "acme")
        begun = more.pop("created_at", NOW - timedelta(hours=1))
        said = {"capture_mode": "hybrid", "frame_rate": 10.0, **more}
        made = CaptureSession(
            id=session_id, tenant=tenant, project_id=project_id, subject=self.subject(user_id, tenant),
            user_id=user_id, created_at=begun, **said,
        )  # fmt: skip
        begin(self.control, made)
        return made

    def events(self, session: CaptureSession, *events: Mapping[str, Any]) -> None:
        """One commit of events, whose positions go on from 1."""
        at = [session.created_at + timedelta(milliseconds=each["timestamp_ms"]) for each in events]
        rows = [
            {"interaction": "click", "occurred_at": moment, "position": place, **each}
            for place, (moment, each) in enumerate(zip(at, events, strict=True), 1)
        ]
        self.put(EVENTS, session, *rows)

    def chunk(self, session: CaptureSession, index: int, sha256: str = "0" * 64) -> None:
        blob = f"chunks/{session.id}/{index}-{sha256[:8]}"
        self.blobs.put(blob, sha256.encode())
        said = {"media_type": "image/png", "bytes": 64, "sha256": sha256, "blob": blob}
        self.put(CHUNKS, session, {"chunk_index": index, **said})

    def begun(self, session: CaptureSession, metadata: str) -> None:
        self.put(SESSIONS, session, {"event_type": "session_initiated", "metadata": metadata})

    def audited(self, session: CaptureSession, action: str, at: datetime, details: str = "{}") -> None:
        """An entry of the session's user."""
        row = {
            "stream": AUDIT.name, "tenant": session.tenant, "subject": session.subject, "actor": session.subject,
            "project_id": session.project_id, "action": action, "metadata": details, "occurred_at": at,
            "received_at": at, "received_date": at.date(),
        }  # fmt: skip
        rows, self._chain = chained(_rows(AUDIT.primary, [row]), self._chain)
        self._commit(AUDIT, AUDIT.primary, rows)

    def put(self, stream: Stream, session: CaptureSession, *rows: Mapping[str, Any]) -> None:
        """Rows of a session, as its flow would leave them."""
        common = {
            "stream": stream.name, "tenant": session.tenant, "subject": session.subject, "session_id": session.id,
            "project_id": session.project_id, "session_created_at": session.created_at, "received_at": NOW,
            "occurred_at": session.created_at, "received_date": NOW.date(),
        }  # fmt: skip
        given = [common | {"log_offset": self._offsets, "log_item": item} | dict(row) for item, row in enumerate(rows)]
        self._commit(stream, stream.primary, _rows(stream.primary, given))

    def _commit(self, stream: Stream, table: Table, rows: pl.DataFrame, partitions: Sequence[int] = (0,)) -> None:
        sink = DeltaSink(self.tables, [table], stream.name, partitions, SinkOptions())
        sink.open()
        self._offsets += 1
        sink.commit({table.name: rows}, dict.fromkeys(partitions, self._offsets), {partitions[0]: rows.height})


def _rows(table: Table, given: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([{**dict.fromkeys(table.schema.names()), **row} for row in given], schema=table.schema)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.query.stop()
    made.control.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def session_id(number: int) -> str:
    """An id that orders as its number does."""
    return f"00000000-0000-7000-8000-{number:012d}"
