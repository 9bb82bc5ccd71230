"""What was done with a person, noted in the audit log before it is answered."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple
from uuid import uuid4

from control.store import Control
from control.written_offsets import Written
from event_log import Publisher, Record
from query_api.gdpr.person import Person
from schemas.audit.house import Occasion
from schemas.capture.trail import STREAM, PersonAction, person_row
from schemas.shared.times import microseconds
from web.caller import Caller, Role
from web.metrics import EVENTS


class By(NamedTuple):
    """Who had it done, and from where; without a project who runs the installation."""

    actor: str
    project_id: str = ""
    address: str = ""
    request_id: str = ""


OPERATOR: Final = By("operator")


def by_key(caller: Caller) -> By:
    """The holder of a project's key."""
    return By(f"api_key:{caller.key_id}", caller.project_id, caller.client_ip, caller.request_id)


class Recording:
    """Publishes rows; each is durable when it returns, and in what its project reads of itself from then on."""

    def __init__(self, publisher: Publisher, control: Control, clock: Callable[[], datetime]) -> None:
        self._publisher = publisher
        self._control = control
        self._clock = clock

    async def __call__(self, by: By, person: Person, action: PersonAction, counts: Mapping[str, int]) -> None:
        """One row."""
        at = microseconds(self._clock())
        place = by.address, by.request_id, by.project_id
        occasion = Occasion(at, str(uuid4()), person.tenant, "", Role.SYSTEM.value, *place)
        row = person_row(occasion, action, by.actor, person.subject, counts)
        (position,) = await self._publisher.publish(STREAM, [Record(*row)])
        EVENTS.labels(STREAM, "accepted").inc()
        if by.project_id:
            written = Written(f"project:{by.project_id}", STREAM, position.partition, position.offset + 1)
            await asyncio.to_thread(self._control.written.note, [written])
