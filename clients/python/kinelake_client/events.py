"""The contract's events as types: for editors and mypy; any mapping of the same keys is taken as well.

`timestamp` is when it happened, with an offset; without one it is when the event was given to the client. `event_id`
is a UUID, by default a new one. Units, bounds and more keys are on the pages of the streams.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Required, TypeAlias, TypedDict
from uuid import UUID

MediaKind: TypeAlias = Literal[
    "session_start", "play", "heartbeat", "buffering_start", "buffering_end", "quality_change", "pause", "seek",
    "milestone", "error", "session_end",
]  # fmt: skip


class MediaEvent(TypedDict, total=False):
    """Something that a player did; what `data` holds depends on the event. `sequence` orders those of one instant."""

    event: Required[MediaKind]
    session_id: Required[str]
    media_id: Required[str]
    media_type: str
    timestamp: datetime | str
    event_id: str | UUID
    sequence: int
    data: Mapping[str, Any]


class AnalyticsEvent(TypedDict, total=False):
    """Something that a person did, or saw."""

    event_name: Required[str]
    event_category: str
    timestamp: datetime | str
    event_id: str | UUID
    session_id: str
    resource_type: str
    resource_id: str
    page_url: str
    referrer_url: str
    numeric_value: float
    properties: Mapping[str, Any]


class ErrorReport(TypedDict, total=False):
    """Something that went wrong for a person; consent level 1 is enough for it."""

    error_type: Required[str]
    error_code: str
    error_message: str
    timestamp: datetime | str
    event_id: str | UUID
    session_id: str
    feature_name: str
    media_id: str
    media_position_seconds: float
    stack_trace: str
    response_time_ms: float
    memory_usage_mb: float
    cpu_usage_percent: float


class PoseFrame(TypedDict, total=False):
    """One frame of a camera: 33 points in MediaPipe's order, in four lists or arrays. It counts once by its number.

    elapsed_ms: since the session began. x and y in picture widths and heights, visibility from 0 to 1.
    """

    frame_number: Required[int]
    elapsed_ms: Required[float]
    landmark_x: Sequence[float]
    landmark_y: Sequence[float]
    landmark_z: Sequence[float]
    landmark_visibility: Sequence[float]
    pose_confidence: float
    landmarks_detected: int
    rep_count: int
    form_score: float
    rom_degrees: float
    active_exercise_phase: str
    camera_resolution: str
    processing_time_ms: float
