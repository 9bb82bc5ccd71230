"""A person's sessions as the export has them, the oldest first, written a few events at a time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import polars as pl

from control.capture_sessions import CaptureSession, CaptureSessions, Place
from query_api.capture.events import PAGE_EVENTS, SessionEvents
from query_api.capture.gdpr.stored import Stored
from query_api.gdpr.beside import Link, no_link
from query_api.gdpr.person import Person
from query_api.gdpr.pieces import array, encode, member, values, whole_seconds

PAGE: Final = 100
"""Sessions that are looked up at a time."""

TOGETHER: Final = PAGE_EVENTS
"""Events of several sessions that are read at once."""

CHUNK: Final = {
    "chunk_index": "chunk_index", "media_type": "media_type", "bytes": "bytes", "sha256": "sha256",
    "created_at": "received_at", "url": "blob",
}  # fmt: skip
"""Key of a chunk in the answer → the column that has it."""


class Found(NamedTuple):
    """A session with what the tables have of it."""

    session: CaptureSession
    metadata: str | None
    events: SessionEvents
    chunks: pl.DataFrame | None


class Sessions:
    """Writes a person's sessions; `events` counts those that were written, `last` is the place of the last session."""

    def __init__(self, known: CaptureSessions, stored: Stored, person: Person, link: Link = no_link) -> None:
        self._known = known
        self._stored = stored
        self._person = person
        self._link = link
        self.events = 0
        self.last: Place | None = None

    def written(self, after: Place | None, most: int | None) -> Iterator[bytes]:
        """The JSON array of the sessions behind a place, of all or at most so many."""
        found = (each for page in self.pages(after, most) for each in _found(self._stored, page))
        return array(map(self._session, found))

    def pages(self, after: Place | None = None, most: int | None = None) -> Iterator[Sequence[CaptureSession]]:
        """The sessions themselves, page by page; the next one is looked up when the one before is done with."""
        theirs = self._person.tenant, self._person.subject, self._person.project_id
        left = PAGE if most is None else most
        while left:
            size = min(PAGE, left)
            page = self._known.page_of_person(*theirs, after, size)
            if page:
                yield page
            if len(page) < size:
                return
            after = page[-1].place
            left -= 0 if most is None else size

    def _session(self, found: Found) -> Iterator[bytes]:
        yield encode(self._head(found))[:-1]
        yield b',"events":['
        yield from found.events.pages()
        self.events += found.events.count
        yield b"]"
        chunks = [] if found.chunks is None else [values(map(encode, self._chunks(found.chunks)))]
        yield from member("chunks", array(chunks))
        yield b"}"
        self.last = found.session.place

    def _chunks(self, frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
        return ({**row, "url": self._link(row["url"])} for row in _rows(frame, CHUNK))

    def _head(self, found: Found) -> dict[str, Any]:
        session = found.session
        return {
            "id": session.id,
            "user_id": session.user_id,
            "project_id": session.project_id,
            "capture_mode": session.capture_mode,
            "status": "capturing" if session.completed_at is None else "completed",
            "created_at": whole_seconds(session.created_at),
            "completed_at": None if session.completed_at is None else whole_seconds(session.completed_at),
            "video_url": None if session.video is None else self._link(session.video),
            "metadata": None if found.metadata is None else msgspec.Raw(found.metadata.encode()),
        }


def _found(stored: Stored, page: Sequence[CaptureSession]) -> Iterator[Found]:
    ids = [session.id for session in page]
    counts, metadata = stored.event_counts(ids), stored.metadata_of(ids)
    for group in _groups(page, counts):
        of_group = [session.id for session in group]
        chunks = stored.chunks_of(of_group)
        for session, events in zip(group, stored.events(of_group, counts), strict=True):
            yield Found(session, metadata.get(session.id), events, chunks.get(session.id))


def _groups(page: Sequence[CaptureSession], counts: Mapping[str, int]) -> Iterator[Sequence[CaptureSession]]:
    """Sessions that follow each other and have at most TOGETHER events together, or are one that has more."""
    group: list[CaptureSession] = []
    size = 0
    for session in page:
        count = counts.get(session.id, 0)
        if group and size + count > TOGETHER:
            yield group
            group, size = [], 0
        group.append(session)
        size += count
    yield group


def _rows(frame: pl.DataFrame, shown: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    names = tuple(shown)
    received_at = pl.col("received_at").dt.truncate("1s")
    for row in frame.with_columns(received_at).select(shown.values()).iter_rows():
        yield dict(zip(names, row, strict=True))
