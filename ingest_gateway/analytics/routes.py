"""The routes of the Segment protocol, beside the stream's own."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from ingest_gateway.analytics.documents import Documents
from ingest_gateway.analytics.family import ALIAS, BATCHES, ITEMS, METRICS, SETTINGS, SOURCE, failure
from ingest_gateway.analytics.reading import MOST_ITEMS, reading, write_key_in
from ingest_gateway.door.handler import Door, Limits
from ingest_gateway.taking.means import Means
from schemas.analytics import STREAM
from schemas.shared.validation import EventValidator
from web.body import read_body
from web.families import Authenticate
from web.operation import Operation, Parameter
from web.problems import Problem
from web.tenancy import RouteSpec, written_route

SOURCE_NAME: Final = "segment"
LIMITS: Final = Limits(packed=512 * 1024, unpacked=4 * 1024 * 1024)
TAGS: Final = ("segment",)
_SUCCESS: Final = {"type": "object", "properties": {"success": {"const": True}}, "required": ["success"]}
_CALLED: Final[Mapping[str, Mapping[str, Any]]] = {
    "track": {"event": "Plan Opened", "properties": {"plan": "p-1", "price": 12.5}},
    "identify": {"traits": {"plan": "pro"}},
    "page": {"name": "Library", "properties": {"url": "https://app.example.org/library"}},
    "screen": {"name": "Home", "properties": {}},
    "group": {"groupId": "clinic-1"},
}
"""Type → an item of it, but for what all have."""
_KEY: Final = Parameter("key", "The write key.", place="path")


def routes(means: Means) -> Sequence[RouteSpec]:
    """All of them; what takes items is the door's."""
    validator = EventValidator(STREAM, means.options.event_max_age_days)
    doors = {kind: _door(means, validator, kind) for kind in (None, *ITEMS.values())}
    documents = Documents(means.limits.public_base_url)
    return (
        *(doors[kind].route(path, _alias if kind == ALIAS else partial(_item, kind)) for path, kind in ITEMS.items()),
        *(doors[None].route(path, _batch) for path in BATCHES),
        written_route(METRICS, partial(_dropped, means), ("POST",), operation=_dropping),
        written_route(SETTINGS, documents.settings, ("GET",), operation=_settings),
        written_route(SOURCE, documents.source, ("GET",), operation=_source),
    )


def _door(means: Means, validator: EventValidator, kind: str | None) -> Door:
    read = reading(validator, kind)
    return Door(means, STREAM, SOURCE_NAME, read, LIMITS, success, key_in=write_key_in, unusable=nothing_usable)


def success() -> Response:
    """Exactly this: RudderStack's Python SDK takes 202 and 204 for failures, and repeats."""
    return Response(b'{"success":true}', media_type="application/json")


def nothing_usable() -> Response:
    """400, at which every SDK drops the body."""
    return failure(Problem(400, "no_usable_item", "No item of the body can be taken; X-Refused names why."))


async def _dropped(means: Means, request: Request, authenticate: Authenticate) -> Response:
    """What Segment's SDK counts of itself: read, so that the connection goes on, and let go."""
    packed, unpacked = LIMITS
    await read_body(request, max_bytes=packed, max_decoded_bytes=unpacked, seconds=means.limits.body_seconds)
    return success()


def _item(kind: str) -> Operation:
    return Operation(
        f"Take a {kind} of the Segment protocol",
        "As SDKs send it; the body may be a batch as well. docs/segment.md says what is kept.",
        tags=TAGS,
        request={"type": "object", "title": "Item"},
        request_example=_example(kind),
        responses={200: _SUCCESS},
    )


def _example(kind: str) -> Mapping[str, Any]:
    usual = {"userId": "user-7", "messageId": f"{kind}-1", "timestamp": "2026-02-17T10:00:00Z"}
    return {"type": kind, **_CALLED[kind], **usual, "context": {"library": {"name": "analytics.js", "version": "2.0"}}}


def _alias() -> Operation:
    return Operation(
        "Refuse an alias of the Segment protocol",
        "It only ties identities together, which is done in no column here: 400, at which SDKs drop it.",
        tags=TAGS,
        responses={200: _SUCCESS},
    )


def _batch() -> Operation:
    items = {"type": "array", "items": {"type": "object"}, "minItems": 1, "maxItems": MOST_ITEMS}
    return Operation(
        "Take a batch of the Segment protocol",
        "As SDKs send it; each item is taken or refused by itself, and X-Refused names what was.",
        tags=TAGS,
        request={"type": "object", "title": "Batch", "properties": {"batch": items}},
        request_example={"batch": [_example("track")], "sentAt": "2026-02-17T10:00:01Z"},
        responses={200: _SUCCESS},
    )


def _dropping() -> Operation:
    return Operation(
        "Drop what Segment's SDK counts of itself",
        tags=TAGS,
        request={"type": "object", "title": "Metrics"},
        request_example={"series": []},
        responses={200: _SUCCESS},
    )


def _settings() -> Operation:
    return Operation(
        "Say where Segment's browser SDK sends to",
        "404 for an unknown key, at which the SDK does not load.",
        tags=TAGS,
        responses={200: {"type": "object"}},
        parameters=(_KEY,),
        errors=(404,),
    )


def _source() -> Operation:
    return Operation(
        "Say what RudderStack's browser SDK loads with",
        "404 for an unknown key, at which the SDK does not load.",
        tags=TAGS,
        responses={200: {"type": "object"}},
        parameters=(Parameter("writeKey", "The write key."),),
        errors=(404,),
    )


BESIDE: Final = {STREAM.name: routes}
