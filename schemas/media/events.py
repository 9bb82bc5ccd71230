"""The media stream: playback events of videos and exercises (contract: POST /v1/media/events)."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias, cast

from msgspec import Meta, defstruct

from schemas.media.sessions import SESSION_KEY
from schemas.media.tables import FLOW_TABLES, SETTLED_TABLES
from schemas.shared.client import ClientEvent, ClientStruct, Identifier, Timestamp
from schemas.shared.masking import mask_of
from schemas.shared.origins import ORIGIN_COLUMNS
from schemas.shared.quantities import (
    Bandwidth,
    Bitrate,
    Count,
    Duration,
    Milliseconds,
    Ordinal,
    Percentage,
    PlaybackRate,
    Seconds,
)
from schemas.shared.stream import Stream

Position: TypeAlias = Annotated[Seconds, Meta(description="Playhead position.")]
Resolution: TypeAlias = Annotated[str, Meta(max_length=64)]

BufferingCount: TypeAlias = Annotated[Count, Meta(description="Stalls so far, as the player counts them.")]
BufferingMs: TypeAlias = Annotated[Milliseconds, Meta(description="Time in stalls so far, as the player counts it.")]
WatchedSeconds: TypeAlias = Annotated[Seconds, Meta(description="Seconds watched so far, as the player counts them.")]
DroppedFrames: TypeAlias = Annotated[Count, Meta(description="Frames dropped so far.")]


class Data(ClientStruct, kw_only=True):
    """Base of every kind's `data`."""


class SessionStart(Data):
    """The player is set up."""

    total_duration_seconds: Annotated[
        Duration | None, Meta(description="Length of the content; null or absent: live.")
    ] = None
    ttfb_ms: Annotated[Milliseconds | None, Meta(description="Time to first byte.")] = None
    video_load_time_ms: Annotated[Milliseconds | None, Meta(description="From the request to the first frame.")] = None
    cdn_response_time_ms: Annotated[Milliseconds | None, Meta(description="Response time of the CDN.")] = None
    connection_type: Annotated[
        Annotated[str, Meta(max_length=64)] | None, Meta(description="wifi, cellular, ethernet …, as the client says.")
    ] = None
    effective_bandwidth: Annotated[Bandwidth | None, Meta(description="Estimated bandwidth.")] = None
    rtt_ms: Annotated[Milliseconds | None, Meta(description="Round-trip time.")] = None
    initial_bitrate: Annotated[Bitrate | None, Meta(description="Bitrate playback starts with.")] = None
    initial_resolution: Annotated[Resolution | None, Meta(description="Resolution playback starts with.")] = None


class Play(Data):
    """Playback was asked for or resumed."""

    position_seconds: Position


class Heartbeat(Data):
    """Every 10 s; the counters are cumulative."""

    position_seconds: Position
    watched_seconds: WatchedSeconds | None = None
    buffering_count: BufferingCount | None = None
    buffering_duration_ms: BufferingMs | None = None
    current_bitrate: Annotated[Bitrate | None, Meta(description="Bitrate now.")] = None
    current_resolution: Annotated[Resolution | None, Meta(description="Resolution now.")] = None
    dropped_frames: DroppedFrames | None = None
    playback_rate: Annotated[PlaybackRate | None, Meta(description="Playback speed, 1 is normal.")] = None


class BufferingStart(Data):
    """Playback stalls."""

    position_seconds: Position


class BufferingEnd(Data):
    """The stall is over."""

    position_seconds: Position
    duration_ms: Annotated[Milliseconds | None, Meta(description="Length of the stall.")] = None


class QualityChange(Data):
    """Another rendition plays."""

    to_resolution: Annotated[Resolution, Meta(description="Resolution after the change.")]
    from_resolution: Annotated[Resolution | None, Meta(description="Resolution before the change.")] = None
    from_bitrate: Annotated[Bitrate | None, Meta(description="Bitrate before.")] = None
    to_bitrate: Annotated[Bitrate | None, Meta(description="Bitrate after.")] = None
    automatic: Annotated[bool | None, Meta(description="Changed by the player itself.")] = None
    position_seconds: Position | None = None


class Pause(Data):
    """Playback was paused."""

    position_seconds: Position


class Seek(Data):
    """The playhead was moved by the person."""

    from_seconds: Annotated[Seconds, Meta(description="Playhead before the seek.")]
    to_seconds: Annotated[Seconds, Meta(description="Playhead after the seek.")]


class Milestone(Data):
    """A part of the content was reached."""

    percent: Annotated[Literal[25, 50, 75, 95], Meta(description="Part of the content reached.", extra={"unit": "%"})]
    position_seconds: Position | None = None


class Error(Data):
    """Playback failed, or something went wrong that it survived."""

    error_code: Annotated[str, Meta(max_length=256, description="The player's code.")]
    error_message: Annotated[Annotated[str, Meta(max_length=8192)] | None, Meta(description="The player's words.")] = (
        None
    )
    fatal: Annotated[bool | None, Meta(description="Playback ended with it; true when absent.")] = True
    position_seconds: Position | None = None


class SessionEnd(Data):
    """The player is taken down."""

    final_status: Annotated[Literal["completed", "abandoned"], Meta(description="How the client says it ended.")]
    position_seconds: Position | None = None
    watched_seconds: WatchedSeconds | None = None
    completion_percent: Annotated[
        Percentage | None, Meta(description="Part of the content watched, as the client counts it.")
    ] = None
    buffering_count: BufferingCount | None = None
    buffering_duration_ms: BufferingMs | None = None
    avg_bitrate: Annotated[Bitrate | None, Meta(description="Mean bitrate.")] = None
    dropped_frames: DroppedFrames | None = None


KINDS: Mapping[str, type[Data]] = {
    "session_start": SessionStart,
    "play": Play,
    "heartbeat": Heartbeat,
    "buffering_start": BufferingStart,
    "buffering_end": BufferingEnd,
    "quality_change": QualityChange,
    "pause": Pause,
    "seek": Seek,
    "milestone": Milestone,
    "error": Error,
    "session_end": SessionEnd,
}
"""The closed set of media events; the order is the documentation's."""


_FOLDED = (
    SessionStart,
    Pause,
    Seek,
    BufferingStart,
    BufferingEnd,
    Play,
    Heartbeat,
    QualityChange,
    Milestone,
    Error,
    SessionEnd,
)
FOLD_ORDER = tuple(kind for data in _FOLDED for kind, of in KINDS.items() if of is data)
"""Kinds of event in the order in which those of one instant are folded."""


class MediaEvent(ClientEvent, tag_field="event", kw_only=True):
    """What all media events share beside `data`."""

    session_id: Identifier
    media_id: Annotated[Identifier, Meta(description="The video or exercise.")]
    media_type: Annotated[
        Annotated[str, Meta(min_length=1, max_length=64)] | None,
        Meta(description="Kind of media; video when the client does not say."),
    ] = "video"
    timestamp: Timestamp
    sequence: Annotated[
        Ordinal | None,
        Meta(description="The client's own count of a session's events; it orders those of one instant."),
    ] = None


EVENTS: tuple[type[ClientEvent], ...] = tuple(
    cast(
        type[ClientEvent],
        defstruct(
            f"{data.__name__}Event",
            [("data", data)],
            bases=(MediaEvent,),
            tag=kind,
            kw_only=True,
            module=__name__,
        ),
    )
    for kind, data in KINDS.items()
)

STREAM = Stream(
    name="media",
    path="/v1/media/events",
    description="Playback events as they were accepted, each once.",
    consent_level=2,
    events=EVENTS,
    nested=("data",),
    echo=("session_id",),
    batches=True,
    mask=mask_of(texts=("error_message",)),
    stamped=ORIGIN_COLUMNS,
    derived_tables=FLOW_TABLES,
    settled_tables=SETTLED_TABLES,
    folded=SESSION_KEY,
    example={
        "event": "session_start",
        "session_id": "550e8400-e29b-41d4-a716-446655440000",
        "media_id": "exercise-uuid-hashed",
        "media_type": "video",
        "timestamp": "2026-02-17T10:00:00Z",
        "data": {
            "total_duration_seconds": 120.5,
            "connection_type": "wifi",
            "ttfb_ms": 340,
            "video_load_time_ms": 1200,
            "cdn_response_time_ms": 280,
        },
    },
)
