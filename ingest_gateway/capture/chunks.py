"""`POST /v1/sessions/{session_id}/chunks`: a picture or a piece of a video, from the socket into the blob store.

Its bytes lie there before a row names them. What dies in between leaves a blob that no row has, which is swept.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from blob_store.store import Stored
from control.capture_sessions import CaptureSession
from control.capture_writes import Chunked
from event_log import Record
from ingest_gateway.capture.formats import SNIFFED_BYTES, Format, Kind, format_of
from ingest_gateway.capture.multipart import MOST_BESIDE, FormFile, boundary_of
from ingest_gateway.capture.taking import Taking, own_id, trail_of
from ingest_gateway.taking.admission import Admission
from ingest_gateway.taking.refusals import idempotency_key
from schemas.capture import CHUNKS
from schemas.capture.chunks import LARGEST_CHUNK, LAST_INDEX
from schemas.capture.trail import SessionAction
from schemas.shared.meaning import digest
from schemas.shared.times import microseconds
from schemas.shared.validation import Accepted, EventValidator
from web.body import read_body, streamed_body
from web.caller import Caller
from web.digits import whole_number
from web.headers import headers_of
from web.problems import FieldError, Problem, invalid

FIELD: Final = "chunk"
INDEX: Final = "X-Chunk-Index"
MOST_BODY: Final = LARGEST_CHUNK + MOST_BESIDE
"""""" 
