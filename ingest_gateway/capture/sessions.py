"""`POST /v1/sessions/init` and `POST /v1/sessions/{session_id}/complete`: a session begins, and has finished."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Final, NamedTuple, TypeAlias

import msgspec
from msgspec import Meta, Raw, Struct
from starlette.requests import Request
from starlette.responses import Response

from control.capture_sessions import CaptureSession
from control.capture_writes import Begun, Completed
from control.organisations import subject_of
from event_log import Record
from ingest_gateway.capture.taking import Taking, own_id, trail_of
from ingest_gateway.taking.admission import Admission
from ingest_gateway.taking.identifiers import repeatable_id
from ingest_gateway.taking.refusals import idempotency_key, invalid_event
from schemas.capture import SESSIONS
from schemas.capture.trail import SessionAction
from schemas.shared.body import UNPRINTABLE
from schemas.shared.client import ENVELOPE_FIELDS
from schemas.shared.invalid import UNREADABLE, FieldError, Invalid, invalid_of
from schemas.shared.text import printable
from schemas.shared.times import microseconds, text
from schemas.shared.validation import Accepted, EventValidator
from web.body import read_body, require_media_type
from web.caller import Caller
from web.problems import Problem

LASTING: Final = timedelta(hours=1)
"""After this a session has expired by its answer; what comes later is taken all the same."""

TOLD_AGAIN: Final = timedelta(hours=23)
"""So long a repeat tells the log again, in case that it was not told: for 24 hours flows know a row by its id."""

USUAL_FRAME_RATE: Final = 10.0

SERVERS_OWN: Final = ENVELOPE_FIELDS | {"kind"}
MOST_BODY: Final = 64 * 1024
MOST_ORGANISATIONS: Final = 10_000

UserId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=256, description="User identifier.")]


class User(Struct, frozen=True):
    """Whose session it is."""

    user_id: UserId


class WithFrameRate(Struct, frozen=True):
    """Metadata, as far as it says how many pictures a second were taken."""

    fps: Annotated[float, Meta(ge=1, le=120)] = USUAL_FRAME_RATE


class Initiated(Struct, frozen=True):
    """The 201 of init."""

    session_id: str
    upload_url: str
    expires_at: str


class Finished(Struct, frozen=True):
    """The 200 of complete."""

    status: str


class Said(NamedTuple):
    """What a body of init says: the user, and the rest of it, which becomes a row."""

    user_id: str
    rest: Mapping[str, Raw]


class Init:
    """Answers POST /v1/sessions/init."""

    def __init__(self, taking: Taking) -> None:
        self._taking = taking
        self._means = taking.means
        self._validator = EventValidator(SESSIONS, taking.means.options.event_max_age_days)
        self._organisation_key = lru_cache(MOST_ORGANISATIONS)(self._looked_up)

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """A new session of the project, or the one that was begun with the same Idempotency-Key."""
        require_media_type(request)
        key = idempotency_key(request)
        seconds = self._means.limits.body_seconds
        said = said_of(await read_body(request, max_bytes=MOST_BODY, max_decoded_bytes=MOST_BODY, seconds=seconds))
        now = self._means.clock()
        subject = await asyncio.to_thread(self._subject, caller.tenant, said.user_id)
        event = self._accepted(said.rest, self._session_id(caller, key, now), now)
        session = _session(event, said.user_id, subject, caller, now)
        admission = await self._taking.admission(SESSIONS, session, caller)
        if key is not None:
            session = await self._begun_first(session)
        if now - session.created_at < TOLD_AGAIN:
            await self._begin(session, event, admission, key)
        return _answer(session)

    def _session_id(self, caller: Caller, key: str | None, now: datetime) -> str:
        if key is None:
            return self._means.ids.next(microseconds(now))
        return repeatable_id(caller.tenant, caller.project_id, SESSIONS.name, key, 0)

    def _accepted(self, rest: Mapping[str, Raw], session_id: str, now: datetime) -> Accepted:
        """The row of the session's beginning, which has the session's id as its own."""
        own = {"kind": "session_initiated", "session_id": session_id, "event_id": session_id}
        try:
            return self._validator.accept(msgspec.json.encode({**rest, **own}), microseconds(now))
        except Invalid as error:
            raise invalid_event(error) from None

    def _subject(self, tenant: str, user_id: str) -> str:
        return subject_of(self._organisation_key(tenant), user_id)

    def _looked_up(self, tenant: str) -> bytes:
        """The organisation's key, which never changes."""
        found = self._means.control.organisations.get(tenant)
        assert found is not None, "the caller's key is of this organisation"
        return found.key

    async def _begun_first(self, wanted: CaptureSession) -> CaptureSession:
        """The session of that id as it began first; raises the 409 where it is not the one that is wanted now.

        Control says so before the log is told: a repeat tells of the same time, whoever died in between.
        """
        found = await self._taking.begun(wanted)
        if (found.subject, found.capture_mode) != (wanted.subject, wanted.capture_mode):
            raise Problem(409, "idempotency_key_conflict", "another session was begun with this Idempotency-Key")
        return found

    async def _begin(
        self, session: CaptureSession, event: Accepted, admission: Admission, key: str | None = None
    ) -> None:
        at = event.occurred_at = microseconds(session.created_at)
        intake = self._taking.intake(admission, self._validator, session, at)
        row = trail_of(SessionAction.INITIATED, session, {}, at, admission.caller.request_id, key)
        await self._taking.land(session, [(SESSIONS.name, intake.whole([intake.taken(event)])), row], Begun(session))


class Complete:
    """Answers POST /v1/sessions/{session_id}/complete."""

    def __init__(self, taking: Taking) -> None:
        self._taking = taking
        self._means = taking.means
        self._validator = EventValidator(SESSIONS, taking.means.options.event_max_age_days)

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """Notes that the capture has finished; the first time counts, and every time is answered alike."""
        session = await self._taking.session(request, caller)
        admission = await self._taking.admission(SESSIONS, session, caller)
        now = self._means.clock()
        # control says first when it was: a repeat tells of the same time, whoever died in between
        completed = await self._taking.changed(session, Completed(session.id, now))
        assert completed.completed_at is not None, "it was completed now or before"
        if now - completed.completed_at < TOLD_AGAIN:
            await self._taking.land(session, self._records(session, admission, microseconds(completed.completed_at)))
        await self._taking.film(completed)
        return _as_json(Finished("completed"), 200)

    def _records(self, session: CaptureSession, admission: Admission, at: int) -> list[tuple[str, Record]]:
        """The row that says so and its audit row: the same ones each time."""
        named = own_id(session, SESSIONS.name, f"complete:{session.id}")
        body = {"kind": "session_completed", "session_id": session.id, "event_id": named}
        event = self._validator.accept(msgspec.json.encode(body), at)
        intake = self._taking.intake(admission, self._validator, session, at)
        row = trail_of(SessionAction.COMPLETED, session, {}, at, admission.caller.request_id, "once")
        return [(SESSIONS.name, intake.whole([intake.taken(event)])), row]


def said_of(body: bytes) -> Said:
    """What a body of init says; raises the 400 that names what is wrong with it."""
    try:
        members = msgspec.json.decode(body, type=dict[str, Raw])
        of_whom = {name: members.pop(name) for name in User.__struct_fields__ if name in members}
        user = msgspec.json.decode(msgspec.json.encode(of_whom), type=User)
    except UNREADABLE as error:
        raise invalid_event(invalid_of(error)) from None
    wrong = [
        FieldError(name, "is for the server to say; leave it out") for name in sorted(SERVERS_OWN & members.keys())
    ]
    if not printable(user.user_id):
        wrong.append(FieldError("user_id", UNPRINTABLE))
    if wrong:
        raise invalid_event(Invalid(*wrong))
    return Said(user.user_id, members)


def frame_rate_of(metadata: str | None) -> float:
    """Pictures a second of the session's video, by its metadata; anything else under fps is metadata like any other."""
    try:
        return msgspec.json.decode(metadata or "{}", type=WithFrameRate).fps
    except msgspec.ValidationError:
        return USUAL_FRAME_RATE


def _session(event: Accepted, user_id: str, subject: str, caller: Caller, now: datetime) -> CaptureSession:
    assert event.session_id is not None, "it was given one"
    return CaptureSession(
        id=event.session_id,
        tenant=caller.tenant,
        project_id=caller.project_id,
        subject=subject,
        user_id=user_id,
        capture_mode=event.fields["capture_mode"],
        frame_rate=frame_rate_of(event.fields.get("metadata")),
        created_at=now,
    )


def _answer(session: CaptureSession) -> Response:
    expires_at = text(microseconds(session.created_at + LASTING))
    return _as_json(Initiated(session.id, f"/v1/sessions/{session.id}/chunks", expires_at), 201)


def _as_json(answer: Struct, status: int) -> Response:
    return Response(msgspec.json.encode(answer), status, media_type="application/json")
