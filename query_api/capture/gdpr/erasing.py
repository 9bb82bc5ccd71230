"""Forgetting a person: counts what that takes, and begins it once."""

from typing import NamedTuple

from control.erasures import Erasure
from control.store import Control
from query_api.capture.gdpr.export import event_count
from query_api.capture.gdpr.sessions import Sessions
from query_api.capture.gdpr.stored import Stored
from query_api.gdpr.beside import beside
from query_api.gdpr.person import Person
from query_api.gdpr.rows import PersonRows
from query_api.hidden import Hidden
from sinks.location import Location


class Deleted(NamedTuple):
    """What goes; `erasure` is what carries it out, None where there was nobody to forget."""

    sessions: int
    events: int
    erasure: Erasure | None

    @property
    def counts(self) -> dict[str, int]:
        """As answers and the audit have them."""
        return {"deleted_sessions": self.sessions, "deleted_events": self.events}


def erase(control: Control, location: Location, person: Person, requested_by: str) -> Deleted:
    """Hides all there is of a person from now on. While they are being erased already, nothing more begins."""
    running = control.erasures.running(person.tenant, person.subject, person.scope)
    if running is not None:
        return Deleted(0, 0, running)
    sessions, events = _counts(control, location, person)
    if sessions == 0 and not _known_elsewhere(control, location, person):
        return Deleted(0, 0, None)
    begun = control.erasures.begin(
        tenant=person.tenant,
        subject=person.subject,
        requested_by=requested_by,
        scope=person.scope,
        deleted_sessions=sessions,
        deleted_events=events,
    )
    return Deleted(sessions, events, begun.erasure) if begun.is_new else Deleted(0, 0, begun.erasure)


def _counts(control: Control, location: Location, person: Person) -> tuple[int, int]:
    stored = Stored(location, person.tenant)
    sessions = Sessions(control.capture_sessions, stored, person)
    return sum(len(page) for page in sessions.pages()), event_count(sessions, stored)


def _known_elsewhere(control: Control, location: Location, person: Person) -> bool:
    """Whether the organisation has anything of them but sessions."""
    if person.project_id is not None:
        return False
    if control.consent.listed(person.tenant, person.subject):
        return True
    if any(each.known(control, person) for each in beside().values()):
        return True
    return PersonRows(location, person, Hidden(control.erasures)).anywhere()
