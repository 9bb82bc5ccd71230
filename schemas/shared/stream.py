"""A stream: what a client may send, how it lies on the log, which tables it fills."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from types import ModuleType
from typing import Any

import polars as pl

import schemas
from schemas.shared.client import HEAD_FIELDS, ClientEvent, ClientStruct
from schemas.shared.columns import Column, Table, merged
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.declaration import own_fields, refuse_bad
from schemas.shared.envelope import (
    ENVELOPE_COLUMNS,
    EXTRA,
    HEAD_COLUMNS,
    HEAD_DEFAULTS,
    ITEM_COLUMNS,
    ITEM_DEFAULTS,
    LOG_COLUMNS,
    REQUEST_EXTRA,
    SESSION_COLUMN,
)
from schemas.shared.faults import BadDeclaration
from schemas.shared.fields import OBJECT, StructField, fields_of
from schemas.shared.keys import by_session
from schemas.shared.rules import Check, IdRule, KeyRule, Mask, TimesRule
from schemas.shared.suppressed import SUPPRESSED


@dataclass(frozen=True)
class Stream:
    """One stream; one that would lose data is refused where it is declared (BadDeclaration).

    What a client may send:
    `events` are the structs of it; several are told apart by their tag, one is named `event_type`.
    Objects named in `nested` are flattened into columns; their unknown keys are kept in a column of the object's name.
    `batches`: many may come in one body, each with a verdict. `items` is the key of an array of them instead, beside
    the fields of `head`, which the request says once: such a body is taken whole or not at all, as one message, and
    each row has the head's fields, too. `max_batch` bounds both, `max_record_bytes` a message.
    `check` looks at what no bound of one field can say. `echo` names the keys that the 202 repeats, `accepted_as` the
    one that counts the items there; `example` is a body of the contract.

    Who: `path` is where it is posted (None: nowhere, only this house publishes it), `family` the family of its routes,
    `roles` who may post (none named: anybody with a token), `listed` the least role that may read the organisation's
    rows by GET on the same path (None: nobody). `stamped` are columns that its family says of each request
    (`web.families.Family.stamp`), and no client in a body; `adapted` are columns of items, each of a JSON object,
    that only an adapter of clients that others wrote fills (`ingest_gateway.door`), and no client in a body either.

    How it is taken: `key`, `event_id`, `occurred_at` and `mask` are rules of its own (`schemas.shared.rules`).

    Its tables: `table` is the primary one's name (None: the stream's with _events), with the columns that its flow
    adds in `added` and without those of its items in `log_only`, which are for the flow to make something else of;
    `derived_tables` are what the flow makes of it, `settled_tables` what the settling job makes.
    `folded` are the columns that name a session which the flow folds, and folds again where a message asks for it
    (`schemas.shared.again`); none for a flow that folds none.
    """

    name: str
    path: str | None
    description: str
    consent_level: int
    events: tuple[type[ClientEvent], ...]
    example: Mapping[str, Any]
    event_type: str | None = None
    nested: tuple[str, ...] = ()
    echo: tuple[str, ...] = ()
    accepted_as: str = "accepted"
    check: Check | None = None
    batches: bool = False
    head: type[ClientStruct] | None = None
    items: str | None = None
    max_event_bytes: int = 64 * 1024
    max_batch: int = 1000
    max_record_bytes: int = 1_000_000
    family: str = "telemetry"
    roles: tuple[str, ...] = ()
    listed: str | None = "specialist"
    key: KeyRule = by_session
    event_id: IdRule | None = None
    occurred_at: TimesRule | None = None
    mask: Mask | None = None
    table: str | None = None
    stamped: tuple[Column, ...] = ()
    adapted: tuple[Column, ...] = ()
    added: tuple[Column, ...] = ()
    log_only: tuple[str, ...] = ()
    derived_tables: tuple[Table, ...] = ()
    settled_tables: tuple[Table, ...] = ()
    folded: tuple[str, ...] = ()
    retention_days: int = 730

    def __post_init__(self) -> None:
        refuse_bad(self)

    @cached_property
    def kinds(self) -> Mapping[str, tuple[Column, ...]]:
        """Kind of event → the columns of its own that its messages can have."""
        return {self.kind_of(event): self._own(event) for event in self.events}

    @cached_property
    def primary(self) -> Table:
        """The table with the event ids, one row an event."""
        return Table(
            self.table or f"{self.name}_events",
            self.description,
            merged([ENVELOPE_COLUMNS, self._said_once, self.stamped, *self._stored, self.added, LOG_COLUMNS]),
            sort_by=("tenant", "session_id", "occurred_at"),
            statistics=("occurred_at", "received_at", "tenant", "session_id", "log_partition", "log_offset"),
            retention_days=self.retention_days,
        )

    @property
    def route_path(self) -> str:
        """Its path; BadDeclaration for a stream that has none."""
        if self.path is None:
            raise BadDeclaration(f"stream {self.name!r} has no path: nobody posts to it")
        return self.path

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table of the stream, the primary one first."""
        return (self.primary, *self.derived_tables, *self.settled_tables)

    @cached_property
    def head_columns(self) -> tuple[Column, ...]:
        """The columns a head can have on the log: the envelope's, and what is said once of a request of the stream."""
        once = () if self.items is None else (SESSION_COLUMN, *self._said_once)
        return (*HEAD_COLUMNS, *once, *self.stamped)

    def item_columns(self, kind: str) -> tuple[Column, ...]:
        """The columns an item of this kind can have on the log."""
        return merged([ITEM_COLUMNS, self.kinds[kind]])

    @cached_property
    def objects(self) -> frozenset[str]:
        """Columns whose texts are JSON objects: free-form fields, and keys that no column has."""
        fields = [*self._head_fields, *(field for event in self.events for field in own_fields(event, self.nested))]
        free = {field.column_name for field in fields if field.type is OBJECT}
        adapted = {column.name for column in self.adapted}
        return frozenset({*free, *adapted, *self.nested, EXTRA.name, REQUEST_EXTRA.name})

    def kind_of(self, event: type[ClientEvent]) -> str:
        """The event_type that a struct stands for."""
        tag = event.__struct_config__.tag
        return str(tag if tag is not None else self.event_type or self.name)

    def defaults(self, kind: str) -> Mapping[str, Any]:
        """What counts where a message of this kind lacks a column: the defaults of the structs, never null."""
        return {**self.head_defaults, **self.item_defaults(kind)}

    @cached_property
    def head_defaults(self) -> Mapping[str, Any]:
        """Those of them that a head can have."""
        return {**HEAD_DEFAULTS, **_defaults(self._head_fields)}

    def item_defaults(self, kind: str) -> Mapping[str, Any]:
        """Those of them that an item of this kind can have."""
        return {**ITEM_DEFAULTS, **self._item_defaults[kind]}

    @cached_property
    def _item_defaults(self) -> Mapping[str, Mapping[str, Any]]:
        return {self.kind_of(event): _defaults(own_fields(event, self.nested)) for event in self.events}

    @property
    def _stored(self) -> list[tuple[Column, ...]]:
        return [tuple(each for each in own if each.name not in self.log_only) for own in self.kinds.values()]

    @property
    def _head_fields(self) -> tuple[StructField, ...]:
        fields = () if self.head is None else fields_of(self.head)
        return tuple(field for field in fields if field.name not in HEAD_FIELDS)

    @property
    def _said_once(self) -> tuple[Column, ...]:
        own = tuple(field.column for field in self._head_fields)
        return own if self.items is None else (*own, REQUEST_EXTRA)

    def _own(self, event: type[ClientEvent]) -> tuple[Column, ...]:
        leftover = (
            Column(name, pl.String, f"Keys of `{name}` without a column, one JSON object.") for name in self.nested
        )
        return (*(field.column for field in own_fields(event, self.nested)), *leftover, *self.adapted, EXTRA)


def _defaults(fields: tuple[StructField, ...]) -> Mapping[str, Any]:
    return {field.column_name: field.default for field in fields if field.default is not None}


@cache
def modules() -> Mapping[str, Sequence[Stream]]:
    """Module of this package → the streams it declares, as STREAM, or several as STREAMS.

    Raises:
        BadDeclaration: a stream is not called after its module, or two share a name, a path or a table.
    """
    names = sorted(info.name for info in pkgutil.iter_modules(schemas.__path__))
    found = {name: declared_by(importlib.import_module(f"schemas.{name}")) for name in names}
    declaring = {name: declared for name, declared in found.items() if declared}
    refuse_collisions(declaring)
    return declaring


@cache
def streams() -> Mapping[str, Stream]:
    """Every stream declared in this package, by name. Raises BadDeclaration as `modules` does."""
    return {stream.name: stream for declared in modules().values() for stream in declared}


def module_of(stream: str) -> str:
    """The module that declares a stream: what belongs to it is called so in every room."""
    return {each.name: name for name, declared in modules().items() for each in declared}[stream]


def declared_by(module: ModuleType) -> Sequence[Stream]:
    """The streams of a module, in its order; raises BadDeclaration for one that declares both ways."""
    several: Sequence[Stream] = getattr(module, "STREAMS", ())
    if several and hasattr(module, "STREAM"):
        raise BadDeclaration(f"{module.__name__} declares STREAM and STREAMS; put all of them into STREAMS")
    return several or ((module.STREAM,) if hasattr(module, "STREAM") else ())


def refuse_collisions(found: Mapping[str, Sequence[Stream]]) -> None:
    """Raises BadDeclaration for streams, by the module they stand in, that would take something from each other."""
    for module, streams in found.items():
        _refuse_strange(module, streams)
    every = [stream for streams in found.values() for stream in streams]
    _refuse_shared("name", [(stream.name, f"the stream of {stream.path}") for stream in every])
    _refuse_shared("path", [(stream.path, stream.name) for stream in every if stream.path is not None])
    tables = [(table.name, stream.name) for stream in every for table in stream.tables]
    _refuse_shared("table", [*tables, (SUPPRESSED.name, "every stream"), (DEAD_LETTERS.name, "every stream")])


def _refuse_strange(module: str, streams: Sequence[Stream]) -> None:
    for stream in streams:
        if stream.name != module and not stream.name.startswith(f"{module}_"):
            raise BadDeclaration(
                f"schemas/{module}.py declares the stream {stream.name!r}; "
                f"a stream is called as its module, or {module}_ and more"
            )


def _refuse_shared(what: str, owned: Iterable[tuple[str, str]]) -> None:
    owners: dict[str, str] = {}
    for name, owner in owned:
        if name in owners:
            raise BadDeclaration(f"{owners[name]} and {owner} both have the {what} {name}; rename one")
        owners[name] = owner
