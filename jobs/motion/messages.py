"""What an analysis says, as messages of the motion streams: every frame, then how it ended."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from event_log import Record
from jobs.motion.heads import Filmed, ending, failed, line, record
from jobs.motion.said import findings_said, frames_said, quality_said
from motion.analysis import Analysis
from motion.documents.numbers import milliseconds
from schemas.motion import LANDMARKS
from schemas.motion.findings import ThreadSaid
from schemas.motion.sessions import ANALYSED

__all__ = ["Filmed", "Messages", "failed", "records"]

FRAME: Final = "frame"
MOST_BYTES: Final = LANDMARKS.max_record_bytes * 9 // 10
"""Of the frames of a message; the rest is for its head."""


class Messages(NamedTuple):
    """Records by stream, to be published in this order: who finds the analysis finds its frames.

    Those of the landmarks are made when they are asked for, once: of a long film all together take much memory.
    """

    landmarks: Iterator[Record]
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
    return Messages(_landmarks(filmed, analysis, version, at), [ending(filmed, version, at, ended)])


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


def _landmarks(filmed: Filmed, analysis: Analysis, version: str, at: int) -> Iterator[Record]:
    said = {"session_id": filmed.session_id, "analysis_version": version}
    lines = (
        line(LANDMARKS, filmed, version, at, FRAME, number, frame) for number, frame in enumerate(frames_said(analysis))
    )
    return (record(LANDMARKS, filmed, at, said, part) for part in _parts(lines))


def _parts(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The lines in order, as many together as a message holds."""
    part, size = list[bytes](), 0
    for one in lines:
        if part and size + len(one) > MOST_BYTES:
            yield part
            part, size = [], 0
        part.append(one)
        size += len(one) + 1
    if part:
        yield part
