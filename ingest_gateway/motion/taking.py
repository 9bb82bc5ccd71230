"""What the upload routes of a process share: whose a session may be, looking into films, how a session begins.

A film lies in the blob store under its own name, and its row on the log, before control knows of the session; control
notes session, place on the log and job in one transaction before the 2xx. What dies before leaves a blob that no
session has, which is swept, and at most a row that no reader asks for.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from control.faults import SessionErased
from control.motion_sessions import MotionSession, Wanted
from control.organisations import subject_of
from control.people import Profile
from control.written_offsets import Written
from event_log import Record
from ingest_gateway.motion.family import PEOPLE_KEYS
from ingest_gateway.motion.options import UploadOptions
from ingest_gateway.taking.admission import Admission, admitted
from ingest_gateway.taking.identifiers import repeatable_id
from ingest_gateway.taking.intake import Intake
from ingest_gateway.taking.means import Means
from ingest_gateway.taking.publishing import Publishing
from schemas.audit.house import Occasion
from schemas.motion import SESSIONS
from schemas.motion.plans import PLANS
from schemas.motion.trail import STREAM as TRAIL
from schemas.motion.trail import UPLOADED, uploaded_for
from schemas.shared.meaning import digest
from schemas.shared.stream import streams
from schemas.shared.times import microseconds
from schemas.shared.validation import EventValidator
from web.caller import Caller
from web.people_keys import USER
from web.problems import FieldError, Problem, invalid

VIDEO: Final = "video"
PROBES: Final = 2
"""Films that are looked into at once: each may take a core and a gibibyte for a while."""
ROW_FIELDS: Final = ("activity", "exercise", "title", "video", "sha256", "video_bytes", "request")
"""Members of a session that its row has."""


class Taking:
    """One per process, used from its event loop only."""

    def __init__(self, means: Means) -> None:
        self.means = means
        self.options = means.options_of(UploadOptions)
        self._publishing = Publishing(SESSIONS, means.publisher)
        self._trail = Publishing(streams()[TRAIL], means.publisher)
        self._validator = EventValidator(SESSIONS, means.options.event_max_age_days)
        self._probes = asyncio.Semaphore(PROBES)

    async def person(self, caller: Caller, user_id: str | None) -> tuple[Caller, Profile]:
        """Whose session it is to be, as the caller of a request of their own, and what is known of them.

        Raises the 403 of who names somebody else and may not, the 404 of a person whom nobody knows.
        """
        control = self.means.control
        named = caller.user_id if user_id is None else user_id
        found = await asyncio.to_thread(control.people.get, caller.tenant, named)
        profile = Profile() if found is None else found.profile
        if named == caller.user_id:
            return caller, profile
        if caller.scope == USER:
            raise Problem(403, "person_forbidden", "an administrator's key is needed for somebody else's session")
        subject = await asyncio.to_thread(self._subject, caller.tenant, named)
        if found is None and not await asyncio.to_thread(
            control.api_keys.plans, PEOPLE_KEYS.family, caller.tenant, subject
        ):
            raise Problem(404, "person_unknown", "user_id is nobody's here")
        return replace(caller, subject=subject, user_id=named), profile

    async def admission(self, person: Caller) -> Admission:
        """That the person may be filmed; raises the 403 where their consent does not reach."""
        level = await self.means.recorded.level(person.tenant, person.subject)
        return admitted(SESSIONS, person, level)

    async def room(self, person: Caller) -> None:
        """That there is room for one more session of the person; raises the 404 where their plan has none."""
        if self.options.limited:
            await asyncio.to_thread(self._refuse_more, person)

    async def look_into(self, blob: str, request: Mapping[str, Any]) -> None:
        """Raises the 400 that says why a film is not taken."""
        async with self._probes:
            refusal = await asyncio.to_thread(self._refusal, blob, request)
        if refusal is not None:
            raise invalid(FieldError(VIDEO, refusal))

    async def begun(self, session: MotionSession, admission: Admission, holder: Caller) -> MotionSession:
        """The session as control has it once its row is on the log and its job is queued.

        Raises the 409 of a repeat of what was erased; its film goes.
        """
        record = self._record(session, admission, holder)
        positions, _ = await asyncio.gather(self._publishing([record]), self._told(session, holder))
        scope = f"session:{session.id}"
        written = [Written(scope, SESSIONS.name, each.partition, each.offset + 1) for each in positions]
        try:
            return await asyncio.to_thread(self.means.control.motion_sessions.begin, session, written)
        except SessionErased as erased:
            await asyncio.to_thread(self.means.blobs.delete, session.video)
            raise Problem(409, "session_erased", str(erased)) from None

    def refused(self) -> None:
        """Counts an upload that was not taken."""
        self._publishing.rejected(1)

    async def _told(self, session: MotionSession, holder: Caller) -> None:
        """Of what an administrator does for somebody else the audit log has a row, one however often it is repeated."""
        if holder.subject == session.subject:
            return
        at = microseconds(session.created_at)
        named = repeatable_id(session.tenant, holder.subject, TRAIL, f"{UPLOADED}:{session.id}", 0)
        where = holder.tenant, holder.subject, holder.role.value, holder.client_ip, holder.request_id
        row = uploaded_for(Occasion(at, named, *where), session.subject, session.activity)
        await self._trail([Record(*row)])

    def _refuse_more(self, person: Caller) -> None:
        """By the best plan of the person's keys, whoever sends the film."""
        control = self.means.control
        plans = control.api_keys.plans(PEOPLE_KEYS.family, person.tenant, person.subject)
        plan = max(plans, key=PLANS.index, default=PLANS[0])
        most = self.options.most_sessions(plan)
        _, there = control.motion_sessions.newest(Wanted(person.tenant, person.subject), 0)
        if most is not None and there >= most:
            detail = f"session limit reached: the plan {plan} has {most} sessions; delete one, or choose another plan"
            raise Problem(404, "session_limit", detail)

    def _subject(self, tenant: str, user_id: str) -> str:
        organisation = self.means.control.organisations.get(tenant)
        assert organisation is not None, "the caller's key is of this organisation"
        return subject_of(organisation.key, user_id)

    def _refusal(self, blob: str, request: Mapping[str, Any]) -> str | None:
        with self.means.blobs.file(blob) as film:
            return self.means.film_refusal(Path(film), request)

    def _record(self, session: MotionSession, admission: Admission, holder: Caller) -> Record:
        """Its row, which has the session's id as its own: one row, however often the upload is repeated."""
        at = microseconds(session.created_at)
        own = {"kind": "uploaded", "session_id": session.id, "event_id": session.id}
        said = {name: getattr(session, name) for name in ROW_FIELDS if getattr(session, name) is not None}
        event = self._validator.accept(msgspec.json.encode({**own, **said}), at)
        event.payload_digest = digest(f"{session.activity}:{session.exercise}:{session.sha256}".encode())
        intake = Intake(admission, self._validator, self.means.ids, None, at, holder=holder.subject)
        return intake.whole([intake.taken(event)])
