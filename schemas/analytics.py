"""The analytics stream: what people do in an application (contract: POST /v1/analytics/track)."""

from typing import Annotated, TypeAlias

import polars as pl
from msgspec import Meta

from schemas.shared.client import ClientEvent, Identifier, JsonObject, Timestamp
from schemas.shared.columns import Column
from schemas.shared.masking import mask_of
from schemas.shared.origins import ORIGIN_COLUMNS
from schemas.shared.quantities import AnyNumber
from schemas.shared.stream import Stream

Url: TypeAlias = Annotated[str, Meta(max_length=8192)]
"""As long as servers take one; empty where a browser has none to say."""
Kind: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, extra={"printable": True})]


class Track(ClientEvent, kw_only=True):
    """Something that a person did, or saw."""

    event_name: Annotated[Identifier, Meta(description="What happened, such as page.view; the client's own name.")]
    event_category: Annotated[Kind | None, Meta(description="The group of names it belongs to.")] = None
    timestamp: Timestamp
    resource_type: Annotated[Kind | None, Meta(description="Kind of what it happened to: page, exercise …")] = None
    resource_id: Annotated[Identifier | None, Meta(description="What it happened to.")] = None
    page_url: Annotated[Url | None, Meta(description="Where it happened; query and fragment masked.")] = None
    referrer_url: Annotated[Url | None, Meta(description="Where the person came from; masked likewise.")] = None
    numeric_value: Annotated[AnyNumber | None, Meta(description="A number that only the client knows to read.")] = None
    properties: Annotated[JsonObject | None, Meta(description="Whatever else the client says, one JSON object.")] = None


STREAM = Stream(
    name="analytics",
    path="/v1/analytics/track",
    description="What people did in an application, as it was accepted, each once.",
    consent_level=2,
    events=(Track,),
    event_type="track",
    batches=True,
    stamped=ORIGIN_COLUMNS,
    mask=mask_of(urls=("page_url", "referrer_url")),
    adapted=(
        Column("context", pl.String, "Where a client of the Segment protocol runs: app, page …; one JSON object."),
    ),
    example={
        "event_name": "page.view",
        "event_category": "navigation",
        "timestamp": "2026-02-17T10:00:00Z",
        "resource_type": "page",
        "resource_id": "treatment-plan-library",
        "page_url": "/library",
        "referrer_url": "/dashboard",
        "numeric_value": None,
        "properties": {"filter_condition": "neck_pain", "results_count": 12},
    },
)
