"""The stream motion_sessions: films as they were taken in, and how their analyses ended."""

from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from schemas.motion.findings import FindingsSaid, QualitySaid
from schemas.motion.tables import (
    FAMILY,
    MOTION_METRICS,
    MOTION_PHASES,
    MOTION_THREADS,
    RETENTION_DAYS,
    Version,
)
from schemas.shared.client import ClientEvent, Identifier, JsonObject
from schemas.shared.invalid import FieldError
from schemas.shared.quantities import Count, Milliseconds
from schemas.shared.stream import Stream

UPLOADED: Final = "uploaded"
ANALYSED: Final = "analysed"
FAILED: Final = "failed"
"""Kinds of rows, as event_type has them."""

LARGEST_VIDEO: Final = 500 * 2**20
LARGEST_FINDINGS: Final = 8 * 2**20
LARGEST_QUALITY: Final = 256 * 1024
MOST_RECORD: Final = 2 * LARGEST_FINDINGS + 2**20
"""Findings are one text on the log, in which every quote is written as two bytes."""
MOST_NOTES: Final = 1000

Size: TypeAlias = Annotated[int, Meta(ge=1, le=LARGEST_VIDEO, extra={"unit": "bytes"})]
Pixels: TypeAlias = Annotated[int, Meta(ge=1, le=16384, extra={"unit": "px"})]
BlobName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=255)]
Digest: TypeAlias = Annotated[str, Meta(min_length=64, max_length=64)]
Title: TypeAlias = Annotated[str, Meta(min_length=1, max_length=256)]
Note: TypeAlias = Annotated[str, Meta(max_length=128)]
Code: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
Found: TypeAlias = Annotated[JsonObject, Meta(extra={"max_bytes": LARGEST_FINDINGS})]
Quality: TypeAlias = Annotated[JsonObject, Meta(extra={"max_bytes": LARGEST_QUALITY})]


class Uploaded(ClientEvent, tag=UPLOADED, tag_field="kind", kw_only=True):
    """A film was taken in; it lies in the blob store."""

    activity: Annotated[
        Literal["jumping", "running", "weightlifting", "mobility-assessment"], Meta(description="What is done in it.")
    ]
    exercise: Annotated[Identifier | None, Meta(description="The exercise, where the activity has several.")] = None
    title: Annotated[Title, Meta(description="The session's name, or exercise and date.")]
    video: Annotated[BlobName, Meta(description="The film's name in the blob store.")]
    sha256: Annotated[Digest, Meta(description="SHA-256 of its bytes, hex.")]
    video_bytes: Annotated[Size, Meta(description="Its size.")]
    request: Annotated[JsonObject, Meta(description="What was asked: the fields of the upload, metric, one object.")]


class Analysed(ClientEvent, tag=ANALYSED, tag_field="kind", kw_only=True):
    """An analysis ended with a result."""

    analysis_version: Annotated[Version, Meta(description="The version of the analysis.")]
    width: Annotated[Pixels, Meta(description="Width of the upright film.")]
    height: Annotated[Pixels, Meta(description="Its height.")]
    frames: Annotated[Count, Meta(description="Frames that were analysed.", extra={"unit": "frames"})]
    duration_ms: Annotated[Milliseconds, Meta(description="From the first of them to the last.")]
    repetitions: Annotated[Count, Meta(description="Repetitions that were found.", extra={"unit": "repetitions"})]
    segments: Annotated[Count, Meta(description="Stretches of one view and facing.", extra={"unit": "segments"})]
    view: Annotated[Literal["frontal", "sagittal", "oblique"] | None, Meta(description="The longest one's view.")] = (
        None
    )
    camera_moved: Annotated[bool, Meta(description="The background moved, so displacements mean nothing.")] = False
    quality: Annotated[Quality, Meta(description="The segments, and the parts of indices; one object.")]
    notes: Annotated[
        Annotated[list[Note], Meta(max_length=MOST_NOTES)] | None,
        Meta(description="Keys of what is to be said beside the metrics, such as few_strides."),
    ] = None
    findings: Annotated[Found, Meta(description="Metrics, phases and texts (schemas.motion.findings).")]


class Failed(ClientEvent, tag=FAILED, tag_field="kind", kw_only=True):
    """An analysis ended without one."""

    analysis_version: Annotated[Version, Meta(description="The version of the analysis.")]
    reason: Annotated[Code, Meta(description="not_decodable, frame_rate, too_short, no_person, timeout …")]


def faulty(event: ClientEvent) -> FieldError | None:
    """Objects of an analysis that the flow could make no rows of."""
    if isinstance(event, Analysed):
        for name, kind in (("findings", FindingsSaid), ("quality", QualitySaid)):
            try:
                msgspec.convert(getattr(event, name), kind)
            except msgspec.ValidationError as error:
                return FieldError(name, f"is not what an analysis says: {error}")
    return None


SESSIONS = Stream(
    name="motion_sessions",
    path=None,
    description="Films of people who move: a row when one was taken in, and a row each time an analysis of it ended.",
    consent_level=2,
    events=(Uploaded, Analysed, Failed),
    listed=None,
    family=FAMILY,
    check=faulty,
    table="motion_sessions",
    log_only=("findings",),
    derived_tables=(MOTION_METRICS, MOTION_PHASES, MOTION_THREADS),
    max_event_bytes=2 * LARGEST_FINDINGS,
    max_record_bytes=MOST_RECORD,
    retention_days=RETENTION_DAYS,
    example={
        "kind": UPLOADED,
        "session_id": "01900000-0000-7000-8000-000000000001",
        "activity": "mobility-assessment",
        "exercise": "Overhead Squat",
        "title": "Overhead Squat 17/02/2026",
        "video": "motion-videos/01900000-0000-7000-8000-000000000001/original.mp4",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "video_bytes": 4123456,
        "request": {"activity": "mobility-assessment", "exercise": "Overhead Squat", "height_cm": 175},
    },
)
