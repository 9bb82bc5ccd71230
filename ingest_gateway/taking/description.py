"""What OpenAPI says of a stream's route: derived from the stream's structs, with its example."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct, defstruct

from ingest_gateway.taking.batch import BatchAnswer
from ingest_gateway.taking.refusals import IDEMPOTENCY_KEY, LONGEST_KEY
from schemas.shared.client import ClientEvent, Timestamp, whole_head
from schemas.shared.consent_rules import LEVEL_NAMES
from schemas.shared.stream import Stream
from web.operation import Operation, Parameter

KEY_PARAMETER = Parameter(
    IDEMPOTENCY_KEY,
    "A retry with the same key has the same event ids, and so one effect; it wins over event_id in the body, but not "
    "over ids that follow from what is sent, as those of pose frames do.",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    place="header",
)
# A $ref of one stream's schema would need the components of all; a stream's schema is no deeper than its structs.
_LOCAL = "{name}"


def operation(stream: Stream) -> Operation:
    """The stream's entry in OpenAPI."""
    return Operation(
        summary=f"Take in {stream.name} events",
        description=_description(stream),
        tags=("events",),
        request=_request(stream),
        request_example=stream.example,
        responses={202: _answer(stream)},
        parameters=(KEY_PARAMETER,),
    )


def _description(stream: Stream) -> str:
    needed = f"Needs consent level {stream.consent_level} ({LEVEL_NAMES[stream.consent_level]})."
    form = f" Takes one event or a batch of at most {stream.max_batch}." if stream.batches else ""
    form = f" Takes at most {stream.max_batch} {stream.items}, all of them or none." if stream.items else form
    return f"{needed}{form} The answer leaves when the events are durable; unknown keys are kept."


def _request(stream: Stream) -> dict[str, Any]:
    event = {"anyOf": [_event(event, stream) for event in stream.events]}
    items = {"type": "array", "items": event, "minItems": 1, "maxItems": stream.max_batch}
    if stream.items is not None:
        return _whole(stream, stream.items, items)
    if not stream.batches:
        return event
    sent_at = {**_schema(Timestamp | None), "description": "Of every event that has none of its own."}
    properties = {"events": items, "sent_at": sent_at}
    batch = {"title": "Batch", "type": "object", "properties": properties, "required": ["events"]}
    return {"anyOf": [*event["anyOf"], batch]}


def _whole(stream: Stream, name: str, items: dict[str, Any]) -> dict[str, Any]:
    """What the request says once, and the array of its items."""
    properties, required = properties_of(whole_head(stream.head))
    return {
        "title": "Request",
        "type": "object",
        "properties": {**properties, name: items},
        "required": [*required, name],
    }


def properties_of(struct: type[Struct]) -> tuple[dict[str, Any], list[str]]:
    """The properties of an object, and which of them it must have."""
    fields = msgspec.structs.fields(struct)
    properties = {field.encode_name: _schema(field.type) for field in fields}
    return properties, [field.encode_name for field in fields if field.required]


def _event(event: type[ClientEvent], stream: Stream) -> dict[str, Any]:
    """One kind of event; not by msgspec as a whole, which needs structs of different names (a kind and its data)."""
    properties, required = properties_of(event)
    tag_field = event.__struct_config__.tag_field
    if tag_field is not None:
        properties = {tag_field: {"const": stream.kind_of(event)}, **properties}
        required = [tag_field, *required]
    return {"title": stream.kind_of(event), "type": "object", "properties": properties, "required": required}


def _answer(stream: Stream) -> dict[str, Any]:
    if stream.items is not None:
        return _schema(_accepted_whole(stream))
    accepted = _schema(_accepted(stream))
    return {"anyOf": [accepted, _schema(BatchAnswer)]} if stream.batches else accepted


def _accepted(stream: Stream) -> type[Struct]:
    """The 202 of one event: its id, and what the stream repeats of the event."""
    return defstruct("Accepted", [("status", str), ("event_id", str), *((name, str | None) for name in stream.echo)])


def _accepted_whole(stream: Stream) -> type[Struct]:
    """The 202 of a request that is taken whole: how many, and what the stream repeats of the head."""
    head = (
        {} if stream.head is None else {field.encode_name: field.type for field in msgspec.structs.fields(stream.head)}
    )
    echo = [(name, head[name] | None) for name in stream.echo]
    return defstruct("AcceptedWhole", [("status", str), (stream.accepted_as, int), *echo])


def _schema(kind: Any) -> dict[str, Any]:
    (schema,), components = msgspec.json.schema_components([kind], ref_template=_LOCAL)
    inlined: dict[str, Any] = _inlined(schema, components)
    return inlined


def _inlined(part: Any, components: Mapping[str, Any]) -> Any:
    """The schema in one piece; objects are left open, since keys they do not name are kept."""
    if isinstance(part, list):
        return [_inlined(item, components) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _inlined(components[part["$ref"]], components)
    kept = {name: value for name, value in part.items() if name != "additionalProperties"}
    return {name: _inlined(value, components) for name, value in kept.items()}
