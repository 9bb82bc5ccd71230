"""`POST /api/events` and its aliases: items of any kind, all of a request or nothing of it, as one message."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from control.organisations import subject_of
from event_log import Record
from ingest_gateway.game.problems import INDEX, app_mismatch
from ingest_gateway.taking.admission import Admission, admitted
from ingest_gateway.taking.intake import Intake
from ingest_gateway.taking.means import Means
from ingest_gateway.taking.publishing import Publishing
from ingest_gateway.taking.refusals import idempotency_key
from schemas.game import STREAM
from schemas.game.events import LARGEST_BODY
from schemas.game.tables import APP_COLUMN
from schemas.shared.requests import NO_HEAD
from schemas.shared.times import microseconds
from schemas.shared.validation import EventValidator
from web.body import read_body
from web.caller import Caller
from web.problems import Problem

if TYPE_CHECKING:
    from ingest_gateway.game.reading import Read, Reading

MOST_ORGANISATIONS: Final = 10_000


class Queued(Struct, frozen=True):
    """The 200: all items are durable."""

    status: str = "queued"


_QUEUED: Final = Response(msgspec.json.encode(Queued()), media_type="application/json")
"""Answers every request that was taken: nothing of it is any one's own."""


class Events:
    """Answers the POSTs that send; one per process, used from its event loop only."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._publishing = Publishing(STREAM, means.publisher)
        self._reading: Reading | None = None
        self._validator = EventValidator(STREAM, means.options.event_max_age_days)
        self._organisation_keys: dict[str, bytes] = {}

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """Takes all items of the body, or says what is wrong with the first that has a fault."""
        admission = admitted(STREAM, caller)
        key = idempotency_key(request)
        seconds = self._means.limits.body_seconds
        body = await read_body(request, max_bytes=LARGEST_BODY, max_decoded_bytes=LARGEST_BODY, seconds=seconds)
        received_at = microseconds(self._means.clock())
        items = self._items(self._reading or await self._loaded(), body, received_at)
        try:
            record = await self._record(admission, items, received_at, key)
        except Problem:
            self._publishing.rejected(len(items))
            raise
        await self._publishing([record])
        return _QUEUED

    async def _loaded(self) -> "Reading":
        """In a thread: in a process that has just started it may have to be waited for, and nobody else waits."""
        self._reading = await asyncio.to_thread(_reading, self._means.options.event_max_age_days)
        return self._reading

    def _items(self, reading: "Reading", body: bytes, received_at: int) -> "list[Read]":
        """What is refused before its items are counted is one thing that was rejected."""
        try:
            return reading(body, received_at)
        except Problem:
            self._publishing.rejected(1)
            raise

    async def _record(self, admission: Admission, items: "Sequence[Read]", received_at: int, key: str | None) -> Record:
        """All items as one message, under the application and the first one's player."""
        caller = admission.caller
        wrong = next((index for index, item in enumerate(items) if item.app_id.lower() != caller.project_id), None)
        if wrong is not None:
            raise app_mismatch(wrong)
        organisation_key = self._organisation_keys.get(caller.tenant) or await self._key_of(caller.tenant)
        subjects = _subjects(organisation_key, items)
        await self._refuse_withdrawn(caller, subjects)
        first = Admission(STREAM, replace(caller, subject=subjects[0]))
        head = NO_HEAD._replace(fields={APP_COLUMN.name: caller.project_id})
        intake = Intake(first, self._validator, self._means.ids, key, received_at, head, holder=caller.project_id)
        whose = enumerate(zip(items, subjects, strict=True))
        return intake.whole([intake.taken(item.event, index, subject) for index, (item, subject) in whose])

    async def _refuse_withdrawn(self, caller: Caller, subjects: Sequence[str]) -> None:
        """Raises the 403 of the first item whose player has allowed less than this takes."""
        for subject, level in (await self._means.recorded.levels(caller.tenant, subjects)).items():
            try:
                admitted(STREAM, caller, level)
            except Problem as problem:
                problem.members[INDEX] = subjects.index(subject)
                raise

    async def _key_of(self, tenant: str) -> bytes:
        """The organisation's key, which never changes."""
        found = await asyncio.to_thread(self._means.control.organisations.get, tenant)
        assert found is not None, "the caller's token is of this organisation"
        if len(self._organisation_keys) >= MOST_ORGANISATIONS:
            self._organisation_keys.clear()
        self._organisation_keys[tenant] = found.key
        return found.key


def _reading(max_age_days: int) -> "Reading":
    """What reads bodies, compiled or loaded where it is not yet: no start waits for numba."""
    from ingest_gateway.game.reading import Reading
    from ingest_gateway.game.warm import compile_ahead

    compile_ahead()
    return Reading(max_age_days)


def _subjects(organisation_key: bytes, items: "Sequence[Read]") -> list[str]:
    """The pseudonym of each item's player."""
    known = {player: subject_of(organisation_key, player) for player in {item.player for item in items}}
    return [known[item.player] for item in items]
