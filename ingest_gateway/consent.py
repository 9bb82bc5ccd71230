"""`POST /v1/consent` and `GET /v1/consent`: what a person allows, recorded at once, and their records.

A record is written to control, then to the log; the 202 leaves when both have it. What dies in between leaves the
record in control's outbox, from which a job publishes it: the gateway goes by it already, the flows a little later. A
retry with the same id finds the record and publishes it once more, which is the same message.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple, TypeAlias

import msgspec
import structlog
from msgspec import Meta, Raw, Struct
from starlette.requests import Request
from starlette.responses import Response

from control.consent_records import MOST_LISTED, ConsentRecord, NewConsent
from control.faults import ControlUnavailable, TooManyRecords
from control.organisations import subject_of
from event_log import Record
from ingest_gateway.taking.description import KEY_PARAMETER, properties_of
from ingest_gateway.taking.identifiers import repeatable_id
from ingest_gateway.taking.means import Means
from ingest_gateway.taking.publishing import Publishing
from ingest_gateway.taking.refusals import idempotency_key, invalid_event
from schemas.consent import SERVERS_OWN, STREAM, Consent, Recorded, record_message
from schemas.shared import client_context
from schemas.shared.body import UNPRINTABLE
from schemas.shared.client import Identifier
from schemas.shared.invalid import UNREADABLE, FieldError, Invalid, invalid_of
from schemas.shared.text import printable
from schemas.shared.times import microseconds, moment
from schemas.shared.validation import Accepted, EventValidator
from web.body import read_body, require_media_type
from web.caller import Caller, Role
from web.operation import Operation
from web.problems import FieldError as Wrong
from web.problems import Problem
from web.tenancy import RouteSpec, route

KIND_OF_JOB = "withdraw"
"""The job that takes out of the tables what a record forbids (`jobs.consent`)."""

DAY_SECONDS = 86_400

Subject: TypeAlias = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", max_length=64)]

log = structlog.get_logger()


class Named(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a record is of, where the request says so."""

    subject: Subject | None = None
    user_id: Identifier | None = None


class Listed(Struct, frozen=True):
    """A record as the person sees it."""

    level: int
    source: str | None
    effective_at: datetime
    recorded_at: datetime


class Answer(Struct, frozen=True):
    """The 202."""

    status: str
    event_id: str


class Records(Struct, frozen=True):
    """One's own records, the newest first."""

    records: list[Listed]


class Said(NamedTuple):
    """What a body says: the record, and whom it is of."""

    consent: Accepted
    named: Named

    @property
    def effective_at(self) -> datetime | None:
        """Since when the record counts; None for now."""
        at = self.consent.fields.get("effective_at")
        return None if at is None else moment(at)

    @property
    def systems_own(self) -> list[str]:
        """The fields that it has and only the system may say."""
        given = {**msgspec.structs.asdict(self.named), "effective_at": self.effective_at}
        return [name for name, value in given.items() if value is not None]


def said(body: bytes, received_at: int, validator: EventValidator) -> Said:
    """What the body says; raises the 400 that names what is wrong with it."""
    try:
        members = msgspec.json.decode(body, type=dict[str, Raw])
        of_whom = {name: members.pop(name) for name in Named.__struct_fields__ if name in members}
        named = msgspec.json.decode(msgspec.json.encode(of_whom), type=Named)
        _refuse_unreadable(named, members)
        return Said(validator.accept(msgspec.json.encode(members), received_at), named)
    except UNREADABLE as error:
        raise invalid_event(invalid_of(error)) from None
    except Invalid as error:
        raise invalid_event(error) from None


def _refuse_unreadable(named: Named, members: dict[str, Raw]) -> None:
    if named.user_id is not None and not printable(named.user_id):
        raise Invalid(FieldError("user_id", UNPRINTABLE))
    own = [name for name in SERVERS_OWN if name in members]
    if own:
        raise Invalid(*(FieldError(name, "is for the server to say; leave it out") for name in own))


class ConsentHandler:
    """Answers the POSTs."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._publishing = Publishing(STREAM, means.publisher)
        self._validator = EventValidator(STREAM, means.options.event_max_age_days)

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """Records what the body says, for the caller or, by the system, for anybody of the organisation."""
        require_media_type(request)
        key = idempotency_key(request)
        now = self._means.clock()
        wanted = said(await self._body(request), microseconds(now), self._validator)
        _refuse_unallowed(wanted, caller, now)
        new = self._new(wanted, caller, now, await self._subject(wanted.named, caller), key)
        record = await self._recorded(new, caller)
        return Response(msgspec.json.encode(Answer("accepted", record.event_id)), 202, media_type="application/json")

    async def _body(self, request: Request) -> bytes:
        most, limits = STREAM.max_event_bytes, self._means.limits
        return await read_body(
            request,
            max_bytes=min(most, limits.body_max_bytes),
            max_decoded_bytes=most,
            seconds=limits.body_seconds,
        )

    async def _subject(self, named: Named, caller: Caller) -> str:
        """Whom the record is of: the caller, or whom the system names by the organisation's name for them or ours."""
        if named.user_id is None:
            return named.subject or caller.subject
        found = await asyncio.to_thread(self._means.control.organisations.get, caller.tenant)
        assert found is not None, "the caller was authenticated by this organisation's key"
        return subject_of(found.key, named.user_id)

    def _new(self, wanted: Said, caller: Caller, now: datetime, subject: str, key: str | None) -> NewConsent:
        fields, own_id = wanted.consent.fields, wanted.consent.event_id
        if key is not None:
            own_id = repeatable_id(caller.tenant, caller.subject, STREAM.name, key, 0)
        return NewConsent(
            event_id=own_id or self._means.ids.next(microseconds(now)),
            tenant=caller.tenant,
            subject=subject,
            level=fields["level"],
            source=fields.get("source"),
            extra=fields.get("extra"),
            effective_at=wanted.effective_at,
            recorded_at=now,
            recorded_by=caller.subject,
            recorded_role=caller.role.value,
            request_id=caller.request_id,
        )

    async def _recorded(self, new: NewConsent, caller: Caller) -> ConsentRecord:
        """In control, in effect here, on the log; in this order."""
        try:
            record = await asyncio.to_thread(self._means.control.consent.add, new)
        except TooManyRecords as error:
            self._publishing.rejected(1)
            raise _too_many(error) from error
        if not record.says(new):
            self._publishing.rejected(1)
            raise _conflict()
        self._means.recorded.told(record)
        if not record.published:
            await self._publish(record, caller)
        return record

    async def _publish(self, record: ConsentRecord, caller: Caller) -> None:
        key, value = record_message(msgspec.convert(record, Recorded, from_attributes=True))
        await self._publishing([Record(key, value, client_context.encode(caller.client_ip, caller.user_agent))])
        try:
            await asyncio.to_thread(self._on_the_log, record)
        except ControlUnavailable as error:
            log.warning("consent_not_noted; it is published once more, and corrected later", reason=str(error))

    def _on_the_log(self, record: ConsentRecord) -> None:
        self._means.control.consent.published([record.number])
        if record.backdated:
            self._means.control.jobs.enqueue(KIND_OF_JOB, str(record.number), {})


def _refuse_unallowed(wanted: Said, caller: Caller, now: datetime) -> None:
    own = wanted.systems_own
    if caller.role is not Role.SYSTEM and own:
        wrong = [Wrong(name, "only the role system may say this") for name in own]
        members = {"required": [Role.SYSTEM], "given": caller.role}
        raise Problem(403, "role_forbidden", f"{' and '.join(own)}: for the system.", errors=wrong, members=members)
    if caller.role is Role.SYSTEM and (wanted.named.subject is None) == (wanted.named.user_id is None):
        raise invalid_event(Invalid(FieldError("subject", "name the person, either by subject or by user_id")))
    if wanted.effective_at is not None and wanted.effective_at > now:
        raise invalid_event(Invalid(FieldError("effective_at", "lies ahead of the server's clock")))


def _conflict() -> Problem:
    detail = "A record with this event_id or Idempotency-Key says something else; send this one with another."
    return Problem(HTTPStatus.CONFLICT, "event_id_conflict", detail)


def _too_many(error: TooManyRecords) -> Problem:
    detail = f"Not recorded: {error}."
    return Problem(HTTPStatus.TOO_MANY_REQUESTS, "too_many_records", detail, headers={"Retry-After": str(DAY_SECONDS)})


def own_records(means: Means) -> Any:
    """The handler of GET."""

    async def answer(request: Request, caller: Caller) -> Response:
        records = await asyncio.to_thread(means.control.consent.listed, caller.tenant, caller.subject)
        listed = [msgspec.convert(record, Listed, from_attributes=True) for record in records]
        return Response(msgspec.json.encode(Records(listed)), media_type="application/json")

    return answer


def _request() -> dict[str, Any]:
    properties, required = properties_of(Consent)
    shown = {name: schema for name, schema in properties.items() if name not in SERVERS_OWN}
    named, _ = properties_of(Named)
    return {"title": "Consent", "type": "object", "properties": {**shown, **named}, "required": required}


def _taking() -> Operation:
    return Operation(
        "Record a consent",
        "A person's own from now on. The system names the person by `subject` or `user_id`, and may say by "
        "`effective_at` since when it counts. The answer leaves when the record is durable; it counts at once.",
        tags=("consent",),
        request=_request(),
        request_example=STREAM.example,
        responses={202: Answer},
        parameters=(KEY_PARAMETER,),
        errors=(409, 429),
    )


def routes(means: Means) -> Sequence[RouteSpec]:
    """POST for whoever has a token, GET for people."""
    listing = Operation(
        "One's own consent records, the newest first",
        f"At most {MOST_LISTED}; the first one counts now.",
        tags=("consent",),
        responses={200: Records},
    )
    return (
        route(STREAM.route_path, ConsentHandler(means), ("POST",), roles=frozenset(Role), operation=_taking),
        route(STREAM.route_path, own_records(means), operation=listing),
    )


ROUTES = {STREAM.name: routes}
