"""The errors stream: what went wrong for a person, for those who help them (contract: POST /v1/errors/report)."""

from typing import Annotated

from msgspec import Meta

from schemas.shared.client import ClientEvent, Identifier
from schemas.shared.masking import mask_of
from schemas.shared.quantities import Megabytes, Milliseconds, ProcessorShare, Seconds
from schemas.shared.stream import Stream

LONGEST_TRACE = 64 * 1024
"""Characters of a stack trace."""


class ErrorReport(ClientEvent, kw_only=True):
    """One failure as an application saw it; without a timestamp it happened when it was received."""

    error_type: Annotated[Identifier, Meta(description="Kind of failure, such as video_error; the client's own name.")]
    error_code: Annotated[Annotated[str, Meta(max_length=256)] | None, Meta(description="The failing part's code.")] = (
        None
    )
    error_message: Annotated[
        Annotated[str, Meta(max_length=8192)] | None, Meta(description="What the application says of it; masked.")
    ] = None
    feature_name: Annotated[Identifier | None, Meta(description="The part of the application that failed.")] = None
    media_id: Annotated[Identifier | None, Meta(description="The video or exercise on the screen.")] = None
    media_position_seconds: Annotated[Seconds | None, Meta(description="Its playhead.")] = None
    stack_trace: Annotated[
        Annotated[str, Meta(max_length=LONGEST_TRACE)] | None, Meta(description="Where in the code; masked.")
    ] = None
    response_time_ms: Annotated[Milliseconds | None, Meta(description="How long the failed request took.")] = None
    memory_usage_mb: Annotated[Megabytes | None, Meta(description="Memory the application held.")] = None
    cpu_usage_percent: Annotated[ProcessorShare | None, Meta(description="Load of the processor.")] = None


STREAM = Stream(
    name="errors",
    path="/v1/errors/report",
    description="Failures as applications reported them, masked, each once.",
    consent_level=1,
    events=(ErrorReport,),
    event_type="error",
    batches=True,
    max_event_bytes=128 * 1024,
    mask=mask_of(texts=("error_message", "stack_trace")),
    table="error_reports",
    retention_days=365,
    example={
        "error_type": "video_error",
        "error_code": "MEDIA_ERR_NETWORK",
        "error_message": "Failed to load video segment",
        "feature_name": "video_player",
        "media_id": "exercise-uuid-hashed",
        "media_position_seconds": 23.5,
        "stack_trace": "Error: fetch failed at...",
        "response_time_ms": 30000,
        "memory_usage_mb": 245.6,
        "cpu_usage_percent": 78.3,
    },
)
