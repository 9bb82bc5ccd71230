"""The stream capture_events: what a session's user did (contract: POST /v1/sessions/{id}/events)."""

from collections.abc import Sequence
from typing import Annotated, Final, TypeAlias

import polars as pl
from msgspec import Meta

from schemas.capture.activity import CAPTURE_SESSION_EVENTS
from schemas.capture.clicks import CAPTURE_CLICK_CELLS
from schemas.capture.tables import FAMILY, POSTED_BY, RETENTION_DAYS, STAMPED, STARTED_COLUMN
from schemas.shared.client import ClientEvent, JsonObject
from schemas.shared.columns import Column
from schemas.shared.rules import Item
from schemas.shared.stream import Stream

CLICK: Final = "click"
LARGEST_PAYLOAD: Final = 64 * 1024
LONGEST_TARGET: Final = 1024
LARGEST_BODY: Final = 8 * 2**20
MOST_RECORD: Final = 2 * LARGEST_BODY + 2**20
"""A request is one message: its payloads are texts there, in which every quote is written as two bytes."""

Kind: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, extra={"printable": True})]
Target: TypeAlias = Annotated[str, Meta(max_length=LONGEST_TARGET)]
Pixel: TypeAlias = Annotated[int, Meta(ge=-1_000_000, le=1_000_000, extra={"unit": "px", "summed": False})]
SinceStart: TypeAlias = Annotated[int, Meta(ge=0, le=10**9, extra={"unit": "ms"})]
Payload: TypeAlias = Annotated[JsonObject, Meta(extra={"max_bytes": LARGEST_PAYLOAD})]


class Interaction(ClientEvent, kw_only=True):
    """Something that the session's user did."""

    event_type: Annotated[
        Kind, Meta(description="click, input …; the client's own name.", extra={"column": "interaction"})
    ]
    timestamp_ms: Annotated[SinceStart, Meta(description="Time since the session began.")]
    x: Annotated[Pixel | None, Meta(description="Where on the screen, from the left.")] = None
    y: Annotated[Pixel | None, Meta(description="Where on the screen, from the top.")] = None
    target: Annotated[Target | None, Meta(description="Selector or id of the element.")] = None
    payload: Annotated[Payload | None, Meta(description="Whatever else the client says of it.")] = None


def since_start(items: Sequence[Item]) -> list[int]:
    """An event happened so long after its session began (µs since 1970)."""
    return [item.head[STARTED_COLUMN.name] + 1000 * item.fields["timestamp_ms"] for item in items]


POSITION_COLUMN = Column(
    "position", pl.Int64, "The event's place in its session in the order of the log, from 1; never another one later."
)

EVENTS = Stream(
    name="capture_events",
    path=None,
    description="What users of captured sessions did, each once.",
    consent_level=2,
    events=(Interaction,),
    event_type="interaction",
    items="events",
    listed=None,
    family=FAMILY,
    roles=POSTED_BY,
    max_event_bytes=LARGEST_BODY,
    max_record_bytes=MOST_RECORD,
    occurred_at=since_start,
    stamped=STAMPED,
    added=(POSITION_COLUMN,),
    table="capture_events",
    derived_tables=(CAPTURE_CLICK_CELLS, CAPTURE_SESSION_EVENTS),
    retention_days=RETENTION_DAYS,
    example={
        "events": [
            {
                "event_type": "click",
                "timestamp_ms": 1200,
                "x": 450,
                "y": 320,
                "target": "button#submit",
                "payload": {"buttonText": "Save"},
            }
        ]
    },
)
