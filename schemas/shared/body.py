"""One kind of event as its body has it: which of its fields need a look that the typed decoder does not take."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from schemas.shared.client import ENVELOPE_FIELDS, ClientStruct
from schemas.shared.fields import OBJECT, SINGLES, TIME, WHOLE, WHOLE_CHOICE, WHOLES, StructField, fields_of
from schemas.shared.invalid import FieldError, Invalid, time_of
from schemas.shared.meaning import deeper, object_text, shallow
from schemas.shared.packed import packed
from schemas.shared.text import printable

Leftover: TypeAlias = dict[str, dict[str, Any]]
"""Column → the keys of the body that it keeps, since no field has them."""

UNPRINTABLE = "has a character that is not printable: a control, bidirectional, invisible or unassigned one"


class Place(NamedTuple):
    """A field of a body: its object ("" for the body itself) and its name there."""

    holder: str
    name: str

    def of(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """The object that would have it; None where there is no such object."""
        holder: Any = body.get(self.holder) if self.holder else body
        return holder if isinstance(holder, dict) else None

    @property
    def path(self) -> str:
        """As an error names it."""
        return f"{self.holder}.{self.name}" if self.holder else self.name


class BodyOf:
    """What is known of the bodies of one kind of event, or of what a request says once."""

    def __init__(self, event: type[ClientStruct], nested: tuple[str, ...]) -> None:
        self._fields = fields_of(event)
        self._nested = nested
        tag_field = event.__struct_config__.tag_field
        self.known = frozenset({*(field.name for field in self._fields), *([tag_field] if tag_field else ())})
        """Keys of the body that have a field."""
        objects = [field for field in self._fields if field.name in nested]
        self.inner = {field.name: frozenset(inner.name for inner in field.inner) for field in objects}
        """Object → its keys that have a field."""
        self.whole = self._places(lambda field: field.type in (WHOLE, WHOLE_CHOICE, WHOLES))
        """Its whole numbers, and lists of them."""
        self._identifiers = self._places(_printable)
        self._objects = tuple((place, field.extra) for place, field in self._values() if field.type is OBJECT)
        # a default that was said is as good as unsaid, and null is as good as absent
        self._defaults = tuple((*place, field.default) for place, field in self._values() if field.default is not None)
        self._times = self._places(lambda field: field.type is TIME and field.name not in ENVELOPE_FIELDS)
        self._singles = self._places(lambda field: field.type is SINGLES)

    def look_at(self, body: dict[str, Any]) -> None:
        """Takes nulls and defaults out of it; times become µs since 1970, free-form objects text, 32-bit lists bytes.

        Raises:
            Invalid: an id that nobody can read, a time that is none, or an object too large or too deep.
        """
        for holder_name, name in self._identifiers:
            holder = body.get(holder_name) if holder_name else body
            value = holder.get(name) if holder else None
            if value is not None and not _readable(value):
                raise Invalid(FieldError(Place(holder_name, name).path, UNPRINTABLE))
        for holder_name, name, default in self._defaults:
            holder = body.get(holder_name) if holder_name else body
            if holder and holder.get(name, ...) in (None, default):
                del holder[name]
        for place in self._times:
            holder = place.of(body)
            if holder is not None and holder.get(place.name) is not None:
                holder[place.name] = time_of(holder[place.name], place.path)
        for place in self._singles:
            holder = place.of(body)
            # text is what a family has packed itself
            if holder is not None and isinstance(holder.get(place.name), list):
                holder[place.name] = packed(holder[place.name])
        for place, bounds in self._objects:
            holder = place.of(body)
            if holder is not None and holder.get(place.name) is not None:
                holder[place.name] = text_of(holder[place.name], place.path, bounds)

    def _places(self, wanted: Callable[[StructField], bool]) -> tuple[Place, ...]:
        return tuple(place for place, field in self._values() if wanted(field))

    def _values(self) -> Iterator[tuple[Place, StructField]]:
        for field in self._fields:
            if field.name in self._nested:
                yield from ((Place(field.name, inner.name), inner) for inner in field.inner)
            else:
                yield Place("", field.name), field


@cache
def body_of(event: type[ClientStruct], nested: tuple[str, ...]) -> BodyOf:
    """What is known of a kind of event with these nested objects; worked out once."""
    return BodyOf(event, nested)


def set_apart(body: dict[str, Any], known: frozenset[str], column: str, leftover: Leftover) -> None:
    """Takes keys that no field has out of the body; those that are not null are left over for the column."""
    leave_over({name: body.pop(name) for name in body.keys() - known}, column, leftover)


def leave_over(unknown: dict[str, Any], column: str, leftover: Leftover) -> None:
    """Leaves those that are not null over for the column, in order of their names."""
    kept = {name: value for name, value in sorted(unknown.items()) if value is not None}
    if kept:
        leftover[column] = kept


def make_whole(holder: dict[str, Any] | None, name: str) -> None:
    """JSON has one kind of number: a whole number with a zero fraction is an integer, in a list as well."""
    if holder is None or name not in holder:
        return
    value = holder[name]
    holder[name] = [_whole(each) for each in value] if isinstance(value, list) else _whole(value)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _printable(field: StructField) -> bool:
    return bool((field.element or field).extra.get("printable"))


def _readable(value: str | list[str]) -> bool:
    return printable(value) if isinstance(value, str) else all(map(printable, value))


def text_of(value: dict[str, Any], path: str, bounds: Mapping[str, Any]) -> str:
    """A free-form object as its column has it; raises Invalid where it is too large or too deep."""
    text = object_text(value)
    if len(text) > bounds["max_bytes"]:
        raise Invalid(FieldError(path, f"may have at most {bounds['max_bytes']} bytes"))
    most = bounds["max_depth"]
    if text.count(b"{") + text.count(b"[") > most and not shallow(text, most) and deeper(value, most):
        raise Invalid(FieldError(path, f"may be nested at most {most} deep"))
    return text.decode()
