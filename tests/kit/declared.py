"""Streams that use what a declaration can say: lists, free-form objects, a head with items, rules of their own."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeAlias

import polars as pl
from msgspec import Meta

from schemas.shared.client import ClientEvent, ClientStruct, Identifier, JsonObject
from schemas.shared.columns import Column
from schemas.shared.keys import by_organisation
from schemas.shared.quantities import AnyNumber, Count, Milliseconds, Ordinal
from schemas.shared.rules import Item
from schemas.shared.stream import Stream

Celsius: TypeAlias = Annotated[float, Meta(ge=-60, le=120, extra={"unit": "°C"})]
Label: TypeAlias = Annotated[str, Meta(max_length=20)]


class Place(ClientStruct, kw_only=True):
    """Where a note was written."""

    room: Label | None = None
    floor: Count | None = None


class Note(ClientEvent, kw_only=True):
    """A note with whatever its writer wants to say."""

    text: Annotated[Annotated[str, Meta(max_length=200)], Meta(description="The note.")]
    details: Annotated[JsonObject | None, Meta(description="Whatever else.")] = None
    numbers: Annotated[Annotated[list[AnyNumber], Meta(max_length=50)] | None, Meta(description="Numbers.")] = None
    counts: Annotated[list[Count], Meta(max_length=50)] | None = None
    labels: Annotated[list[Label], Meta(max_length=50)] | None = None
    people: Annotated[list[Identifier], Meta(max_length=50)] | None = None
    flags: Annotated[list[bool], Meta(max_length=50)] | None = None
    place: Place | None = None


def masked(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Nobody's telephone number."""
    return {**fields, "text": str(fields["text"]).replace("0123", "****")}


NOTES = Stream(
    name="notes",
    path="/v1/notes",
    description="Notes as they were accepted.",
    consent_level=0,
    events=(Note,),
    event_type="note",
    nested=("place",),
    batches=True,
    roles=("specialist", "system"),
    key=by_organisation,
    mask=masked,
    table="note_log",
    added=(Column("length", pl.Int64, "Characters of the text.", "characters"),),
    example={"text": "fine", "details": {"a": 1}, "numbers": [1.5, 2], "place": {"room": "north"}},
)


class Sheet(ClientStruct, kw_only=True):
    """What is said once of all samples of a request."""

    session_id: Identifier
    room: Annotated[Identifier, Meta(description="Where it was measured.")]
    sensors: Annotated[list[Label], Meta(max_length=10, description="The sensors, in their order.")]
    setup: Annotated[JsonObject | None, Meta(description="How they are set up.")] = None
    scale: Annotated[Annotated[int, Meta(ge=1, le=10)] | None, Meta(description="A scale.")] = 1


class Sample(ClientEvent, kw_only=True):
    """One sample of all sensors."""

    number: Ordinal
    elapsed_ms: Milliseconds
    celsius: Annotated[list[Celsius], Meta(max_length=10, description="By sensor.")]
    note: JsonObject | None = None


def numbered(item: Item) -> str:
    """One effect per number of a session."""
    name = f"{item.tenant}/{item.session_id}/{item.fields['number']}"
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


def elapsed(items: Sequence[Item]) -> list[int]:
    """The last sample of a request was taken when it came in."""
    last = max((item.fields["elapsed_ms"] for item in items), default=0)
    return [item.received_at - round(1000 * (last - item.fields["elapsed_ms"])) for item in items]


SAMPLES = Stream(
    name="samples",
    path="/v1/samples",
    description="Samples as they were accepted.",
    consent_level=0,
    events=(Sample,),
    event_type="sample",
    head=Sheet,
    items="samples",
    echo=("session_id",),
    max_batch=20,
    max_event_bytes=1000,
    max_record_bytes=4000,
    event_id=numbered,
    occurred_at=elapsed,
    example={
        "session_id": "s-1",
        "room": "north",
        "sensors": ["a", "b"],
        "samples": [{"number": 1, "elapsed_ms": 0, "celsius": [20.5, 21.0]}],
    },
)
