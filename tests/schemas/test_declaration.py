"""A stream that would lose data is refused where it is declared; the message names the stream, the field and why."""

import enum
import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta, defstruct, field

from schemas.shared.client import ClientEvent, ClientStruct, Timestamp
from schemas.shared.columns import Table
from schemas.shared.declaration import LARGEST_SUM, RESERVED, own_fields
from schemas.shared.faults import BadDeclaration
from schemas.shared.fields import NUMBER, TYPES, WHOLE
from schemas.shared.quantities import MOST_ROWS, AnyNumber, Count, Ordinal
from schemas.shared.stream import Stream, refuse_collisions, streams


class Colour(enum.Enum):
    RED = "red"


class Inner(ClientStruct, kw_only=True):
    x: Count


def event(name: str = "Reading", bases: Any = (ClientEvent,), tag: Any = None, **fields: Any) -> Any:
    """A struct with these fields: a type, or a type and its default."""
    listed = [(key, *(value if isinstance(value, tuple) else (value,))) for key, value in fields.items()]
    more = {} if tag is None else {"tag": tag, "tag_field": "event"}
    return defstruct(name, listed, bases=bases, kw_only=True, **more)


def reading(fields: dict[str, Any]) -> Any:
    return event(**fields)


def stream(*events: Any, name: str = "moods", **rest: Any) -> Stream:
    said: dict[str, Any] = {"path": f"/v1/{name}", "consent_level": 0, "example": {}, **rest}
    return Stream(name=name, description="d", events=events, **said)


TYPES_REFUSED: list[tuple[Any, str]] = [
    (list[str], "list"),
    (dict[str, str], "dict"),
    (tuple[int, int], "tuple"),
    (datetime, "datetime"),
    (bytes, "bytes"),
    (Colour, "Colour"),
    (Any, "any"),
    (msgspec.Raw, "raw"),
    (int | float, "int | float"),
    (int | str | None, "int | str"),
    (Literal["a", 1], "Literal"),
    (Inner, "Inner"),
    (int, "without bounds"),
    (float, "without bounds"),
    (int | None, "without bounds"),
    (Annotated[int, Meta(ge=0)], "without bounds"),
    (Annotated[float, Meta(le=1)], "without bounds"),
    (Annotated[int, Meta(ge=0, le=2**54)], "2^53"),
    (Annotated[int, Meta(ge=0, le=2**53)], "no sum"),
    (Annotated[float, Meta(ge=0, le=1e308)], "no sum"),
    (str, "without a length"),
    (str | None, "without a length"),
]


@pytest.mark.parametrize(("kind", "reason"), TYPES_REFUSED, ids=[str(kind) for kind, _ in TYPES_REFUSED])
def test_a_type_without_a_column_or_a_number_without_bounds_is_refused(kind: Any, reason: str) -> None:
    with pytest.raises(BadDeclaration) as refused:
        stream(event(mood=kind))
    assert all(part in str(refused.value) for part in ("'moods'", "`mood`", reason))


@pytest.mark.parametrize("name", sorted(RESERVED | {"Tenant", "CITY"}))
def test_a_name_of_the_envelope_or_of_a_step_is_refused(name: str) -> None:
    with pytest.raises(BadDeclaration, match=rf"(?s)'moods'.*`{name}` of Reading"):
        stream(reading({name: bool}))


def nested(**fields: Any) -> Any:
    return event("Inner", (ClientStruct,), **fields)


REFUSED: list[tuple[str, Any, str]] = [
    ("a reserved name behind a rename", lambda: stream(event(mood=(bool, field(name="tenant")))), "`tenant`"),
    ("a name that is no column", lambda: stream(event(mood=(bool, field(name="my mood")))), "`my mood`"),
    ("a reserved name in an object", lambda: stream(event(data=nested(city=bool)), nested=("data",)), "`city`"),
    ("an event's key in an object", lambda: stream(event(data=nested(timestamp=Timestamp)), nested=("data",)), "own"),
    (
        "one name at the top and in an object",
        lambda: stream(event(x=bool, data=nested(x=bool)), nested=("data",)),
        "`x` stands 2",
    ),
    (
        "one name in two objects",
        lambda: stream(event(a=nested(x=bool), b=nested(x=bool)), nested=("a", "b")),
        "`x` stands 2",
    ),
    ("an object's name in it", lambda: stream(event(a=nested(a=bool)), nested=("a",)), "`a` stands 2"),
    ("a reserved object", lambda: stream(event(city=Inner), nested=("city",)), "nested names 'city'"),
    ("an object nobody has", lambda: stream(event(), nested=("data",)), "nested names 'data'"),
    ("a value that is said to be an object", lambda: stream(event(x=bool), nested=("x",)), "ClientStruct"),
    ("an object in an object", lambda: stream(event(a=nested(b=Inner)), nested=("a",)), "`b` of Reading.a"),
    (
        "a default object",
        lambda: stream(event(a=(Inner, field(default_factory=lambda: Inner(x=1)))), nested=("a",)),
        "None by default",
    ),
    ("a default out of bounds", lambda: stream(event(x=(Count, -1))), "default of `x`"),
    ("a default of another type", lambda: stream(event(x=(bool, "yes"))), "default of `x`"),
    ("a time's default", lambda: stream(event(x=(Timestamp, "2026-01-01T00:00:00Z"))), "`x` of Reading is a time"),
    ("another session_id", lambda: stream(event(session_id=Count)), "`session_id`"),
    ("a number for a time", lambda: stream(event(timestamp=Count)), "`timestamp`"),
    ("events in a batch stream", lambda: stream(event(events=bool), batches=True), "`events`"),
    ("an echo nobody has", lambda: stream(event(), echo=("mood",)), "echo names 'mood'"),
    (
        "two types under one name",
        lambda: stream(event("A", tag="one", x=bool), event("B", tag="two", x=Count)),
        "`x` is bool in A and int in B",
    ),
    (
        "two units under one name",
        lambda: stream(
            event("A", tag="one", x=Annotated[Count, Meta(extra={"unit": "s"})]),
            event("B", tag="two", x=Annotated[Count, Meta(extra={"unit": "ms"})]),
        ),
        "int in s in A and int in ms in B",
    ),
    (
        "names that differ in case",
        lambda: stream(event("A", tag="one", x=bool), event("B", tag="two", X=bool)),
        "in case only",
    ),
    ("two events without tags", lambda: stream(event("A"), event("B")), "tag"),
    ("two events of one name", lambda: stream(event("A", tag="one"), event("B", tag="one")), "called one"),
    ("a tag with a quote", lambda: stream(event("A", tag='o"ne'), event("B", tag="two")), 'o"ne'),
    (
        "events too alike",
        lambda: stream(event("A", tag="a" * 30 + "x"), event("B", tag="a" * 30 + "y"), event("C", tag="c")),
        "too alike",
    ),
    ("no event", lambda: stream(), "empty"),
    ("a name in capitals", lambda: stream(event(), name="Moods", path="/v1/moods"), "'Moods'"),
    ("a name with a blank", lambda: stream(event(), name="my moods", path="/v1/moods"), "'my moods'"),
    ("a path with a parameter", lambda: stream(event(), path="/v1/{x}"), "path"),
    ("a consent level that is none", lambda: stream(event(), consent_level=4), "consent_level"),
    ("a table with a column twice", lambda: Table("t", "d", (*streams()["media"].primary.columns[:1],) * 2), "stream"),
    ("a table sorted by nothing", lambda: Table("t", "d", ()), "received_date"),
]


@pytest.mark.parametrize(("declare", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_would_lose_data_is_refused_with_its_reason(declare: Any, reason: str) -> None:
    with pytest.raises(BadDeclaration) as refused:
        declare()
    assert reason in str(refused.value)


def test_every_type_of_the_table_is_taken() -> None:
    kinds: list[Any] = [
        Annotated[str, Meta(max_length=9)], Count, Annotated[float, Meta(gt=0, lt=1)], bool, uuid.UUID,
        Literal["a", "b"], Literal[1, 2], Timestamp, Ordinal, AnyNumber,
    ]  # fmt: skip
    declared = stream(reading({f"f{n}": kind for n, kind in enumerate(kinds)}))
    optional = stream(reading({f"f{n}": (kind | None, None) for n, kind in enumerate(kinds)}))
    own = [column.dtype for column in declared.kinds["moods"][: len(TYPES)]]
    assert own == [kind.dtype for kind in TYPES] == [column.dtype for column in optional.kinds["moods"][: len(TYPES)]]


def test_streams_share_no_file_path_or_table() -> None:
    for wrong, reason in [
        ({"other": stream(event())}, "schemas/other.py"),
        ({"a": stream(event(), name="a", path="/v1/x"), "b": stream(event(), name="b", path="/v1/x")}, "path /v1/x"),
        ({"a": stream(event(), name="a", derived_tables=(streams()["media"].primary,)), **streams()}, "media_events"),
    ]:
        with pytest.raises(BadDeclaration, match=reason):
            refuse_collisions(wrong)


def test_sums_of_numbers_at_their_bounds_over_a_billion_rows_fit_their_columns() -> None:
    numbers = 0
    for declared in streams().values():
        for struct in declared.events:
            for number in _numbers(struct, declared.nested):
                numbers += 1
                assert max(map(abs, _bounds(number.bare))) * MOST_ROWS <= LARGEST_SUM[number.type], number.name
    assert numbers > 20


def _numbers(struct: Any, nested: tuple[str, ...]) -> list[Any]:
    own = own_fields(struct, nested)
    return [each for each in own if each.type in (WHOLE, NUMBER) and each.extra.get("summed", True)]


def _bounds(bare: Any) -> tuple[float, float]:
    return (bare.ge if bare.gt is None else bare.gt), (bare.le if bare.lt is None else bare.lt)
