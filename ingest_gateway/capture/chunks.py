"""`POST /v1/sessions/{session_id}/chunks`: a picture or a piece of a video, from the socket into the blob store.

Its bytes lie there before a row names them. What dies in between leaves a blob that no row has, which is swept.
"""

import secrets
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from blob_store.store import Stored
from control.capture_sessions import CaptureSession
from control.capture_writes import Chunked
from ingest_gateway.capture.formats import FORMATS, SNIFFED_BYTES, Format, Kind, format_of
from ingest_gateway.capture.taking import Taking, trail_of
from ingest_gateway.taking.admission import Admission
from ingest_gateway.taking.multipart import MOST_BESIDE, FormFile, boundary_of
from ingest_gateway.taking.refusals import idempotency_key
from schemas.capture import CHUNKS
from schemas.capture.chunks import LARGEST_CHUNK, LAST_INDEX
from schemas.capture.trail import SessionAction
from schemas.shared.meaning import digest
from schemas.shared.times import microseconds
from schemas.shared.validation import Accepted, EventValidator
from web.body import body_pieces
from web.caller import Caller
from web.digits import whole_number
from web.headers import headers_of
from web.problems import FieldError, invalid

FIELD: Final = "chunk"
INDEX: Final = "X-Chunk-Index"
MOST_BODY: Final = LARGEST_CHUNK + MOST_BESIDE
STORING_THREADS: Final = 32
"""Each waits for the disk most of its time; a disk that is asked for more at once makes more of it durable at once."""


class Received(Struct, frozen=True):
    """The 200: the chunk is stored; which one follows it."""

    received: bool
    next_chunk: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk that lies in the blob store."""

    index: int
    format: Format
    blob: str
    stored: Stored


class Chunks:
    """Answers POST /v1/sessions/{session_id}/chunks."""

    def __init__(self, taking: Taking) -> None:
        self._taking = taking
        self._means = taking.means
        self._threads = ThreadPoolExecutor(STORING_THREADS, "chunks")
        self._validator = EventValidator(CHUNKS, taking.means.options.event_max_age_days)

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """Stores the file, then says so on the log and in control."""
        boundary = boundary_of(headers_of(request).once("Content-Type") or "")
        index = index_of(request)
        key = idempotency_key(request)
        session = await self._taking.session(request, caller)
        admission = await self._taking.admission(CHUNKS, session, caller)
        chunk = await self._stored(request, FormFile(FIELD, boundary, LARGEST_CHUNK), session, index)
        await self._land(chunk, session, admission, key)
        return Response(msgspec.json.encode(Received(True, index + 1)), media_type="application/json")

    async def _stored(self, request: Request, file: FormFile, session: CaptureSession, index: int) -> Chunk:
        seconds = self._means.limits.body_seconds
        pieces = file.pieces(body_pieces(request, max_bytes=MOST_BODY, seconds=seconds))
        head = await _head(pieces)
        found = _format(head)
        await self._claim(session, found.kind)
        name = f"chunks/{session.id}/{index}-{secrets.token_hex(8)}"
        whole = _joined(head, pieces)
        stored = await self._means.blobs.put_stream(name, whole, LARGEST_CHUNK, self._threads)
        return Chunk(index, found, name, stored)

    async def _claim(self, session: CaptureSession, kind: Kind) -> None:
        """Raises the 400 where the session's chunks are the other kind."""
        counts = await self._taking.claimed(session, kind)
        if counts != kind:
            raise invalid(FieldError(FIELD, f"is {kind}, but this session's first chunk was {counts}"))

    async def _land(self, chunk: Chunk, session: CaptureSession, admission: Admission, key: str | None) -> None:
        now = self._means.clock()
        at = microseconds(now)
        intake = self._taking.intake(admission, self._validator, session, at, key)
        record = intake.whole([intake.taken(self._event(chunk, session, at))])
        details = {"chunk_index": chunk.index}
        row = trail_of(SessionAction.CHUNK, session, details, at, admission.caller.request_id, key)
        await self._taking.land_chunk(session, [(CHUNKS.name, record), row], Chunked(session.id, now))

    def _event(self, chunk: Chunk, session: CaptureSession, at: int) -> Accepted:
        """Its row; the same file is the same event under one Idempotency-Key, wherever it lies."""
        fields = {
            "session_id": session.id,
            "chunk_index": chunk.index,
            "media_type": chunk.format.media_type,
            "bytes": chunk.stored.bytes,
            "sha256": chunk.stored.sha256,
            "blob": chunk.blob,
        }
        event = self._validator.accept(msgspec.json.encode(fields), at)
        event.payload_digest = digest(f"{chunk.index}:{chunk.stored.sha256}".encode())
        return event


def index_of(request: Request) -> int:
    """Which chunk it is, by the header; raises the 400 that says what it must be."""
    given = headers_of(request).once(INDEX)
    index = None if given is None else whole_number(given, LAST_INDEX)
    if index is None:
        raise invalid(FieldError(INDEX, f"must be given, a whole number from 0 to {LAST_INDEX}"))
    return index


async def _head(pieces: AsyncIterator[bytes]) -> bytes:
    """The beginning of the file, by which it is told what it is."""
    head = b""
    while len(head) < SNIFFED_BYTES and (piece := await anext(pieces, None)) is not None:
        head += piece
    return head


def _format(head: bytes) -> Format:
    if not head:
        raise invalid(FieldError(FIELD, "is empty"))
    found = format_of(head)
    if found is None:
        raise invalid(FieldError(FIELD, f"begins like none of {', '.join(each.media_type for each in FORMATS)}"))
    return found


async def _joined(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for piece in rest:
        yield piece
