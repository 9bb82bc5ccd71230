"""What clients may send, as Hypothesis strategies derived from the streams' structs: a new stream has its own."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeAlias

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec import inspect

from schemas.shared.client import ClientEvent
from schemas.shared.stream import Stream
from schemas.shared.text import printable

Json: TypeAlias = SearchStrategy[Any]

UTF8 = st.characters(codec="utf-8")
SEEN = st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" ")
"""Nearly all of them are printable."""
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(UTF8, max_size=20)
)


def json_values(keys: SearchStrategy[str] | None = None) -> Json:
    """Any JSON value; objects take their keys from `keys`."""
    names = st.text(UTF8, max_size=10) if keys is None else keys

    def nested(inner: Json) -> Json:
        return st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4)

    return st.recursive(SCALARS, nested, max_leaves=12)


OBJECTS = st.dictionaries(st.text(UTF8, max_size=10), json_values(), max_size=4)
"""Free-form objects as clients send them, within any bounds."""


def client_requests(stream: Stream, now: datetime) -> SearchStrategy[dict[str, Any]]:
    """Valid bodies of a stream whose requests hold several items: what they say once, and up to four of these."""
    assert stream.head is not None
    assert stream.items is not None
    info = inspect.type_info(stream.head)
    assert isinstance(info, inspect.StructType)
    head = _object(info, {"sent_at": _times(now - timedelta(hours=1), now + timedelta(hours=1))})
    items = st.lists(client_events(stream, now), min_size=1, max_size=4)
    return st.builds(lambda said, several: {**said, stream.items: several}, head, items)


def client_events(stream: Stream, now: datetime) -> SearchStrategy[dict[str, Any]]:
    """Valid bodies of one event of any kind, as a client's clock within an hour of `now` would have them."""
    events = st.one_of([_event(event, stream, now) for event in stream.events])
    return events.filter(lambda body: len(msgspec.json.encode(body)) <= stream.max_event_bytes)


def _event(event: type[ClientEvent], stream: Stream, now: datetime) -> SearchStrategy[dict[str, Any]]:
    info = inspect.type_info(event)
    assert isinstance(info, inspect.StructType)
    times = {
        "timestamp": _times(now - timedelta(days=700), now + timedelta(hours=22)),
        "sent_at": _times(now - timedelta(hours=1), now + timedelta(hours=1)),
    }
    body = _object(info, times)
    tag_field = event.__struct_config__.tag_field
    if tag_field is None:
        return body
    return body.map(lambda fields: {tag_field: stream.kind_of(event), **fields})


def _object(info: inspect.StructType, known: Mapping[str, Json]) -> SearchStrategy[dict[str, Any]]:
    fields = {field.encode_name: known.get(field.encode_name, _value(field.type)) for field in info.fields}
    required = {field.encode_name for field in info.fields if field.required}
    return st.fixed_dictionaries(
        {name: value for name, value in fields.items() if name in required},
        optional={name: value for name, value in fields.items() if name not in required},
    )


def _value(kind: inspect.Type) -> Json:
    return _BY_TYPE[type(kind)](kind)


def _described(kind: inspect.Metadata) -> Json:
    if (kind.extra or {}).get("dtype") == "object":
        return OBJECTS
    if (kind.extra or {}).get("printable"):
        assert isinstance(kind.type, inspect.StrType)
        return st.text(SEEN, min_size=kind.type.min_length or 0, max_size=kind.type.max_length).filter(printable)
    return _value(kind.type)


def _text(kind: inspect.StrType) -> Json:
    if kind.pattern is None:
        return st.text(UTF8, min_size=kind.min_length or 0, max_size=kind.max_length)
    shortest, longest = kind.min_length or 0, kind.max_length
    matching = st.from_regex(kind.pattern, fullmatch=True, alphabet=UTF8)
    return matching.filter(lambda text: shortest <= len(text) and (longest is None or len(text) <= longest))


def _integer(kind: inspect.IntType) -> Json:
    return st.integers(-(2**63) if kind.ge is None else kind.ge, 2**63 - 1 if kind.le is None else kind.le)


def _float(kind: inspect.FloatType) -> Json:
    least = kind.gt if kind.ge is None else kind.ge
    return st.floats(least, kind.le, exclude_min=kind.gt is not None, allow_nan=False, allow_infinity=False)


def _list(kind: inspect.ListType) -> Json:
    return st.lists(_value(kind.item_type), min_size=kind.min_length or 0, max_size=min(5, kind.max_length or 5))


def _times(first: datetime, last: datetime) -> Json:
    """RFC 3339 texts between the two, with any offset and 0 to 9 fraction digits."""
    moments = st.datetimes(first.replace(tzinfo=None), last.replace(tzinfo=None))
    return st.builds(_written, moments, st.integers(-23 * 60, 23 * 60), st.integers(0, 9))


def _written(moment: datetime, offset_minutes: int, digits: int) -> str:
    zone = timezone(timedelta(minutes=offset_minutes))
    local = moment.replace(tzinfo=UTC).astimezone(zone)
    fraction = f".{moment.microsecond:06d}000"[: digits + 1] if digits else ""
    return f"{local:%Y-%m-%dT%H:%M:%S}{fraction}{local.isoformat()[-6:]}"


_BY_TYPE: Mapping[type[inspect.Type], Callable[[Any], Json]] = {
    inspect.StructType: lambda kind: _object(kind, {}),
    inspect.UnionType: lambda kind: st.one_of([_value(part) for part in kind.types]),
    inspect.Metadata: _described,
    inspect.NoneType: lambda _: st.none(),
    inspect.BoolType: lambda _: st.booleans(),
    inspect.LiteralType: lambda kind: st.sampled_from(kind.values),
    inspect.ListType: _list,
    inspect.StrType: _text,
    inspect.IntType: _integer,
    inspect.FloatType: _float,
}
