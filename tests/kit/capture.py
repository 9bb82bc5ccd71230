"""A project whose key writes sessions over HTTP, and what it sends."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec

from control.api_keys import ApiKey
from control.capture_sessions import CaptureSession
from control.capture_writes import Begun, CaptureWrite
from control.store import Control
from ingest_gateway.capture import KEYS
from web.caller import Caller, Role
from web.pepper import Pepper

USER = "user-123"
BEGUN_AT = datetime(2026, 2, 17, 10, tzinfo=UTC)
PROJECT = "11111111-1111-4111-8111-111111111111"
CALLER = Caller(
    tenant="acme", subject="zoe", user_id="zoe", role=Role.SYSTEM, consent_level=2, consent_source="default",
    gpc=False, client_ip="", user_agent="", request_id="request", trusted=False, project_id=PROJECT,
)  # fmt: skip


def stored_session(name: str, **fields: object) -> CaptureSession:
    """One as control has it."""
    given = {"tenant": "acme", "project_id": PROJECT, "subject": "zoe", "user_id": "zoe@example.org"}
    more = {"capture_mode": "hybrid", "frame_rate": 10.0, "created_at": BEGUN_AT}
    return CaptureSession(**{"id": name, **given, **more, **fields})  # type: ignore[arg-type]


def begin(control: Control, *sessions: CaptureSession) -> None:
    """Control knows these sessions."""
    control.capture_writes.note([CaptureWrite([], Begun(session)) for session in sessions])


def forget(control: Control, session_id: str) -> None:
    """Control forgets a session, as it does when its person is erased."""
    session = control.capture_sessions.get(session_id)
    assert session is not None
    control.erasures.begin(tenant=session.tenant, subject=session.subject, requested_by="operator")


def made_key(control: Control, pepper: Pepper, project_id: str, scope: str = "") -> tuple[ApiKey, str]:
    """A key of a project and its secret."""
    secret = f"{KEYS.prefix}{project_id}{scope}"
    lookup = pepper.lookup(KEYS.family, secret.encode())
    project = control.projects.find(project_id)
    return control.api_keys.create(KEYS.family, project, scope, lookup, pepper.name), secret


def event(timestamp_ms: int = 1200, **fields: Any) -> dict[str, Any]:
    """An event of the contract's."""
    return {
        "event_type": "click",
        "timestamp_ms": timestamp_ms,
        "x": 450,
        "y": 320,
        "target": "button#submit",
        **fields,
    }


def png(width: int = 8, height: int = 6, shade: int = 0) -> bytes:
    """A picture of one grey."""

    def part(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    lines = (b"\0" + bytes([shade]) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(lines)) + part(b"IEND", b"")


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(64)
WEBP = b"RIFF\x20\x00\x00\x00WEBPVP8 " + bytes(32)
MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(64)
WEBM = b"\x1a\x45\xdf\xa3" + bytes(64)


class Sender:
    """Requests of one key; answers as they are."""

    def __init__(self, client: httpx.AsyncClient, key: str) -> None:
        self._client = client
        self.key = key

    async def init(self, body: Any = None, **headers: str) -> httpx.Response:
        given = {"user_id": USER, "capture_mode": "hybrid"} if body is None else body
        return await self.post("/v1/sessions/init", given, **headers)

    async def begun(self, **fields: Any) -> str:
        """The id of a new session."""
        answer = await self.init({"user_id": USER, "capture_mode": "hybrid", **fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["session_id"])

    async def events(self, session: str, events: Sequence[Any] | None = None, **headers: str) -> httpx.Response:
        body = {"events": [event()] if events is None else list(events)}
        return await self.post(f"/v1/sessions/{session}/events", body, **headers)

    async def complete(self, session: str) -> httpx.Response:
        return await self._client.post(f"/v1/sessions/{session}/complete", headers={"X-API-Key": self.key})

    async def chunk(
        self, session: str, content: bytes, index: object = 0, field: str = "chunk", **headers: str
    ) -> httpx.Response:
        """A chunk as a form sends it; without an index where that is None."""
        named = {} if index is None else {"X-Chunk-Index": str(index)}
        return await self._client.post(
            f"/v1/sessions/{session}/chunks",
            files={field: ("frame.bin", content)},
            headers={"X-API-Key": self.key, **named, **written(headers)},
        )

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        """JSON, or bytes as they are; header names with _ for -."""
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        named = {"Content-Type": "application/json", "X-API-Key": self.key, **written(headers)}
        return await self._client.post(path, content=content, headers=named)


def written(headers: Mapping[str, str]) -> dict[str, str]:
    """Header names with - for _."""
    return {name.replace("_", "-"): value for name, value in headers.items()}
