"""`POST /v1/sessions/{session_id}/events`: what the session's user did, all of a request or nothing of it."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct
from starlette.requests import Request
from starlette.responses import Response

from control.capture_sessions import CaptureSession
from event_log import Record
from ingest_gateway.capture.taking import Taking, trail_of
from ingest_gateway.taking.forms import taken_of
from ingest_gateway.taking.intake import Intake, Taken
from ingest_gateway.taking.refusals import idempotency_key, invalid_event
from ingest_gateway.taking.whole import placed
from schemas.capture import EVENTS
from schemas.capture.trail import SessionAction
from schemas.shared.invalid import FieldError, Invalid
from schemas.shared.requests import RequestValidator
from schemas.shared.times import microseconds
from schemas.shared.validation import EventValidator
from web.body import read_body, require_media_type
from web.caller import Caller
from web.problems import Problem

MOST_BODY: Final = 8 * 2**20
ITEMS: Final = "events"
WRONG_SESSION: Final = FieldError("session_id", "is not the session of the path; leave it out")


class Counted(Struct, frozen=True):
    """The 200: how many events were taken."""

    count: int


class Events:
    """Answers POST /v1/sessions/{session_id}/events."""

    def __init__(self, taking: Taking) -> None:
        self._taking = taking
        self._means = taking.means
        self._publishing = taking.publishing[EVENTS.name]
        self._requests = RequestValidator(None, ITEMS)
        self._validator = EventValidator(EVENTS, taking.means.options.event_max_age_days)

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """Takes all events of the body, or names the first that is wrong."""
        require_media_type(request)
        key = idempotency_key(request)
        session = await self._taking.session(request, caller)
        admission = await self._taking.admission(EVENTS, session, caller)
        seconds = self._means.limits.body_seconds
        raws = self._raws(await read_body(request, max_bytes=MOST_BODY, max_decoded_bytes=MOST_BODY, seconds=seconds))
        received_at = microseconds(self._means.clock())
        if raws:
            intake = self._taking.intake(admission, self._validator, session, received_at, key)
            record = self._record(raws, intake, session)
            details = {"event_count": len(raws)}
            row = trail_of(SessionAction.EVENTS, session, details, received_at, caller.request_id, key)
            await self._taking.land(session, [(EVENTS.name, record), row], None)
        return Response(msgspec.json.encode(Counted(len(raws))), media_type="application/json")

    def _raws(self, body: bytes) -> Sequence[Raw]:
        """The events as they were sent; raises the 400 or 413 of a body that is no list of them."""
        try:
            raws = self._requests.accept(body).items
        except Invalid as error:
            raise invalid_event(error) from None
        if len(raws) > EVENTS.max_batch:
            self._publishing.rejected(len(raws))
            raise Problem(413, "too_many_events", f"a request may have at most {EVENTS.max_batch} events")
        return raws

    def _record(self, raws: Sequence[Raw], intake: Intake, session: CaptureSession) -> Record:
        """All of them as one message; raises the first one's problem."""
        outcomes = intake.judged(raws)
        try:
            for index, outcome in enumerate(outcomes):
                problem = outcome if isinstance(outcome, Problem) else _of_another(outcome, session)
                if problem is not None:
                    raise placed(problem, f"{ITEMS}[{index}]", index)
            return intake.whole(taken_of(outcomes))
        except Problem:
            self._publishing.rejected(len(raws))
            raise


def _of_another(taken: Taken, session: CaptureSession) -> Problem | None:
    """What is wrong with an event that names another session than the path does."""
    if taken.event.session_id in (None, session.id):
        return None
    return invalid_event(Invalid(WRONG_SESSION))
