"""A stream: what a client may send, how it lies on the log, which tables it fills; one file declares one."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import polars as pl

import schemas
from schemas.shared.client import ClientEvent
from schemas.shared.columns import Column, Table, merged
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.declaration import own_fields, refuse_bad
from schemas.shared.envelope import ENVELOPE_COLUMNS, EXTRA, HEAD_DEFAULTS, ITEM_COLUMNS, ITEM_DEFAULTS, LOG_COLUMNS
from schemas.shared.faults import BadDeclaration
from schemas.shared.suppressed import SUPPRESSED


@dataclass(frozen=True)
class Stream:
    """One stream; one that would lose data is refused where it is declared (BadDeclaration).

    `events` are the structs a client may send; several are told apart by their tag, one is named `event_type`.
    Objects named in `nested` are flattened into columns; their unknown keys are kept in a column of the object's name.
    `echo` names the event's keys that the 202 repeats, `example` is a body of the contract, `listed` is the least role
    that may read the organisation's rows by GET on the same path (None: nobody), `derived_tables` what the flow makes
    of the primary one, `settled_tables` what the settling job makes.
    """

    name: str
    path: str
    description: str
    consent_level: int
    events: tuple[type[ClientEvent], ...]
    example: Mapping[str, Any]
    event_type: str | None = None
    nested: tuple[str, ...] = ()
    echo: tuple[str, ...] = ()
    batches: bool = False
    max_event_bytes: int = 64 * 1024
    max_batch: int = 1000
    max_record_bytes: int = 1_000_000
    family: str = "telemetry"
    roles: tuple[str, ...] = ()
    derived_tables: tuple[Table, ...] = ()
    settled_tables: tuple[Table, ...] = ()
    retention_days: int = 730
    listed: str | None = "specialist"

    def __post_init__(self) -> None:
        refuse_bad(self)

    @cached_property
    def kinds(self) -> Mapping[str, tuple[Column, ...]]:
        """Kind of event → the columns of its own that its messages can have."""
        return {self.kind_of(event): self._own(event) for event in self.events}

    @cached_property
    def primary(self) -> Table:
        """The table with the event ids, one row an event; its name is the stream's with _events."""
        return Table(
            f"{self.name}_events",
            self.description,
            merged([ENVELOPE_COLUMNS, *self.kinds.values(), LOG_COLUMNS]),
            sort_by=("tenant", "session_id", "occurred_at"),
            statistics=("occurred_at", "received_at", "tenant", "session_id", "log_partition", "log_offset"),
            retention_days=self.retention_days,
        )

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table of the stream, the primary one first."""
        return (self.primary, *self.derived_tables, *self.settled_tables)

    def item_columns(self, kind: str) -> tuple[Column, ...]:
        """The columns an item of this kind can have on the log."""
        return merged([ITEM_COLUMNS, self.kinds[kind]])

    def kind_of(self, event: type[ClientEvent]) -> str:
        """The event_type that a struct stands for."""
        tag = event.__struct_config__.tag
        return str(tag if tag is not None else self.event_type or self.name)

    def defaults(self, kind: str) -> Mapping[str, Any]:
        """What counts where a message of this kind lacks a column: the defaults of the structs, never null."""
        return {**HEAD_DEFAULTS, **self.item_defaults(kind)}

    def item_defaults(self, kind: str) -> Mapping[str, Any]:
        """Those of them that an item of this kind can have."""
        return {**ITEM_DEFAULTS, **self._defaults[kind]}

    @cached_property
    def _defaults(self) -> Mapping[str, Mapping[str, Any]]:
        return {self.kind_of(event): self._defaults_of(event) for event in self.events}

    def _defaults_of(self, event: type[ClientEvent]) -> Mapping[str, Any]:
        own = own_fields(event, self.nested)
        return {field.name: field.default for field in own if field.default is not None}

    def _own(self, event: type[ClientEvent]) -> tuple[Column, ...]:
        leftover = (
            Column(name, pl.String, f"Keys of `{name}` without a column, one JSON object.") for name in self.nested
        )
        return (*(field.column for field in own_fields(event, self.nested)), *leftover, EXTRA)


@cache
def streams() -> Mapping[str, Stream]:
    """Every stream declared in this package (module attribute STREAM), by name.

    Raises:
        BadDeclaration: a stream is not called as its file, or two of them share a path or a table.
    """
    names = sorted(info.name for info in pkgutil.iter_modules(schemas.__path__))
    modules = {name: importlib.import_module(f"schemas.{name}") for name in names}
    found = {name: module.STREAM for name, module in modules.items() if hasattr(module, "STREAM")}
    refuse_collisions(found)
    return {stream.name: stream for stream in found.values()}


def refuse_collisions(found: Mapping[str, Stream]) -> None:
    """Raises BadDeclaration for streams, by the name of their file, that would take something from each other."""
    for name, stream in found.items():
        if stream.name != name:
            raise BadDeclaration(f"schemas/{name}.py declares the stream {stream.name!r}; file and stream share a name")
    paths = [(stream.path, stream.name) for stream in found.values()]
    tables = [(table.name, stream.name) for stream in found.values() for table in stream.tables]
    _refuse_shared("path", paths)
    _refuse_shared("table", [*tables, (SUPPRESSED.name, "every stream"), (DEAD_LETTERS.name, "every stream")])


def _refuse_shared(what: str, owned: Iterable[tuple[str, str]]) -> None:
    owners: dict[str, str] = {}
    for name, owner in owned:
        if name in owners:
            raise BadDeclaration(f"{owners[name]} and {owner} both have the {what} {name}; rename one")
        owners[name] = owner
