"""All that is kept of a person, written while it is read: whole JSON only when nothing went wrong on the way."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from control.capture_sessions import Place
from control.store import Control
from query_api.capture.gdpr.audit import of_person
from query_api.capture.gdpr.cursor import cursor_of
from query_api.capture.gdpr.sessions import Sessions
from query_api.capture.gdpr.stored import Stored
from query_api.gdpr.beside import NO_FILES, Files, beside
from query_api.gdpr.person import Person
from query_api.gdpr.pieces import array, encode, gathered, member, values
from query_api.gdpr.rows import PersonRows, objects, tables_of_people
from query_api.hidden import Hidden
from schemas.audit import AUDIT
from schemas.capture import STREAMS
from sinks.location import Location

OWN: Final = frozenset({AUDIT.name, *(stream.name for stream in STREAMS)})
"""Streams that have their own place in an export."""


class Part(NamedTuple):
    """So many sessions behind a place; what is no session's is in the first part."""

    size: int
    after: Place | None = None


class Export:
    """One export of a person, of the tables as they are now; `part` None is all of it.

    `files` finds its pictures and videos.
    """

    def __init__(
        self,
        control: Control,
        location: Location,
        person: Person,
        part: Part | None = None,
        files: Files = NO_FILES,
    ) -> None:
        self._control = control
        self._person = person
        self._part = part
        self._files = files
        self._rows = PersonRows(location, person, Hidden(control.erasures))
        self._stored = Stored(location, person.tenant)
        self._sessions = Sessions(control.capture_sessions, self._stored, person, files.link)

    def __iter__(self) -> Iterator[bytes]:
        """Its bytes in pieces, the first as soon as there is one."""
        return gathered(self._written())

    def _written(self) -> Iterator[bytes]:
        after, size = (None, None) if self._part is None else (self._part.after, self._part.size)
        yield from member("user_id", [encode(self._person.user_id)], b"{")
        yield from member("sessions", self._sessions.written(after, size))
        yield from member("audit_logs", array([]) if after else self._audit_logs())
        if self._person.project_id is None:
            yield from member("other_families", [b"{}"] if after else self._other_families())
            for name, of_stream in beside().items():
                said = of_stream.written(self._control, self._person, self._files)
                yield from member(name, [b"null"] if after else said)
        if self._part is not None:
            yield from self._next(self._part)
        yield from member("total_events", [encode(self._total()), b"}"])

    def _audit_logs(self) -> Iterator[bytes]:
        return of_person(self._rows, self._person)

    def _other_families(self) -> Iterator[bytes]:
        before = b"{"
        for each in tables_of_people(OWN):
            found = self._rows.of(each.table)
            yield from member(each.table.name, array(values(objects(rows, each.objects)) for rows in found), before)
            before = b","
        yield b"}"

    def _next(self, part: Part) -> Iterator[bytes]:
        """Where the next part begins, if there is one."""
        last = self._sessions.last
        more = last is not None and any(self._sessions.pages(last, 1))
        yield from member("next_cursor", [encode(cursor_of(last) if last and more else None)])
        yield from member("has_more", [encode(more)])

    def _total(self) -> int:
        """The events of all sessions, of whatever part this is."""
        if self._part is None:
            return self._sessions.events
        return event_count(self._sessions, self._stored)


def event_count(sessions: Sessions, stored: Stored) -> int:
    """The events of all of a person's sessions."""
    return sum(sum(stored.event_counts([each.id for each in page]).values()) for page in sessions.pages())
