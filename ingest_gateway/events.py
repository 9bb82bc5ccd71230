"""`POST` of a stream's events: consent → body → validate → publish → answer; a 202 leaves only for what is durable."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ingest_gateway.options import GatewayOptions
from ingest_gateway.taking.batch import Outcome, answer_of, batch_of, judged, none_passed
from ingest_gateway.taking.identifiers import TimeOrderedIds
from ingest_gateway.taking.intake import Intake, Taken
from ingest_gateway.taking.publishing import Publishing
from ingest_gateway.taking.refusals import idempotency_key, require_consent
from schemas.shared.stream import Stream
from schemas.shared.times import microseconds
from schemas.shared.validation import EventValidator
from web import Caller, Problem, WebOptions, read_body, require_media_type

Refusal: TypeAlias = Callable[[Sequence[Outcome]], Problem]


class EventsHandler:
    """Answers the `POST`s of one stream."""

    def __init__(
        self,
        stream: Stream,
        publishing: Publishing,
        options: GatewayOptions,
        limits: WebOptions,
        clock: Callable[[], datetime],
        ids: TimeOrderedIds,
    ) -> None:
        self._stream = stream
        self._publishing = publishing
        self._limits = limits
        self._clock = clock
        self._ids = ids
        self._validator = EventValidator(stream, options.event_max_age_days)

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """Takes one event or a batch: one event is a batch of one with another answer."""
        require_consent(self._stream, caller)
        require_media_type(request)
        key = idempotency_key(request)
        body = await self._body(request)
        batch = batch_of(body, self._stream) if self._stream.batches else None
        sent_at = None if batch is None else batch.sent_at
        intake = Intake(self._stream, self._validator, self._ids, caller, key, microseconds(self._clock()), sent_at)
        outcomes = judged(intake, [body] if batch is None else batch.items)
        await self._publish(intake, outcomes, none_passed if batch is not None else _the_one)
        return _answer(self._one(outcomes) if batch is None else answer_of(outcomes))

    async def _body(self, request: Request) -> bytes:
        most = self._limits.body_max_decoded_bytes if self._stream.batches else self._stream.max_event_bytes
        return await read_body(
            request,
            max_bytes=min(most, self._limits.body_max_bytes),
            max_decoded_bytes=most,
            seconds=self._limits.body_seconds,
        )

    async def _publish(self, intake: Intake, outcomes: Sequence[Outcome], refusal: Refusal) -> None:
        """All that was taken, durable; the refusal is raised where nothing was."""
        taken = [each for each in outcomes if isinstance(each, Taken)]
        self._publishing.rejected(len(outcomes) - len(taken))
        if not taken:
            raise refusal(outcomes)
        await self._publishing(intake.records(taken))

    def _one(self, outcomes: Sequence[Outcome]) -> dict[str, Any]:
        (taken,) = (each for each in outcomes if isinstance(each, Taken))
        sent = {"session_id": taken.event.session_id, **taken.event.fields}
        return {
            "status": "accepted",
            "event_id": taken.event_id,
            **{name: sent.get(name) for name in self._stream.echo},
        }


def _the_one(outcomes: Sequence[Outcome]) -> Problem:
    """Why the only event was refused."""
    return next(each for each in outcomes if isinstance(each, Problem))


def _answer(body: object) -> Response:
    return Response(msgspec.json.encode(body), 202, media_type="application/json")
