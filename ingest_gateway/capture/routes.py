"""The routes of capture that write: init, chunks, events, complete."""

from collections.abc import Callable, Sequence
from typing import Any

from ingest_gateway.capture.chunks import FIELD, INDEX, Chunks, Received
from ingest_gateway.capture.events import Counted, Events
from ingest_gateway.capture.sessions import Complete, Finished, Init, Initiated, User
from ingest_gateway.capture.taking import Taking
from ingest_gateway.taking.admission import posting
from ingest_gateway.taking.description import KEY_PARAMETER, properties_of
from ingest_gateway.taking.means import Means
from schemas.capture import CHUNKS, EVENTS, SESSIONS
from schemas.capture.chunks import LAST_INDEX
from schemas.capture.events import Interaction
from schemas.capture.sessions import Initiated as InitiatedRow
from schemas.shared.client import ENVELOPE_FIELDS
from schemas.shared.stream import Stream
from web.operation import Operation, Parameter
from web.tenancy import Handler, RouteSpec, route

TAGS = ("capture",)
SESSION = Parameter("session_id", "The session, as init named it.", {"type": "string", "format": "uuid"}, place="path")
CHUNK_INDEX = Parameter(
    INDEX,
    "Which chunk it is, from 0; gaps and any order are fine, and the newest of an index counts.",
    {"type": "integer", "minimum": 0, "maximum": LAST_INDEX},
    place="header",
    required=True,
)


def routes(means: Means) -> Sequence[RouteSpec]:
    """All four; what they know of sessions is theirs together."""
    taking = Taking(means)
    below = "/v1/sessions/{session_id}"
    return (
        _posted("/v1/sessions/init", Init(taking), _initiating, SESSIONS),
        _posted(f"{below}/complete", Complete(taking), _completing, SESSIONS),
        _posted(f"{below}/events", Events(taking), _sending, EVENTS),
        _posted(f"{below}/chunks", Chunks(taking), _uploading, CHUNKS),
    )


def _posted(path: str, handler: Handler, operation: Callable[[], Operation], stream: Stream) -> RouteSpec:
    return route(path, handler, ("POST",), roles=posting(stream), operation=operation, stream=stream.name)


def _initiating() -> Operation:
    whose, _ = properties_of(User)
    said, required = properties_of(InitiatedRow)
    own = {name: schema for name, schema in said.items() if name not in ENVELOPE_FIELDS}
    return Operation(
        "Begin a session",
        "A session of the key's project; unknown keys are kept. `expires_at` is advice: later data is taken, too.",
        tags=TAGS,
        request=_object("Session", {**whose, **own}, ["user_id", *required]),
        request_example={"user_id": "user-123", **_shown(SESSIONS.example)},
        responses={201: Initiated},
        parameters=(KEY_PARAMETER,),
        errors=(409,),
    )


def _completing() -> Operation:
    return Operation(
        "Say that capture has finished",
        "Again and again with one effect; later data is taken all the same.",
        tags=TAGS,
        responses={200: Finished},
        parameters=(SESSION,),
        errors=(404,),
    )


def _sending() -> Operation:
    said, required = properties_of(Interaction)
    item = _object("Event", {name: schema for name, schema in said.items() if name != "session_id"}, required)
    events = {"type": "array", "items": item, "maxItems": EVENTS.max_batch}
    return Operation(
        "Send what the user did",
        f"At most {EVENTS.max_batch} events, all of them or none.",
        tags=TAGS,
        request=_object("Events", {"events": events}, ["events"]),
        request_example=EVENTS.example,
        responses={200: Counted},
        parameters=(SESSION, KEY_PARAMETER),
        errors=(404,),
    )


def _uploading() -> Operation:
    return Operation(
        "Upload a picture or a piece of video",
        f"multipart/form-data with the file as the field `{FIELD}`, at most 2 MiB: JPEG, PNG, WebP, MP4 or WebM.",
        tags=TAGS,
        request=_object("Upload", {FIELD: {"type": "string", "format": "binary"}}, [FIELD]),
        request_media_type="multipart/form-data",
        responses={200: Received},
        parameters=(SESSION, CHUNK_INDEX, KEY_PARAMETER),
        errors=(404,),
    )


def _object(title: str, properties: dict[str, Any], required: Sequence[str]) -> dict[str, Any]:
    return {"title": title, "type": "object", "properties": properties, "required": list(required)}


def _shown(example: Any) -> dict[str, Any]:
    """A row's example as the client sends it."""
    return {name: value for name, value in example.items() if name != "kind"}


ROUTES = {SESSIONS.name: routes}
