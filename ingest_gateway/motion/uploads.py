"""`POST /{activity}/sessions/` and `POST /{activity}/management/sessions/`: a film, from the socket to its analysis.

Its bytes lie in the blob store under a name that nothing refers to until they are known to be a film within the limits;
what is refused is removed.
"""

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any, Final, NoReturn

import msgspec
from msgspec import Struct
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from blob_store.store import Stored
from control.motion_sessions import MotionSession
from ingest_gateway.motion.fields import JOINTS, USER_ID, as_json, request_of, texts_of, wrong_in
from ingest_gateway.motion.formats import CONTAINERS, SNIFFED_BYTES, container_of
from ingest_gateway.motion.taking import VIDEO, Taking
from ingest_gateway.taking.beginnings import beginning, joined
from ingest_gateway.taking.identifiers import repeatable_id
from ingest_gateway.taking.multipart import MOST_BESIDE, FormFile, boundary_of
from ingest_gateway.taking.refusals import idempotency_key
from motion.request import Activity, Request
from schemas.motion import SESSIONS
from schemas.motion.blobs import UPLOADS, VIDEOS
from schemas.motion.sessions import LARGEST_VIDEO
from schemas.shared.times import microseconds
from web.body import UNPACKED, body_pieces
from web.caller import Caller
from web.headers import headers_of
from web.people_keys import USER
from web.problems import FieldError, Problem, invalid

MOST_BODY: Final = LARGEST_VIDEO + MOST_BESIDE
NAMED_BY: Final = 16
"""Digits of its SHA-256 that a film's name has, so that a repeat with another film never lands on the first one."""


class FilmTaken(Struct, frozen=True):
    """The 200 of an upload."""

    session_id: str
    title: str


class Uploads:
    """Answers the POST of one activity; `for_others`: by administrators, who say whose session it is."""

    def __init__(self, taking: Taking, activity: Activity, *, for_others: bool) -> None:
        self._taking = taking
        self._means = taking.means
        self._activity = activity
        self._for_others = for_others

    async def __call__(self, http: HttpRequest, caller: Caller) -> Response:
        """200 with the session once its film lies in the blob store and its analysis is queued."""
        if self._for_others and caller.scope == USER:
            raise Problem(403, "role_forbidden", "an administrator's key is needed for somebody else's session")
        form, key = self._form(http), idempotency_key(http)
        try:
            session = await self._taken(http, form, caller, key)
        except Problem:
            self._taking.refused()
            raise
        return Response(msgspec.json.encode(FilmTaken(session.id, session.title)), media_type="application/json")

    def _form(self, http: HttpRequest) -> FormFile:
        """What reads the body; raises the 400 of another media type, the 415 of a packed body."""
        if (headers_of(http).once("Content-Encoding") or "").lower() not in UNPACKED:
            detail = "A film is sent as it is, without Content-Encoding."
            raise Problem(415, "unsupported_encoding", detail, headers={"Accept-Encoding": "identity"})
        boundary = _boundary(headers_of(http).once("Content-Type") or "")
        return FormFile(VIDEO, boundary, LARGEST_VIDEO, texts_of(self._activity), [JOINTS])

    async def _taken(self, http: HttpRequest, form: FormFile, caller: Caller, key: str | None) -> MotionSession:
        seconds = self._taking.options.motion_upload_seconds
        pieces = form.pieces(body_pieces(http, max_bytes=MOST_BODY, seconds=seconds))
        session_id = self._session_id(caller, key)
        head = await beginning(pieces, SNIFFED_BYTES)
        ending = await self._expected(form, head, caller, session_id)
        blob = f"{UPLOADS}/{secrets.token_hex(16)}"
        try:
            stored = await self._means.blobs.put_stream(blob, joined(head, pieces), LARGEST_VIDEO)
            return await self._kept(_texts(form, self._activity), caller, session_id, blob, stored, ending)
        finally:
            # what was taken has another name by now
            await asyncio.to_thread(self._means.blobs.delete, blob)

    async def _expected(self, form: FormFile, head: bytes, caller: Caller, session_id: str) -> str:
        """The ending of a film whose first bytes are these; raises what is wrong by then, before the rest is read.

        What stands before the film in the form counts: what follows it is not there yet, and may still name a person.
        """
        said, ending = _texts(form, self._activity), container_of(head[:SNIFFED_BYTES])
        named = USER_ID in said or caller.scope == USER
        person = (await self._taking.person(caller, said.get(USER_ID)))[0] if named else None
        wrong = self._wrong(said, whole=form.whole)
        if ending is None:
            raise invalid(*wrong, _no_film(head))
        if wrong:
            raise invalid(*wrong)
        if person is not None:
            await self._taking.admission(person)
            if await self._before(session_id) is None:
                await self._taking.room(person)
        return ending

    async def _kept(
        self, said: Mapping[str, str], caller: Caller, session_id: str, blob: str, stored: Stored, ending: str
    ) -> MotionSession:
        """Once all of the body is there: the session that it makes, or made before under the same key."""
        if self._for_others and USER_ID not in said:
            raise invalid(*self._wrong(said, whole=True))
        person, profile = await self._taking.person(caller, said.get(USER_ID))
        request = request_of(self._activity, said, profile)
        admission = await self._taking.admission(person)
        session = self._session(session_id, person, request, stored, ending)
        before = await self._before(session_id)
        if before is None:
            await self._taking.room(person)
            await self._taking.look_into(blob, session.request)
            await asyncio.to_thread(self._means.blobs.rename, blob, session.video)
            before = await self._taking.begun(session, admission, caller)
        if _what(before) != _what(session):
            await self._conflict(before, session)
        return before

    def _wrong(self, said: Mapping[str, str], *, whole: bool) -> list[FieldError]:
        """What is wrong with the fields; only of a `whole` form is it known that one is missing."""
        wrong = wrong_in(self._activity, said, whole=whole)
        if whole and self._for_others and USER_ID not in said:
            wrong.append(FieldError(USER_ID, "must be given: whose session it is"))
        return wrong

    async def _before(self, session_id: str) -> MotionSession | None:
        """The session, where an upload with the same key made it."""
        return await asyncio.to_thread(self._means.control.motion_sessions.get, session_id)

    async def _conflict(self, before: MotionSession, session: MotionSession) -> NoReturn:
        """Raises the 409; the film of who came second at the same moment goes."""
        if session.video != before.video:
            await asyncio.to_thread(self._means.blobs.delete, session.video)
        raise Problem(409, "idempotency_key_conflict", "another film was sent with this Idempotency-Key")

    def _session_id(self, caller: Caller, key: str | None) -> str:
        if key is None:
            return self._means.ids.next(microseconds(self._means.clock()))
        return repeatable_id(caller.tenant, caller.subject, SESSIONS.name, key, 0)

    def _session(self, session_id: str, person: Caller, request: Request, stored: Stored, ending: str) -> MotionSession:
        now = self._means.clock()
        return MotionSession(
            id=session_id,
            tenant=person.tenant,
            subject=person.subject,
            user_id=person.user_id,
            activity=self._activity.value,
            exercise=None if request.exercise is None else request.exercise.value,
            title=request.session_name or f"{request.exercise or self._activity.value.title()} {now:%d/%m/%Y}",
            request=as_json(request),
            video=f"{VIDEOS}/{session_id}/original-{stored.sha256[:NAMED_BY]}.{ending}",
            sha256=stored.sha256,
            video_bytes=stored.bytes,
            request_id=person.request_id,
            consent_level=person.consent_level,
            consent_source=person.consent_source,
            gpc=person.gpc,
            created_at=now,
            queued_at=now,
        )


def _boundary(content_type: str) -> bytes:
    """What divides the parts; the contract answers 400 where others answer 415."""
    try:
        return boundary_of(content_type)
    except Problem as problem:
        raise Problem(400, problem.code, problem.detail) from None


def _no_film(head: bytes) -> FieldError:
    why = f"is no film: it begins like none of {', '.join(CONTAINERS)}" if head else "is empty"
    return FieldError(VIDEO, why)


def _texts(form: FormFile, activity: Activity) -> Mapping[str, str]:
    """Field → what it says, of those that say anything."""
    said = {name: (form.text(name) or "").strip() for name in texts_of(activity)}
    return {name: text for name, text in said.items() if text}


def _what(session: MotionSession) -> tuple[Any, ...]:
    """What makes two uploads the same one; a profile may have changed between them, and the day."""
    return session.tenant, session.subject, session.activity, session.exercise, session.sha256
