"""What a key has done with a person, noted in the audit log before it is answered."""

import asyncio
from collections.abc import Mapping
from uuid import uuid4

from control.store import Control
from control.written_offsets import Written
from event_log import Publisher, Record
from query_api.gdpr.person import Person
from schemas.audit.house import Occasion
from schemas.capture.trail import STREAM, PersonAction, person_row
from web.caller import Caller
from web.metrics import EVENTS


class Recording:
    """Publishes rows; each is durable when it returns, and in what the project reads of itself from then on."""

    def __init__(self, publisher: Publisher, control: Control) -> None:
        self._publisher = publisher
        self._control = control

    async def __call__(
        self, caller: Caller, at: int, person: Person, action: PersonAction, counts: Mapping[str, int]
    ) -> None:
        """One row of the caller's project; `at` in µs since 1970."""
        who = caller.tenant, "", caller.role.value, caller.client_ip, caller.request_id, caller.project_id
        row = person_row(Occasion(at, str(uuid4()), *who), action, caller.key_id, person.subject, counts)
        (position,) = await self._publisher.publish(STREAM, [Record(*row)])
        EVENTS.labels(STREAM, "accepted").inc()
        written = Written(f"project:{caller.project_id}", STREAM, position.partition, position.offset + 1)
        await asyncio.to_thread(self._control.written.note, [written])
