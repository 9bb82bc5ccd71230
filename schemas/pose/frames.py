"""Pose frames as a client sends them: landmarks of one person, a second or two of them in a request."""

from collections.abc import Sequence
from typing import Annotated, Final, TypeAlias
from uuid import UUID

from msgspec import Meta

from schemas.pose.sessions import POSE_SESSIONS
from schemas.pose.tables import RETENTION_DAYS
from schemas.pose.windows import POSE_WINDOWS
from schemas.shared.client import ClientEvent, ClientStruct, Identifier
from schemas.shared.invalid import FieldError
from schemas.shared.named_ids import named_ids
from schemas.shared.quantities import Count, Milliseconds, Ordinal, Single
from schemas.shared.rules import Item
from schemas.shared.stream import Stream

POINTS: Final = 33
"""Of MediaPipe's pose landmark model, in its order."""

LANDMARKS: Final = ("landmark_x", "landmark_y", "landmark_z", "landmark_visibility")

_WHOLE: Final = [POINTS] * len(LANDMARKS)

LONGEST_MS: Final = 24 * 3_600_000
"""A session lasts no longer than a day, so that no answer about one is without bounds."""

# Of this project's making; another namespace would give a frame that is sent again another id than before.
NAMESPACE: Final = UUID("d1c7b1f4-5a0a-5d0c-8d53-6c3f0b6f21e8")
_id_of = named_ids(NAMESPACE)

Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Visibility: TypeAlias = Annotated[float, Meta(ge=0, le=1, extra={"dtype": "float32"})]
Score: TypeAlias = Annotated[float, Meta(ge=0, le=1000)]
Degrees: TypeAlias = Annotated[float, Meta(ge=0, le=360, extra={"unit": "degrees"})]
Elapsed: TypeAlias = Annotated[float, Meta(ge=0, le=LONGEST_MS, extra={"unit": "ms"})]
Phase: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, extra={"printable": True})]
Resolution: TypeAlias = Annotated[str, Meta(max_length=11, pattern=r"^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}$")]


class PoseHead(ClientStruct, kw_only=True):
    """What a request says once for its frames."""

    session_id: Identifier
    media_id: Annotated[Identifier, Meta(description="The exercise.")]


class PoseFrame(ClientEvent, kw_only=True):
    """One frame of the client's camera, as its pose model saw it."""

    frame_number: Annotated[Ordinal, Meta(description="The client's count of its frames; a gap is a dropped frame.")]
    elapsed_ms: Annotated[Elapsed, Meta(description="Time since the session began.")]
    landmark_x: Annotated[
        Annotated[list[Single], Meta(max_length=POINTS)] | None,
        Meta(description="The 33 points' x, MediaPipe's order; empty where nobody was seen.", extra={"unit": "widths"}),
    ] = None
    landmark_y: Annotated[
        Annotated[list[Single], Meta(max_length=POINTS)] | None,
        Meta(description="Their y, downwards.", extra={"unit": "heights"}),
    ] = None
    landmark_z: Annotated[
        Annotated[list[Single], Meta(max_length=POINTS)] | None,
        Meta(description="Their depth from the mid-hip, towards the camera negative.", extra={"unit": "widths"}),
    ] = None
    landmark_visibility: Annotated[
        Annotated[list[Visibility], Meta(max_length=POINTS)] | None, Meta(description="How surely each is seen, 0–1.")
    ] = None
    pose_confidence: Annotated[Share | None, Meta(description="The model's confidence that a person is there.")] = None
    landmarks_detected: Annotated[
        Annotated[int, Meta(ge=0, le=POINTS)] | None, Meta(description="Points found; 0 where nobody was seen.")
    ] = None
    rep_count: Annotated[Count | None, Meta(description="Repetitions that the client has counted so far.")] = None
    form_score: Annotated[
        Score | None, Meta(description="The client's own score.", extra={"column": "client_form_score"})
    ] = None
    rom_degrees: Annotated[
        Degrees | None, Meta(description="The client's own range of motion.", extra={"column": "client_rom_degrees"})
    ] = None
    active_exercise_phase: Annotated[Phase | None, Meta(description="The exercise's phase, by the client.")] = None
    camera_resolution: Annotated[
        Resolution | None, Meta(description="Pixels of the picture, 640x480; without it there are no angles.")
    ] = None
    processing_time_ms: Annotated[Milliseconds | None, Meta(description="What the frame cost the client.")] = None


def faulty(event: ClientEvent) -> FieldError | None:
    """Lists that are not 33 long each, where somebody was seen; a frame that says what only its request may say."""
    assert isinstance(event, PoseFrame)
    if event.session_id is not None:
        return FieldError("session_id", "is the request's: it stands beside frames, once for all of them")
    lists = (event.landmark_x, event.landmark_y, event.landmark_z, event.landmark_visibility)
    lengths = [len(each or ()) for each in lists]
    if lengths == _WHOLE or (event.landmarks_detected == 0 and not any(lengths)):
        return None
    wrong, length = next(each for each in zip(LANDMARKS, lengths, strict=True) if each[1] != POINTS)
    unless = "" if event.landmarks_detected == 0 else "; where nobody was seen, say landmarks_detected: 0"
    return FieldError(wrong, f"must have {POINTS} values, has {length}{unless}")


def numbered(item: Item) -> str:
    """One effect per number of a session, which is of one person: a UUIDv5."""
    said = (item.tenant, item.subject, item.session_id, str(item.fields["frame_number"]))
    return _id_of("\n".join(map(str, said)))


def filmed(items: Sequence[Item]) -> list[int]:
    """The last frame of a request was filmed when that came in, the others as long before as they say."""
    last = max((item.fields["elapsed_ms"] for item in items), default=0)
    return [item.received_at - round(1000 * (last - item.fields["elapsed_ms"])) for item in items]


STREAM = Stream(
    name="pose",
    path="/v1/pose/frames",
    description="Pose frames as they were accepted, each once.",
    consent_level=2,
    head=PoseHead,
    items="frames",
    events=(PoseFrame,),
    event_type="frame",
    echo=("session_id",),
    accepted_as="frames_accepted",
    check=faulty,
    event_id=numbered,
    occurred_at=filmed,
    max_batch=300,
    max_event_bytes=16 * 1024,
    table="pose_frames",
    derived_tables=(POSE_WINDOWS, POSE_SESSIONS),
    retention_days=RETENTION_DAYS,
    example={
        "session_id": "550e8400-e29b-41d4-a716-446655440000",
        "media_id": "exercise-uuid-hashed",
        "frames": [
            {
                "frame_number": 450,
                "elapsed_ms": 15000,
                "landmark_x": [0.5] * POINTS,
                "landmark_y": [round(0.1 + 0.025 * point, 3) for point in range(POINTS)],
                "landmark_z": [-0.1] * POINTS,
                "landmark_visibility": [0.99] * POINTS,
                "pose_confidence": 0.96,
                "landmarks_detected": POINTS,
                "rep_count": 5,
                "form_score": 0.85,
                "rom_degrees": 42.5,
                "active_exercise_phase": "concentric",
                "camera_resolution": "640x480",
                "processing_time_ms": 12,
            }
        ],
    },
)
