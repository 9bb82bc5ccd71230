"""What the routes of capture share: whose session it is, whether it may be written to, and how what is written lands.

The message of a request and its audit row are durable on the log, and control knows where, before the 2xx leaves.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import replace
from starlette.requests import Request

from control.capture_sessions import CaptureSession
from control.capture_writes import Begun, CaptureWrite, Change, Chunked, Claimed, Completed
from control.video_assembly import LATE
from event_log import Record
from ingest_gateway.capture.known import KnownSessions, unknown
from ingest_gateway.capture.noting import Noting, Placed, write_of
from ingest_gateway.capture.trail import record_of
from ingest_gateway.taking.admission import Admission, admitted
from ingest_gateway.taking.identifiers import repeatable_id
from ingest_gateway.taking.intake import Intake
from ingest_gateway.taking.means import Means
from ingest_gateway.taking.publishing import Publishing
from schemas.capture import STREAMS
from schemas.capture.tables import PROJECT_COLUMN, STARTED_COLUMN
from schemas.capture.trail import STREAM as TRAIL
from schemas.capture.trail import SessionAction
from schemas.shared.consent_rules import NONE
from schemas.shared.requests import Head
from schemas.shared.stream import Stream, streams
from schemas.shared.times import microseconds
from schemas.shared.validation import EventValidator
from web.caller import Caller


class Taking:
    """One per process, used from its event loop only."""

    def __init__(self, means: Means) -> None:
        self.means = means
        self.known = KnownSessions(means.control)
        self._noting = Noting(means.control.capture_writes)
        written = (*STREAMS, streams()[TRAIL])
        self.publishing = {stream.name: Publishing(stream, means.publisher) for stream in written}

    async def session(self, request: Request, caller: Caller) -> CaptureSession:
        """The session that the path names; raises 404 and 403."""
        return await self.known.session(request.path_params["session_id"], caller)

    async def admission(self, stream: Stream, session: CaptureSession, caller: Caller) -> Admission:
        """That the session's user may be written about; raises the 403 where their consent does not reach."""
        user = replace(caller, subject=session.subject, user_id=session.user_id)
        level = None
        if NONE < stream.consent_level <= user.consent_level:
            level = await self.means.recorded.level(user.tenant, user.subject)
        return admitted(stream, user, level)

    def intake(
        self,
        admission: Admission,
        validator: EventValidator,
        session: CaptureSession,
        received_at: int,
        key: str | None = None,
    ) -> Intake:
        """Takes in the items of a request about the session; Idempotency-Keys are the project's."""
        head = head_of(session, admission.stream)
        return Intake(admission, validator, self.means.ids, key, received_at, head, holder=session.project_id)

    async def claimed(self, session: CaptureSession, kind: str) -> str:
        """What the session's chunks are: this, unless a chunk came before that was something else."""
        if session.chunk_kind is not None:
            return session.chunk_kind
        changed = await self.changed(session, Claimed(session.id, kind))
        self.known.keep(changed)
        return changed.chunk_kind or kind

    async def changed(self, session: CaptureSession, change: Claimed | Completed) -> CaptureSession:
        """The session as control has it once it was changed there; raises the 404 where it was erased meanwhile."""
        return await self._noted(session, CaptureWrite((), change))

    async def begun(self, session: CaptureSession) -> CaptureSession:
        """The session of that id as it began first, which is now where there was none."""
        await self._noting(CaptureWrite((), Begun(session)))
        return await asyncio.to_thread(self.means.control.capture_sessions.get, session.id) or session

    async def land(
        self, session: CaptureSession, records: Sequence[tuple[str, Record]], change: Begun | None = None
    ) -> None:
        """Puts the records on their streams' logs and notes in control where they lie, and a session that began."""
        await self._noting(await self._published(session, records, change))

    async def land_chunk(self, session: CaptureSession, records: Sequence[tuple[str, Record]], change: Chunked) -> None:
        """The same of a session that gets a chunk; a video that was made before is made again."""
        await self.film(await self._noted(session, await self._published(session, records, change)), LATE)

    async def film(self, session: CaptureSession, after: timedelta = timedelta(0)) -> None:
        """Has the session's video made, where it is complete and has chunks."""
        if session.completed_at is not None and session.chunked_at is not None:
            await asyncio.to_thread(self.means.control.video_assembly.queue, session.id, after)

    async def _noted(self, session: CaptureSession, write: CaptureWrite) -> CaptureSession:
        changed = await self._noting(write)
        if session.id not in changed:
            raise unknown()
        return changed[session.id]

    async def _published(
        self, session: CaptureSession, records: Sequence[tuple[str, Record]], change: Change | None
    ) -> CaptureWrite:
        placed = await asyncio.gather(*(self._placed(*record) for record in records))
        return write_of(session.id, session.project_id, placed, change)

    async def _placed(self, stream: str, record: Record) -> Placed:
        return stream, await self.publishing[stream]([record])


def head_of(session: CaptureSession, stream: Stream) -> Head:
    """What a request says once: the session's project and beginning, and its id where there may be many items."""
    stamped = {PROJECT_COLUMN.name: session.project_id, STARTED_COLUMN.name: microseconds(session.created_at)}
    return Head(None if stream.items is None else session.id, None, stamped, b"")


def trail_of(
    action: SessionAction,
    session: CaptureSession,
    details: Mapping[str, Any],
    at: int,
    request_id: str,
    key: str | None = None,
) -> tuple[str, Record]:
    """The audit row of a request; one row for all requests with the same Idempotency-Key."""
    named = None if key is None else own_id(session, TRAIL, f"{action}:{session.id}:{key}")
    return record_of(action, session, details, at, request_id, named)


def own_id(session: CaptureSession, stream: str, key: str) -> str:
    """An id that is the same for whoever repeats a request of the session's project."""
    return repeatable_id(session.tenant, session.project_id, stream, key, 0)
