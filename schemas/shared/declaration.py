"""What a stream's declaration must hold, checked when its module is imported: a fault there would cost data later."""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import inspect

from schemas.shared.again import of_folded
from schemas.shared.client import ENVELOPE_FIELDS, HEAD_FIELDS, ClientEvent, ClientStruct
from schemas.shared.consent_rules import LEVEL_NAMES
from schemas.shared.envelope import (
    COMMITTED_AT,
    ENVELOPE_COLUMNS,
    EXTRA,
    LOG_COLUMNS,
    REQUEST_EXTRA,
    WORKING_NAMES,
)
from schemas.shared.faults import BadDeclaration
from schemas.shared.fields import LISTS, NUMBER, OBJECT, SINGLE, TEXT, TIME, WHOLE, FieldType, StructField, fields_of
from schemas.shared.quantities import LARGEST_EXACT, LARGEST_SINGLE, MOST_ROWS

if TYPE_CHECKING:
    from schemas.shared.stream import Stream

RESERVED: Final = frozenset(
    {*(column.name for column in (*ENVELOPE_COLUMNS, *LOG_COLUMNS, EXTRA, REQUEST_EXTRA, COMMITTED_AT)), *WORKING_NAMES}
)
"""Names that no field of a stream may have, in upper or lower case: the envelope has them, or the flow's steps."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,47}")
_FIELD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_PATH: Final = re.compile(r"(/[a-z0-9][a-z0-9_-]*)+")
LARGEST_SUM: Final[Mapping[FieldType, float]] = {WHOLE: 2**63 - 1, NUMBER: sys.float_info.max, SINGLE: LARGEST_SINGLE}
"""What a column of that type holds."""
_NULL_BY_DEFAULT: Final[Mapping[FieldType, str]] = {
    TIME: "a time",
    OBJECT: "an object",
    **dict.fromkeys(LISTS.values(), "a list"),
}
"""Types without a default, but that there is no value."""
KIND_BEHIND: Final = len('","event_id":"')
"""Characters that follow every kind in a message: a reader may look that far beyond the shortest kind."""


def refuse_bad(stream: "Stream") -> None:
    """Raises BadDeclaration, which names the stream and each field that cannot be as it is declared, and why."""
    for faults in (_of_stream, _of_kinds, _of_fields, _of_head, _across_kinds, _of_added, _of_defaults, of_folded):
        found = list(faults(stream))
        if found:
            raise BadDeclaration(f"stream {stream.name!r}: {'; '.join(found)}")


def _of_stream(stream: "Stream") -> Iterator[str]:
    if not _NAME.fullmatch(stream.name):
        yield "its name is also a table's and a topic's: 1 to 48 lower-case letters, digits and _, a letter first"
    if stream.path is not None and not _PATH.fullmatch(stream.path):
        yield f"path {stream.path!r} must be fixed and in lower case, such as /v1/{stream.name}"
    if stream.path is None and stream.listed is not None:
        yield "it is listed on no path; name one, or say listed=None"
    if stream.table is not None and not _NAME.fullmatch(stream.table):
        yield f"table {stream.table!r} must be 1 to 48 lower-case letters, digits and _, a letter first"
    if stream.consent_level not in LEVEL_NAMES:
        yield f"consent_level must be one of {', '.join(map(str, LEVEL_NAMES))}"
    if not stream.events:
        yield "events is empty; name the structs that a client may send"
    if not _FIELD.fullmatch(stream.accepted_as) or stream.accepted_as in ("status", *stream.echo):
        yield f"accepted_as {stream.accepted_as!r} is a key of the 202 beside status and echo: a name of its own"


def _of_kinds(stream: "Stream") -> Iterator[str]:
    tags = [event.__struct_config__.tag for event in stream.events]
    tag_fields = {event.__struct_config__.tag_field for event in stream.events}
    if len(tags) > 1 and (not all(isinstance(tag, str) for tag in tags) or len(tag_fields) > 1):
        yield "several events are told apart by a tag, a text under one tag_field; give each of them both"
        return
    if not all(tag is None or isinstance(tag, str) for tag in tags):
        yield "a tag is a text, the event's name; a number is none"
        return
    kinds = [stream.kind_of(event) for event in stream.events]
    for kind in kinds:
        if not _NAME.fullmatch(kind):
            yield f"event {kind!r} must be 1 to 48 lower-case letters, digits and _, a letter first"
    yield from (f"two events are called {kind}; rename one" for kind, times in Counter(kinds).items() if times > 1)
    seen = Counter(kind[: min(map(len, kinds)) + KIND_BEHIND] for kind in set(kinds))
    alike = (start for start, times in seen.items() if times > 1)
    yield from (f"events that begin with {start!r} are too alike; let them differ earlier" for start in alike)


def _of_fields(stream: "Stream") -> Iterator[str]:
    for event in stream.events:
        if not event.__struct_config__.forbid_unknown_fields:
            yield f"{event.__name__} must forbid unknown fields as ClientEvent does, so that they are kept apart"
            continue
        yield from _own_of(stream, event)
    names = {field.name for event in stream.events for field in fields_of(event)}
    yield from (f"nested names {name!r}, which no event has" for name in stream.nested if name not in names)
    yield from (f"nested names {name!r}, which is reserved" for name in stream.nested if name.lower() in RESERVED)
    if stream.items is None:
        known = {*names - ENVELOPE_FIELDS, "session_id"}
        yield from (f"echo names {name!r}, which no event has" for name in stream.echo if name not in known)
    tag_fields = {event.__struct_config__.tag_field for event in stream.events}
    if stream.batches and "events" in names | tag_fields:
        yield "`events` is the key of a batch; rename the field"


def _of_head(stream: "Stream") -> Iterator[str]:
    """What a request says once, and the key of its items."""
    head = () if stream.head is None else fields_of(stream.head)
    names = {field.name for field in head}
    if stream.head is not None and stream.items is None:
        yield "a head stands beside items; name the key of the array that holds them"
    if stream.items is not None and (stream.batches or not _FIELD.fullmatch(stream.items)):
        yield f"items {stream.items!r} must be 1 to 64 letters, digits and _, a letter first; batches have `events`"
    owner = "" if stream.head is None else stream.head.__name__
    if stream.items in names:
        yield f"`{stream.items}` is the key of the items; rename the field of {owner}"
    if stream.head is not None and not stream.head.__struct_config__.forbid_unknown_fields:
        yield f"{owner} must forbid unknown fields as ClientStruct does, so that they are kept apart"
    for field in head:
        yield from _of_head_field(field, owner)
    if stream.items is not None:
        known = {*names, "session_id"} - {"sent_at"}
        yield from (f"echo names {name!r}, which the head has not" for name in stream.echo if name not in known)


def _of_head_field(field: StructField, owner: str) -> Iterator[str]:
    base = {each.name: each.bare for each in fields_of(ClientEvent)}
    if field.column_name != field.name:
        yield f"`{field.name}` of {owner} has its own name on the log; an item's field may have another column"
    if field.name not in base:
        yield from _of_value(field, owner)
    elif field.name not in HEAD_FIELDS:
        yield f"`{field.name}` of {owner} is an item's own; a request says {' and '.join(HEAD_FIELDS)} for all"
    elif field.bare != base[field.name]:
        yield f"`{field.name}` of {owner} must keep the type it has in ClientEvent"


def _of_added(stream: "Stream") -> Iterator[str]:
    fields = [field for event in stream.events for field in own_fields(event, stream.nested)]
    taken = RESERVED | {name.lower() for name in (*_head_names(stream), *(field.column_name for field in fields))}
    further = {"stamped": stream.stamped, "adapted": stream.adapted, "added": stream.added}
    for where, column in ((where, column) for where, columns in further.items() for column in columns):
        if not _FIELD.fullmatch(column.name) or column.name.lower() in taken:
            yield f"{where} names the column {column.name!r}, which another has or which is no name; rename it"
        taken |= {column.name.lower()}
    own = {field.column_name for field in fields}
    yield from (
        f"log_only names {name!r}, which no event has a column of" for name in stream.log_only if name not in own
    )


def _head_names(stream: "Stream") -> list[str]:
    return [] if stream.head is None else [name for name in stream.head.__struct_fields__ if name not in HEAD_FIELDS]


def _own_of(stream: "Stream", event: type[ClientEvent]) -> Iterator[str]:
    base = {field.name: field.bare for field in fields_of(ClientEvent)}
    fields = {field.name: field for field in fields_of(event)}
    for name, bare in base.items():
        if name not in fields or fields[name].bare != bare:
            yield f"`{name}` of {event.__name__} must keep the name and type it has in ClientEvent"
    own = [field for name, field in fields.items() if name not in base]
    for field in own:
        if field.name in stream.nested:
            yield from _of_object(field, event.__name__)
        else:
            yield from _of_value(field, event.__name__)
    inner = [field for part in own if part.name in stream.nested for field in part.inner]
    flat = [*_head_names(stream), *(field.column_name for field in (*own, *inner))]
    yield from _doubles(flat, event.__name__)
    taken = [field.name for field in inner if field.name in base]
    yield from (f"`{name}` in an object of {event.__name__} is an event's own key; rename it" for name in taken)


def _of_object(field: StructField, owner: str) -> Iterator[str]:
    bare = field.bare
    if not isinstance(bare, inspect.StructType) or not issubclass(bare.cls, ClientStruct):
        yield f"`{field.name}` of {owner} is in nested, so it must be a schemas.shared.client.ClientStruct"
        return
    if not bare.cls.__struct_config__.forbid_unknown_fields:
        yield f"{bare.cls.__name__} must forbid unknown fields as ClientStruct does, so that they are kept apart"
    if not field.required and field.default is not None:
        yield f"`{field.name}` of {owner} is an object: required, or None by default"
    for inner in field.inner:
        yield from _of_value(inner, f"{owner}.{field.name}")


def _of_value(field: StructField, owner: str) -> Iterator[str]:
    place = f"`{field.name}` of {owner}"
    if not _FIELD.fullmatch(field.name) or not _FIELD.fullmatch(field.column_name):
        yield f"{place} must be 1 to 64 letters, digits and _, a letter first, since it names a column"
    if field.column_name.lower() in RESERVED:
        yield f"{place} is a column of the envelope or of the flow's steps; rename it"
    if isinstance(field.bare, inspect.StructType):
        yield f"{place} is an object ({field.bare.cls.__name__}); objects are named in nested, and have none inside"
        return
    try:
        fault = _unbounded(field, field.type)
    except BadDeclaration as error:
        fault = str(error)
    if fault is not None:
        yield f"{place} {fault}"


def _unbounded(field: StructField, kind: FieldType) -> str | None:
    """What its declaration lacks so that no value of it spoils a column, or a sum of many."""
    bare = field.bare
    if field.element is not None:
        assert isinstance(bare, inspect.ListType)
        assert field.element.single is not None
        fault = _unbounded(field.element, field.element.single)
        return f"is a list without a length; it needs {kind.demand}" if bare.max_length is None else fault
    if kind is OBJECT and not all(isinstance(field.extra.get(bound), int) for bound in ("max_bytes", "max_depth")):
        return "is an object without bounds; it needs what schemas.shared.client.JsonObject says"
    if kind is TEXT and isinstance(bare, inspect.StrType) and bare.max_length is None:
        return f"is a text without a length; it needs {kind.demand}"
    if kind not in LARGEST_SUM:
        return None
    assert isinstance(bare, inspect.IntType | inspect.FloatType)
    bounds = (bare.ge if bare.gt is None else bare.gt), (bare.le if bare.lt is None else bare.lt)
    if None in bounds:
        return f"is a number without bounds; it needs {kind.demand}"
    largest = max(abs(bound) for bound in bounds if bound is not None)
    if kind is WHOLE and largest > LARGEST_EXACT:
        return f"may be {largest}, which a 64-bit float does not hold exactly; bound it by 2^53"
    if kind is SINGLE and largest > LARGEST_SINGLE:
        return f"may be {largest}, which 32 bits do not hold; take schemas.shared.quantities.Single"
    if field.extra.get("summed", True) and largest * MOST_ROWS > LARGEST_SUM[kind]:
        return f"may be {largest}, and 10^9 of those have no sum; lower the bound or say extra={{'summed': False}}"
    return None


def _across_kinds(stream: "Stream") -> Iterator[str]:
    """One name is one column in the table, with one type and unit, also for readers that do not tell case apart."""
    first: dict[str, tuple[str, StructField]] = {}
    for event in stream.events:
        for field in own_fields(event, stream.nested):
            owner, known = first.setdefault(field.column_name.lower(), (event.__name__, field))
            if known.column_name != field.column_name:
                yield f"`{field.name}` of {event.__name__} differs from `{known.name}` of {owner} in case only"
            elif known.type.dtype != field.type.dtype or known.column.unit != field.column.unit:
                yield f"`{field.name}` is {_said(known)} in {owner} and {_said(field)} in {event.__name__}; rename one"


def _of_defaults(stream: "Stream") -> Iterator[str]:
    for event in (*stream.events, *([] if stream.head is None else [stream.head])):
        for field in own_fields(event, stream.nested):
            if field.type in _NULL_BY_DEFAULT and field.default is not None:
                what = _NULL_BY_DEFAULT[field.type]
                yield f"`{field.name}` of {event.__name__} is {what}, which has no default but null"
        parts = [field.bare.cls for field in fields_of(event) if isinstance(field.bare, inspect.StructType)]
        for struct in (event, *parts):
            yield from _bad_defaults(struct)
    try:
        msgspec.json.Decoder(union_of(stream.events))
    except TypeError as error:
        yield f"its events cannot be told apart or read: {error}"


def _bad_defaults(struct: type[msgspec.Struct]) -> Iterator[str]:
    for info in msgspec.structs.fields(struct):
        if info.default in (msgspec.NODEFAULT, None):
            continue
        try:
            msgspec.convert(info.default, info.type)
        except msgspec.ValidationError as error:
            yield f"the default of `{info.encode_name}` of {struct.__name__} is none that is allowed: {error}"


def own_fields(event: type[ClientStruct], nested: Iterable[str]) -> tuple[StructField, ...]:
    """The fields that become columns of the stream's own: what the envelope has is left out, objects are flattened."""
    own = [field for field in fields_of(event) if field.name not in ENVELOPE_FIELDS]
    return tuple(part for field in own for part in (field.inner if field.name in nested else (field,)))


def union_of(events: Iterable[type[ClientEvent]]) -> Any:
    """The type of a body that may be any of these."""
    first, *rest = events
    union: Any = first
    for event in rest:
        union = union | event
    return union


def _said(field: StructField) -> str:
    unit = field.column.unit
    return f"{field.type.written} in {unit}" if unit else field.type.written


def _doubles(names: Iterable[str], owner: str) -> Iterator[str]:
    """Names that one event has twice, in its head, at its top and in its objects."""
    for name, times in Counter(name.lower() for name in names).items():
        if times > 1:
            yield f"`{name}` stands {times} times in {owner}, its head and its objects included; rename one"
