"""`POST` of a stream's events: admit → body → validate → publish → answer; a 202 leaves only for what is durable."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from event_log import Record
from ingest_gateway.options import GatewayOptions
from ingest_gateway.taking.admission import admitted
from ingest_gateway.taking.batch import batch_of
from ingest_gateway.taking.forms import Form, One, taken_of
from ingest_gateway.taking.identifiers import TimeOrderedIds
from ingest_gateway.taking.intake import Intake, Outcome
from ingest_gateway.taking.publishing import Publishing
from ingest_gateway.taking.recorded_consent import RecordedConsent
from ingest_gateway.taking.refusals import idempotency_key
from ingest_gateway.taking.whole import wholes
from schemas.shared.consent_rules import NONE
from schemas.shared.stream import Stream
from schemas.shared.times import microseconds
from schemas.shared.validation import EventValidator
from web.body import read_body, require_media_type
from web.caller import Caller
from web.families import Family
from web.options import WebOptions
from web.problems import Problem


class EventsHandler:
    """Answers the `POST`s of one stream; its family says who an item is of, and what is stamped on a request."""

    def __init__(
        self,
        stream: Stream,
        publishing: Publishing,
        options: GatewayOptions,
        limits: WebOptions,
        clock: Callable[[], datetime],
        ids: TimeOrderedIds,
        family: Family,
        recorded: RecordedConsent,
    ) -> None:
        self._stream = stream
        self._publishing = publishing
        self._limits = limits
        self._clock = clock
        self._ids = ids
        self._family = family
        self._recorded = recorded
        self._validator = EventValidator(stream, options.event_max_age_days)
        self._form = _reader(stream)

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """Takes what the body holds; its form says what becomes of it where not all of it is valid."""
        admission = admitted(self._stream, caller, await self._level_of(caller))
        require_media_type(request)
        key = idempotency_key(request)
        stamped = self._family.stamp(request, caller)
        form = self._form(await self._body(request))
        received_at = microseconds(self._clock())
        head = form.head._replace(fields={**form.head.fields, **stamped}) if stamped else form.head
        intake = Intake(admission, self._validator, self._ids, key, received_at, head, self._family.subject_of)
        outcomes = intake.judged(form.items)
        accepted = len(taken_of(outcomes))
        await self._publishing(self._records(form, intake, outcomes, accepted), accepted)
        return Response(msgspec.json.encode(form.answer(outcomes)), 202, media_type="application/json")

    async def _level_of(self, caller: Caller) -> int | None:
        """Of the caller's newest consent record; nobody asks where it cannot matter."""
        if not NONE < self._stream.consent_level <= caller.consent_level:
            return None
        return await self._recorded.level(caller.tenant, caller.subject)

    async def _body(self, request: Request) -> bytes:
        several = self._stream.batches or self._stream.items is not None
        most = self._limits.body_max_decoded_bytes if several else self._stream.max_event_bytes
        return await read_body(
            request,
            max_bytes=min(most, self._limits.body_max_bytes),
            max_decoded_bytes=most,
            seconds=self._limits.body_seconds,
        )

    def _records(self, form: Form, intake: Intake, outcomes: Sequence[Outcome], accepted: int) -> list[Record]:
        """The messages to publish; what is refused is counted, all of it where the request is."""
        try:
            records = form.records(intake, outcomes)
        except Problem:
            self._publishing.rejected(len(outcomes))
            raise
        self._publishing.rejected(len(outcomes) - accepted)
        return records


def _reader(stream: Stream) -> Callable[[bytes], Form]:
    """Body → its form; raises the Problem of a body that has none."""
    if stream.items is not None:
        return wholes(stream, stream.items)
    if stream.batches:
        return lambda body: batch_of(body, stream) or One(stream, body)
    return lambda body: One(stream, body)
