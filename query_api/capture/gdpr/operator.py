"""What who runs the installation does with a person: the same as a key of their organisation, without a key."""

from collections.abc import Callable, Iterable
from datetime import datetime

from control.store import Control
from event_log import Publisher
from query_api.capture.gdpr.erasing import Deleted, erase
from query_api.capture.gdpr.export import Export
from query_api.capture.gdpr.recording import OPERATOR, Recording
from query_api.gdpr.person import person
from schemas.capture.trail import PersonAction
from sinks.location import Location


class Operator:
    """Each of what it does is noted in the organisation's audit log."""

    def __init__(
        self, control: Control, location: Location, publisher: Publisher, clock: Callable[[], datetime]
    ) -> None:
        self._control = control
        self._location = location
        self._recording = Recording(publisher, control, clock)

    async def export(self, organisation: str, user_id: str) -> Iterable[bytes]:
        """The JSON document of all there is of a person in pieces; raises UnknownOrganisation."""
        who = person(self._control.organisations, organisation, user_id, None)
        await self._recording(OPERATOR, who, PersonAction.EXPORT, {})
        return Export(self._control, self._location, who)

    async def erase(self, organisation: str, user_id: str) -> Deleted:
        """Begins to forget a person; raises UnknownOrganisation."""
        who = person(self._control.organisations, organisation, user_id, None)
        done = erase(self._control, self._location, who, OPERATOR.actor)
        await self._recording(OPERATOR, who, PersonAction.DELETE, done.counts)
        return done
