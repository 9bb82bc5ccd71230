"""`POST /v1/sessions/{session_id}/events`: what the session's user did, all of a request or nothing of it."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct
from starlette.requests import Request
from starlette.responses import Response

from control.capture_sessions import CaptureSession
from event_log import Record
from ingest_gateway.capture.interactions import items_of, usual
from ingest_gateway.capture.taking import Taking, trail_of
from ingest_gateway.taking.forms import taken_of
from ingest_gateway.taking.identifiers import repeatable_id
from ingest_gateway.taking.intake import Intake, Outcome
from ingest_gateway.taking.refusals import idempotency_key, invalid_event
from ingest_gateway.taking.whole import placed
from schemas.capture import EVENTS
from schemas.capture.events import LARGEST_BODY, LARGEST_PAYLOAD
from schemas.capture.trail import SessionAction
from schemas.shared.invalid import UNREADABLE, FieldError, Invalid
from schemas.shared.keys import message_key
from schemas.shared.meaning import object_text
from schemas.shared.requests import RequestValidator
from schemas.shared.times import microseconds
from schemas.shared.validation import EventValidator
from web.body import read_body, require_media_type
from web.caller import Caller
from web.problems import FieldError as WrongField
from web.problems import Problem

ITEMS: Final = "events"
PAYLOAD_TOO_LARGE: Final = Problem(
    413,
    "payload_too_large",
    "A payload is too large.",
    errors=[WrongField("payload", f"may have at most {LARGEST_PAYLOAD} bytes")],
)
WRONG_SESSION: Final = FieldError("session_id", "is not the session of the path; leave it out")


class WithPayload(Struct):
    """Of an event what may be large."""

    payload: dict[str, Any] | None = None


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
        limits = self._means.limits
        body = await read_body(
            request, max_bytes=LARGEST_BODY, max_decoded_bytes=LARGEST_BODY, seconds=limits.body_seconds
        )
        received_at = microseconds(self._means.clock())
        intake = self._taking.intake(admission, self._validator, session, received_at, key)
        events, record = self._taken(body, session, intake, received_at, key)
        if record is not None:
            details = {"event_count": events}
            row = trail_of(SessionAction.EVENTS, session, details, received_at, caller.request_id, key)
            await self._taking.land(session, [(EVENTS.name, record), row])
        return Response(msgspec.json.encode(Counted(events)), media_type="application/json")

    def _taken(
        self, body: bytes, session: CaptureSession, intake: Intake, received_at: int, key: str | None
    ) -> tuple[int, Record | None]:
        """How many events the body has, and all of them as one message; None of none."""
        written = usual(body, microseconds(session.created_at), received_at)
        if written is None:
            return self._judged(body, session, intake)
        self._refuse_many(len(written))
        items = items_of(written, self._ids(session, len(written), received_at, key))
        return len(items), intake.message(key_of(session), items) if items else None

    def _ids(self, session: CaptureSession, count: int, received_at: int, key: str | None) -> Sequence[str]:
        if key is None:
            return self._means.ids.several(received_at, count)
        whose = session.tenant, session.project_id
        return [repeatable_id(*whose, EVENTS.name, key, index) for index in range(count)]

    def _judged(self, body: bytes, session: CaptureSession, intake: Intake) -> tuple[int, Record | None]:
        """The same of a body that is not as usual; raises the problem of the first event that has one."""
        raws = self._raws(body)
        outcomes = intake.judged(raws)
        for index, outcome in enumerate(outcomes):
            problem = _problem(outcome, raws[index], session)
            if problem is not None:
                self._publishing.rejected(len(raws))
                raise placed(problem, f"{ITEMS}[{index}]", index)
        return len(raws), intake.whole(taken_of(outcomes)) if raws else None

    def _raws(self, body: bytes) -> Sequence[Raw]:
        """The events as they were sent; raises the 400 of a body that is no list of them."""
        try:
            raws = self._requests.accept(body).items
        except Invalid as error:
            raise invalid_event(error) from None
        self._refuse_many(len(raws))
        return raws

    def _refuse_many(self, events: int) -> None:
        if events > EVENTS.max_batch:
            self._publishing.rejected(events)
            raise Problem(413, "too_many_events", f"a request may have at most {EVENTS.max_batch} events")


def key_of(session: CaptureSession) -> bytes:
    """The key of its messages on the log."""
    return message_key(session.tenant, session.id, session.subject)


def _problem(outcome: Outcome, raw: Raw, session: CaptureSession) -> Problem | None:
    """What is wrong with an event, if anything; with its own rules those of the contract."""
    if isinstance(outcome, Problem):
        return PAYLOAD_TOO_LARGE if _is_large(raw) else outcome
    if outcome.event.session_id in (None, session.id):
        return None
    return invalid_event(Invalid(WRONG_SESSION))


def _is_large(raw: Raw) -> bool:
    """Whether an event is refused for its payload's size, which is 413 and not 400 as other faults of content are."""
    try:
        payload = msgspec.json.decode(raw, type=WithPayload).payload
    except UNREADABLE:
        return False
    return payload is not None and len(object_text(payload)) > LARGEST_PAYLOAD
