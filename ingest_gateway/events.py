"""`POST` of a stream's events: consent → body → validate → publish → answer; a 202 leaves only for what is durable."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from event_log import Publisher, Record
from ingest_gateway.options import GatewayOptions
from ingest_gateway.taking.batch import Batch, BatchAnswer, batch_of, judged, none_passed
from ingest_gateway.taking.identifiers import TimeOrderedIds
from ingest_gateway.taking.intake import Intake, Taken
from ingest_gateway.taking.refusals import idempotency_key, log_unpublished, require_consent, unpublished
from schemas.shared.faults import KinelakeError
from schemas.shared.stream import Stream
from schemas.shared.times import microseconds
from schemas.shared.validation import EventValidator
from web import Caller, Problem, WebOptions, read_body, require_json
from web.metrics import EVENTS, PUBLISH_SECONDS


class EventsHandler:
    """Answers the `POST`s of one stream."""

    def __init__(
        self,
        stream: Stream,
        publisher: Publisher,
        options: GatewayOptions,
        limits: WebOptions,
        clock: Callable[[], datetime],
        ids: TimeOrderedIds,
    ) -> None:
        self._stream = stream
        self._publisher = publisher
        self._limits = limits
        self._clock = clock
        self._ids = ids
        self._validator = EventValidator(stream, options.event_max_age_days)
        self._accepted = EVENTS.labels(stream.name, "accepted")
        self._rejected = EVENTS.labels(stream.name, "rejected")
        self._publish_seconds = PUBLISH_SECONDS.labels(stream.name)

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """Takes one event or a batch."""
        require_consent(self._stream, caller)
        require_json(request)
        key = idempotency_key(request)
        body = await self._body(request)
        batch = batch_of(body, self._stream) if self._stream.batches else None
        sent_at = None if batch is None else batch.sent_at
        intake = Intake(self._stream, self._validator, self._ids, caller, key, microseconds(self._clock()), sent_at)
        return await (self._one(intake, body) if batch is None else self._many(intake, batch))

    async def _body(self, request: Request) -> bytes:
        most = self._limits.body_max_decoded_bytes if self._stream.batches else self._stream.max_event_bytes
        return await read_body(
            request,
            max_bytes=min(most, self._limits.body_max_bytes),
            max_decoded_bytes=most,
            seconds=self._limits.body_seconds,
        )

    async def _one(self, intake: Intake, body: bytes) -> Response:
        try:
            taken = intake.take(body, 0)
        except Problem:
            self._rejected.inc()
            raise
        await self._publish([taken.record])
        return _answer({"status": "accepted", "event_id": taken.event_id, **self._echo(taken)})

    async def _many(self, intake: Intake, batch: Batch) -> Response:
        verdicts, records = judged(intake, batch.items)
        rejected = len(batch.items) - len(records)
        self._rejected.inc(rejected)
        if not records:
            raise none_passed(verdicts)
        await self._publish(records)
        return _answer(BatchAnswer(len(records), rejected, verdicts))

    async def _publish(self, records: Sequence[Record]) -> None:
        try:
            with self._publish_seconds.time():
                await self._publisher.publish(self._stream.name, records)
        except KinelakeError as error:
            log_unpublished(self._stream, error)
            raise unpublished(error) from error
        self._accepted.inc(len(records))

    def _echo(self, taken: Taken) -> dict[str, Any]:
        sent = {"session_id": taken.event.session_id, **taken.event.fields}
        return {name: sent.get(name) for name in self._stream.echo}


def _answer(body: object) -> Response:
    return Response(msgspec.json.encode(body), 202, media_type="application/json")
