"""What an analysis says, as messages of the motion streams: every frame, then how it ended.

To publish them again has one effect within a day: the ids follow from session, version and number, and what lies on
the log first counts, even where another machine computes the last digit otherwise. Later than that, readers go by
what was published last.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from event_log import Record
from jobs.motion.said import findings_said, frames_said, quality_said
from motion.analysis import Analysis
from motion.documents.numbers import milliseconds
from schemas.motion import LANDMARKS, SESSIONS
from schemas.motion.findings import ThreadSaid
from schemas.motion.sessions import ANALYSED, FAILED
from schemas.shared.envelope import SCHEMA_VERSION, RequestPart
from schemas.shared.meaning import digest
from schemas.shared.message import head_line, item_line, message
from schemas.shared.named_ids import named_ids
from schemas.shared.rules import Item
from schemas.shared.stream import Stream
from schemas.shared.validation import EventValidator

# Of this project's making; another namespace would give an analysis that is published again other ids than before.
NAMESPACE: Final = UUID("5b0f6a1e-6a0d-5c6e-9a53-0f3f4c1f9d27")
FRAME: Final = "frame"
MOST_BYTES: Final = LANDMARKS.max_record_bytes * 9 // 10
"""Of the frames of a message; the rest is for its head."""

_id_of = named_ids(NAMESPACE)
_VALIDATORS: Final = {stream.name: EventValidator(stream) for stream in (SESSIONS, LANDMARKS)}


@dataclass(frozen=True, slots=True)
class Filmed:
    """Whose film it is, and the consent that it was taken in under."""

    tenant: str
    subject: str
    session_id: str
    request_id: str
    consent_level: int
    consent_source: str
    gpc: bool = False


class Messages(NamedTuple):
    """Records by stream, to be published in this order: who finds the analysis finds its frames."""

    landmarks: Sequence[Record]
    sessions: Sequence[Record]


def records(
    filmed: Filmed,
    analysis: Analysis,
    version: str,
    at: int,
    threads: Sequence[ThreadSaid] = (),
    pictures: Mapping[tuple[int, str], str] | None = None,
) -> Messages:
    """The messages of an analysis that ended `at` (µs since 1970).

    Args:
        version: of the analysis.
        threads: the texts about it.
        pictures: (repetition, name of the phase) → name of its picture in the blob store.

    Raises Invalid for what the streams do not allow, such as more findings than a message may hold.
    """
    ended = _analysed(analysis, version, threads, pictures or {})
    return Messages(_landmarks(filmed, analysis, version, at), [_ending(filmed, version, at, ended)])


def failed(filmed: Filmed, version: str, at: int, reason: str) -> Record:
    """The message of an analysis that ended without a result."""
    return _ending(filmed, version, at, {"kind": FAILED, "analysis_version": version, "reason": reason})


def _analysed(
    analysis: Analysis, version: str, threads: Sequence[ThreadSaid], pictures: Mapping[tuple[int, str], str]
) -> dict[str, Any]:
    raw, findings = analysis.body.raw, analysis.findings
    said = {
        "kind": ANALYSED,
        "analysis_version": version,
        "width": raw.width,
        "height": raw.height,
        "frames": raw.times.size,
        "duration_ms": milliseconds(raw.times[-1]),
        "repetitions": findings.repetitions,
        "segments": len(analysis.body.segments),
        "view": None if analysis.view is None else str(analysis.view),
        "camera_moved": analysis.body.camera_moved,
        "quality": quality_said(analysis),
        "notes": list(findings.notes),
        "findings": findings_said(findings, threads, pictures),
    }
    return {name: value for name, value in said.items() if value is not None}


def _ending(filmed: Filmed, version: str, at: int, said: Mapping[str, Any]) -> Record:
    line = _line(SESSIONS, filmed, version, at, str(said["kind"]), 0, {"session_id": filmed.session_id, **said})
    return _record(SESSIONS, filmed, at, {}, [line])


def _landmarks(filmed: Filmed, analysis: Analysis, version: str, at: int) -> list[Record]:
    said = {"session_id": filmed.session_id, "analysis_version": version}
    lines = (
        _line(LANDMARKS, filmed, version, at, FRAME, number, frame)
        for number, frame in enumerate(frames_said(analysis))
    )
    return [_record(LANDMARKS, filmed, at, said, part) for part in _parts(lines)]


def _line(
    stream: Stream, filmed: Filmed, version: str, at: int, kind: str, number: int, said: Mapping[str, Any]
) -> bytes:
    """An item; its digest is its id's, so that one that is published again is never another one."""
    name = "\n".join((filmed.session_id, version, kind, str(number)))
    event = _VALIDATORS[stream.name].accept(msgspec.json.encode(said), at)
    event.payload_digest = digest(name.encode())
    return item_line(event, _id_of(name))


def _parts(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The lines in order, as many together as a message holds."""
    part, size = list[bytes](), 0
    for line in lines:
        if part and size + len(line) > MOST_BYTES:
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line) + 1
    if part:
        yield part


def _record(stream: Stream, filmed: Filmed, at: int, said: Mapping[str, Any], lines: Sequence[bytes]) -> Record:
    head = RequestPart(
        schema_version=SCHEMA_VERSION,
        tenant=filmed.tenant,
        subject=filmed.subject,
        received_at=at,
        request_id=filmed.request_id,
        consent_level=filmed.consent_level,
        consent_source=filmed.consent_source,
        gpc=filmed.gpc,
    )
    key = stream.key(Item(filmed.tenant, filmed.subject, filmed.session_id, None, at, said, {}))
    return Record(key, message(head_line(head, said), lines))
