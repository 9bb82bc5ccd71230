"""A stream that would lose data is refused where it is declared; the message names the stream, the field and why."""

import enum
import uuid
from datetime import datetime
from types import ModuleType
from typing import Annotated, Any, Literal

import msgspec
import polars as pl
import pytest
from msgspec import Meta, defstruct, field

from schemas.shared.again import NAMED_BY
from schemas.shared.client import ClientEvent, ClientStruct, Identifier, JsonObject, Timestamp
from schemas.shared.columns import Column, Table
from schemas.shared.declaration import LARGEST_SUM, RESERVED, own_fields
from schemas.shared.faults import BadDeclaration
from schemas.shared.fields import NUMBER, TYPES, WHOLE
from schemas.shared.keys import by_subject
from schemas.shared.quantities import MOST_ROWS, AnyNumber, Count, Ordinal, Single
from schemas.shared.stream import Stream, declared_by, refuse_collisions, streams
from schemas.shared.validation import EventValidator


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


def some(kind: Any) -> Any:
    """A list of up to three."""
    return Annotated[list[kind], Meta(max_length=3)]


TYPES_REFUSED: list[tuple[Any, str]] = [
    (list[str], "list"),
    (list[Annotated[str, Meta(max_length=9)]], "list without a length"),
    (Annotated[list[str], Meta(max_length=9)], "text without a length"),
    (Annotated[list[float], Meta(max_length=9)], "without bounds"),
    (Annotated[list[Annotated[int, Meta(ge=0, le=2**53)]], Meta(max_length=9)], "no sum"),
    (Annotated[list[Count | None], Meta(max_length=9)], "list[int | none]"),
    (Annotated[list[list[Count]], Meta(max_length=9)], "list[list[int]]"),
    (Annotated[list[Timestamp], Meta(max_length=9)], "list[str], which has no column"),
    (Annotated[list[Inner], Meta(max_length=9)], "list[Inner]"),
    (dict[str, Any], "dict"),
    (Annotated[dict[str, Any], Meta(extra={"dtype": "object"})], "object without bounds"),
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
    (Single, "is a float, which has no column"),
    (some(Annotated[float, Meta(extra={"dtype": "float32"})]), "without bounds"),
    (some(Annotated[float, Meta(ge=0, le=1e39, extra={"dtype": "float32", "summed": False})]), "32 bits do not hold"),
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


class Open(ClientStruct, forbid_unknown_fields=False):
    """A head that would lose keys."""


def headed(bases: Any = (ClientStruct,), of_item: Any = None, echo: Any = (), added: Any = (), **fields: Any) -> Stream:
    """A stream whose requests say these fields once."""
    head = event("Head", bases, **fields)
    return stream(reading(of_item or {}), head=head, items="samples", echo=echo, added=added)


def column(name: str) -> Column:
    return Column(name, pl.Int64, "d")


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
    (
        "a list's default",
        lambda: stream(event(x=(some(Count), field(default_factory=list)))),
        "`x` of Reading is a list",
    ),
    ("a free object's default", lambda: stream(event(x=(JsonObject, field(default_factory=dict)))), "is an object"),
    ("a head without items", lambda: stream(event(), head=nested(x=bool)), "name the key of the array"),
    ("items in a batch stream", lambda: stream(event(), items="samples", batches=True), "items 'samples'"),
    ("items that are no key", lambda: stream(event(), items="my samples"), "items 'my samples'"),
    ("a head with the key of the items", lambda: headed(samples=bool), "`samples` is the key"),
    ("a head's unknown keys", lambda: headed(bases=(Open,)), "must forbid unknown fields"),
    ("a head's reserved name", lambda: headed(tenant=bool), "`tenant` of Head"),
    ("an object in a head", lambda: headed(x=Inner), "`x` of Head is an object"),
    ("a head's event_id", lambda: headed(event_id=Identifier), "`event_id` of Head is an item's own"),
    ("a head's other session_id", lambda: headed(session_id=Count), "`session_id` of Head must keep the type"),
    ("a head's default", lambda: headed(x=(Count, -1)), "default of `x` of Head"),
    ("a name in head and item", lambda: headed(x=bool, of_item={"X": bool}), "`x` stands 2"),
    ("an echo that the head has not", lambda: headed(x=bool, echo=("mood",)), "the head has not"),
    ("an added column of the envelope", lambda: stream(event(), added=(column("City"),)), "'City'"),
    ("an added column that a field has", lambda: stream(event(x=bool), added=(column("X"),)), "'X'"),
    ("an added column of the head", lambda: headed(x=bool, added=(column("x"),)), "'x'"),
    ("a stamped column that a field has", lambda: stream(event(x=bool), stamped=(column("x"),)), "stamped names"),
    ("an added column that is stamped", lambda: stream(event(), stamped=(column("x"),), added=(column("X"),)), "'X'"),
    ("an added column without a name", lambda: stream(event(), added=(column("my x"),)), "'my x'"),
    ("a table that is no name", lambda: stream(event(), table="Moods"), "table 'Moods'"),
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
    ("no path to be listed on", lambda: stream(event(), path=None), "listed=None"),
    ("a path with a parameter", lambda: stream(event(), path="/v1/{x}"), "path"),
    ("a consent level that is none", lambda: stream(event(), consent_level=4), "consent_level"),
    ("sessions of nobody", lambda: stream(event(), folded=("tenant", "session_id")), "folded lacks subject"),
    ("sessions by no column", lambda: stream(event(), folded=(*NAMED_BY, "mood")), "folded names mood"),
    ("sessions on any partition", lambda: stream(event(), folded=NAMED_BY, key=by_subject), "by_session"),
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
        Literal["a", "b"], Literal[1, 2], Timestamp, JsonObject, some(Annotated[str, Meta(max_length=9)]), some(Count),
        some(AnyNumber), some(Single), some(bool), Ordinal, AnyNumber,
    ]  # fmt: skip
    declared = stream(reading({f"f{n}": kind for n, kind in enumerate(kinds)}))
    optional = stream(reading({f"f{n}": (kind | None, None) for n, kind in enumerate(kinds)}))
    own = [column.dtype for column in declared.kinds["moods"][: len(TYPES)]]
    assert own == [kind.dtype for kind in TYPES] == [column.dtype for column in optional.kinds["moods"][: len(TYPES)]]


def test_streams_share_no_file_path_or_table() -> None:
    media = streams()["media"]
    for wrong, reason in [
        ({"other": [stream(event())]}, "schemas/other.py"),
        ({"mood": [stream(event())]}, "'moods'; a stream is called as its module, or mood_ and more"),
        (
            {"a": [stream(event(), name="a", path="/v1/x")], "b": [stream(event(), name="b", path="/v1/x")]},
            "path /v1/x",
        ),
        ({"a": [stream(event(), name="a", derived_tables=(media.primary,))], "media": [media]}, "media_events"),
        ({"a": [stream(event(), name="a", table="media_events")], "media": [media]}, "media_events"),
        ({"a": [stream(event(), name="a_b")], "a_b": [stream(event(), name="a_b", path="/v1/b")]}, "name a_b"),
    ]:
        with pytest.raises(BadDeclaration, match=reason):
            refuse_collisions(wrong)


def test_a_module_declares_one_stream_or_several_and_never_both_ways() -> None:
    one, other = stream(event(), name="moods_day", path="/v1/a"), stream(event(), name="moods_night", path="/v1/b")
    module = ModuleType("schemas.moods")
    assert declared_by(module) == ()
    module.STREAM = one  # type: ignore[attr-defined]
    assert declared_by(module) == (one,)
    module.STREAMS = (one, other)  # type: ignore[attr-defined]
    with pytest.raises(BadDeclaration, match="STREAM and STREAMS"):
        declared_by(module)
    del module.STREAM
    assert declared_by(module) == (one, other)
    refuse_collisions({"moods": (one, other)})


def test_the_primary_table_has_a_name_of_its_own_and_the_columns_that_the_flow_adds() -> None:
    declared = stream(event(x=bool), table="mood_log", added=(column("length"),))
    names = declared.primary.schema.names()
    assert declared.primary.name == "mood_log"
    assert names[names.index("x") :] == [
        "x", "extra", "length", "log_partition", "log_offset", "log_item", "received_date",
    ]  # fmt: skip
    assert "length" not in {each.name for each in declared.item_columns("moods")}


def test_what_a_request_says_once_is_a_column_of_every_row_and_of_the_head_alone() -> None:
    declared = headed(session_id=Identifier, x=some(AnyNumber), of_item={"y": JsonObject})
    assert [each.name for each in declared.head_columns][-3:] == ["session_id", "x", "request_extra"]
    assert {"x", "request_extra", "y"} <= set(declared.primary.schema.names())
    assert "x" not in {each.name for each in declared.item_columns("moods")}
    assert declared.objects == {"y", "extra", "request_extra"}


def test_what_is_stamped_on_a_request_is_a_column_of_every_row_and_of_the_head_alone() -> None:
    declared = stream(event(x=bool), stamped=(column("actor"),))
    assert declared.head_columns[-1].name == "actor"
    assert "actor" in declared.primary.schema
    assert "actor" not in {each.name for each in declared.item_columns("moods")}


def test_what_an_adapter_fills_is_an_object_of_the_item_that_no_client_can_send() -> None:
    declared = stream(event(x=bool), adapted=(column("context"),))
    assert "context" in {each.name for each in declared.item_columns("moods")}
    assert "context" in declared.objects
    accepted = EventValidator(declared).accept(b'{"x":true,"context":"a"}', 0)
    assert accepted.fields == {"x": True, "extra": '{"context":"a"}'}


def test_streams_without_a_path_do_not_share_it_and_nobody_posts_to_them() -> None:
    silent = [stream(event(), name=name, path=None, listed=None) for name in ("moods", "moods_night")]
    refuse_collisions({"moods": silent})
    with pytest.raises(BadDeclaration, match="nobody posts to it"):
        _ = silent[0].route_path


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
