"""Fields of msgspec structs as columns: a field is written once, the rest is derived."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, TypeAlias

import msgspec
import polars as pl
from msgspec import Meta, inspect

from schemas.shared.columns import PACKED, TIMESTAMP, Column, Dtype
from schemas.shared.faults import BadDeclaration

Epoch: TypeAlias = Annotated[int, Meta(extra={"dtype": "timestamp"})]
"""A time on the log: whole microseconds since 1970-01-01T00:00:00Z. A UTC timestamp in the tables."""


@dataclass(frozen=True, slots=True)
class FieldType:
    """A type that a field may have: how it is written, its column, and what its declaration must say."""

    written: str
    dtype: Dtype
    demand: str = ""


TEXT = FieldType("str", pl.String, "`max_length`, such as `Annotated[str, Meta(max_length=64)]`")
WHOLE = FieldType("int", pl.Int64, "its bounds, `ge` and `le`; `schemas.shared.quantities` has the usual ones")
NUMBER = FieldType(
    "float", pl.Float64, "its bounds, `ge` or `gt`, and `le` or `lt`; `schemas.shared.quantities` has the usual ones"
)
SINGLE = FieldType("schemas.shared.quantities.Single", pl.Float32)
"""Only in lists."""
FLAG = FieldType("bool", pl.Boolean)
UUID = FieldType("uuid.UUID", pl.String)
TEXT_CHOICE = FieldType("Literal of texts", pl.String)
WHOLE_CHOICE = FieldType("Literal of whole numbers", pl.Int64)
TIME = FieldType("schemas.shared.client.Timestamp", TIMESTAMP)
OBJECT = FieldType("schemas.shared.client.JsonObject", pl.String)
TEXTS = FieldType("list[str]", pl.List(pl.String), "`max_length` of its own and of its texts")
WHOLES = FieldType("list[int]", pl.List(pl.Int64), "`max_length`, and bounds of its numbers")
NUMBERS = FieldType("list[float]", pl.List(pl.Float64), "`max_length`, and bounds of its numbers")
SINGLES = FieldType(
    "list[schemas.shared.quantities.Single]", PACKED, "`max_length`, and bounds of its numbers that 32 bits hold"
)
FLAGS = FieldType("list[bool]", pl.List(pl.Boolean), "`max_length`")

TYPES = (
    TEXT, WHOLE, NUMBER, FLAG, UUID, TEXT_CHOICE, WHOLE_CHOICE, TIME, OBJECT, TEXTS, WHOLES, NUMBERS, SINGLES, FLAGS
)  # fmt: skip
"""Every type a field may have, each also with `| None`."""

LISTS: Mapping[FieldType, FieldType] = {TEXT: TEXTS, WHOLE: WHOLES, NUMBER: NUMBERS, SINGLE: SINGLES, FLAG: FLAGS}
"""Type of an element → type of the list."""

_PLAIN: Mapping[type[inspect.Type], FieldType] = {
    inspect.IntType: WHOLE,
    inspect.FloatType: NUMBER,
    inspect.BoolType: FLAG,
    inspect.StrType: TEXT,
    inspect.UUIDType: UUID,
}
_SAID: Mapping[str, FieldType] = {"timestamp": TIME, "object": OBJECT, "float32": SINGLE}
"""Types whose Python type is not theirs alone."""


@dataclass(frozen=True, slots=True)
class StructField:
    """One field: its name in JSON, `bare` its type without null, `default` what counts where it is absent."""

    name: str
    bare: inspect.Type
    description: str
    extra: Mapping[str, Any]
    required: bool
    default: Any

    @property
    def type(self) -> FieldType:
        """The field's type; raises BadDeclaration where it has no column."""
        found = self._listed() if isinstance(self.bare, inspect.ListType) else self.single
        if found is None or found is SINGLE:
            there = ", ".join(each.written for each in TYPES)
            raise BadDeclaration(f"is a {written(self.bare)}, which has no column; a field is one of {there}")
        return found

    @property
    def element(self) -> "StructField | None":
        """What a list is of, as if it were a field; None where it is no list, or one whose elements may be null."""
        if not isinstance(self.bare, inspect.ListType):
            return None
        bare, said = _unwrapped(self.bare.item_type)
        nullable = len(_alternatives(self.bare.item_type)) > 1
        return None if nullable else StructField(self.name, bare, "", said["extra"], required=True, default=None)

    def _listed(self) -> FieldType | None:
        kind = None if self.element is None else self.element.single
        return None if kind is None else LISTS.get(kind)

    @property
    def single(self) -> FieldType | None:
        """The type of a field that is no list, or of what a list is of; None where there is none for it."""
        said = _SAID.get(self.extra.get("dtype", ""))
        if said is not None:
            return said
        return _choice(self.bare) if isinstance(self.bare, inspect.LiteralType) else _PLAIN.get(type(self.bare))

    @property
    def column(self) -> Column:
        """The column it becomes; a list's unit is that of its elements where it says none."""
        said = self.extra if self.element is None else {**self.element.extra, **self.extra}
        return Column(self.column_name, self.type.dtype, self.description, said.get("unit"))

    @property
    def column_name(self) -> str:
        """Its own, or what it says as `extra={"column": …}`, where the table has another column of its name."""
        return str(self.extra.get("column", self.name))

    @property
    def inner(self) -> tuple["StructField", ...]:
        """The fields of the object it is; none where it is a value."""
        return fields_of(self.bare.cls) if isinstance(self.bare, inspect.StructType) else ()


@cache
def fields_of(struct: type[msgspec.Struct]) -> tuple[StructField, ...]:
    """The fields of a struct in their order."""
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    return tuple(_field(item) for item in info.fields)


def columns_of(struct: type[msgspec.Struct]) -> tuple[Column, ...]:
    """The columns of a struct's fields, in their order; objects are flattened."""
    return tuple(column for field in fields_of(struct) for column in _columns(field))


def written(kind: inspect.Type) -> str:
    """A type as an error names it: list, datetime, enum, int | float."""
    if isinstance(kind, inspect.UnionType):
        return " | ".join(map(written, kind.types))
    if isinstance(kind, inspect.Metadata):
        return written(kind.type)
    if isinstance(kind, inspect.StructType | inspect.EnumType):
        return kind.cls.__name__
    if isinstance(kind, inspect.ListType):
        return f"list[{written(kind.item_type)}]"
    if isinstance(kind, inspect.LiteralType):
        return f"Literal[{', '.join(map(repr, kind.values))}]"
    return type(kind).__name__.removesuffix("Type").lower()


def _columns(field: StructField) -> Iterator[Column]:
    if isinstance(field.bare, inspect.StructType):
        yield from columns_of(field.bare.cls)
    else:
        yield field.column


def _field(item: inspect.Field) -> StructField:
    bare, said = _unwrapped(item.type)
    return StructField(item.encode_name, bare, said["description"], said["extra"], item.required, _default(item))


def _default(item: inspect.Field) -> Any:
    if item.default_factory is not msgspec.NODEFAULT:
        return msgspec.to_builtins(item.default_factory())
    return None if item.default is msgspec.NODEFAULT else msgspec.to_builtins(item.default)


def _choice(kind: inspect.LiteralType) -> FieldType | None:
    """A choice of texts or of whole numbers; of both there is no column."""
    values = [value for value in kind.values if value is not None]
    if all(isinstance(value, str) for value in values):
        return TEXT_CHOICE
    return WHOLE_CHOICE if all(isinstance(value, int) for value in values) else None


def _unwrapped(kind: inspect.Type) -> tuple[inspect.Type, dict[str, Any]]:
    """The type without its Metadata and its null, and what all Metadata said (msgspec nests them in either order).

    A union of several types stays one.
    """
    description, extra = "", dict[str, Any]()
    while True:
        if isinstance(kind, inspect.Metadata):
            description = description or (kind.extra_json_schema or {}).get("description", "")
            extra = {**(kind.extra or {}), **extra}
            kind = kind.type
            continue
        parts = _parts(kind)
        if len(parts) != 1 or parts[0] is kind:
            return kind, {"description": description, "extra": extra}
        kind = parts[0]


def _alternatives(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    """What a type is of, null included."""
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)


def _parts(kind: inspect.Type) -> list[inspect.Type]:
    """What a union is of, null left out."""
    if not isinstance(kind, inspect.UnionType):
        return [kind]
    return [part for part in kind.types if not isinstance(part, inspect.NoneType)]
