"""A person's sessions as the export has them, the oldest first, written a few events at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import polars as pl

from control.capture_sessions import CaptureSession, CaptureSessions, Place
from query_api.capture.gdpr.stored import AT_ONCE, Stored
from query_api.gdpr.person import Person
from query_api.gdpr.pieces import array, encode, member, values, whole_seconds

PAGE: Final = 100
"""Sessions that are looked up at a time."""

EVENT: Final = {
    "id": "position", "session_id": "session_id", "event_type": "interaction", "timestamp_ms": "timestamp_ms",
    "x": "x", "y": "y", "target": "target", "payload": "payload", "created_at": "received_at",
}  # fmt: skip
"""Key of an event in the answer → the column that has it."""

CHUNK: Final = {
    "chunk_index": "chunk_index", "media_type": "media_type", "bytes": "bytes", "sha256": "sha256",
    "created_at": "received_at",
}  # fmt: skip


class Found(NamedTuple):
    """A session with what the tables have of it; events in frames that are read one after the other."""

    session: CaptureSession
    metadata: str | None
    events: Iterable[pl.DataFrame]
    chunks: pl.DataFrame | None


class Sessions:
    """Writes a person's sessions; `events` counts those that were written, `last` is the place of the last session."""

    def __init__(self, known: CaptureSessions, stored: Stored, person: Person) -> None:
        self._known = known
        self._stored = stored
        self._person = person
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
        yield encode(_head(found))[:-1]
        yield from member("events", array(map(self._events, found.events)))
        chunks = [] if found.chunks is None else [values(_rows(found.chunks, CHUNK))]
        yield from member("chunks", array(chunks))
        yield b"}"
        self.last = found.session.place

    def _events(self, frame: pl.DataFrame) -> tuple[bytes]:
        self.events += frame.height
        return values(_rows(frame, EVENT))


def _head(found: Found) -> dict[str, Any]:
    session = found.session
    return {
        "id": session.id,
        "user_id": session.user_id,
        "project_id": session.project_id,
        "capture_mode": session.capture_mode,
        "status": "capturing" if session.completed_at is None else "completed",
        "created_at": whole_seconds(session.created_at),
        "completed_at": None if session.completed_at is None else whole_seconds(session.completed_at),
        "video_path": session.video,
        "metadata": None if found.metadata is None else msgspec.Raw(found.metadata.encode()),
    }


def _found(stored: Stored, page: Sequence[CaptureSession]) -> Iterator[Found]:
    ids = [session.id for session in page]
    counts, metadata = stored.event_counts(ids), stored.metadata_of(ids)
    for group in _groups(page, counts):
        of_group = [session.id for session in group]
        chunks = stored.chunks_of(of_group)
        for session, events in zip(group, _events(stored, of_group, counts), strict=True):
            yield Found(session, metadata.get(session.id), events, chunks.get(session.id))


def _events(stored: Stored, ids: Sequence[str], counts: Mapping[str, int]) -> Iterator[Iterable[pl.DataFrame]]:
    """The events of each: at once where they are few, else as they are asked for."""
    if len(ids) == 1 and counts.get(ids[0], 0) > AT_ONCE:
        yield stored.events(ids[0], counts[ids[0]])
        return
    few = stored.events_of([session_id for session_id in ids if session_id in counts])
    yield from ([few[session_id]] if session_id in few else [] for session_id in ids)


def _groups(page: Sequence[CaptureSession], counts: Mapping[str, int]) -> Iterator[Sequence[CaptureSession]]:
    """Sessions that follow each other and have at most AT_ONCE events together, or are one that has more."""
    group: list[CaptureSession] = []
    size = 0
    for session in page:
        count = counts.get(session.id, 0)
        if group and size + count > AT_ONCE:
            yield group
            group, size = [], 0
        group.append(session)
        size += count
    yield group


def _rows(frame: pl.DataFrame, shown: Mapping[str, str]) -> Iterator[bytes]:
    names = tuple(shown)
    received_at = pl.col("received_at").dt.truncate("1s")
    for row in frame.with_columns(received_at).select(shown.values()).iter_rows():
        said = dict(zip(names, row, strict=True))
        if said.get("payload") is not None:
            said["payload"] = msgspec.Raw(said["payload"].encode())
        yield encode(said)
