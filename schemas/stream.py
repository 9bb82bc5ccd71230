"""A stream: what a client may send, how it lies on the log, which tables it fills; one file declares one."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import polars as pl

import schemas
from schemas.client import ENVELOPE_FIELDS, ClientEvent
from schemas.columns import Column, Table, columns_of, merged
from schemas.envelope import ENVELOPE_COLUMNS, LOG_COLUMNS, WIRE_COLUMNS

EXTRA = Column("extra", pl.String, "Keys of the body without a column, one JSON object; null where there are none.")


@dataclass(frozen=True)
class Stream:
    """One stream.

    `events` are the structs a client may send; several are told apart by their tag, one is named `event_type`.
    Objects named in `nested` are flattened into columns; their unknown keys are kept in a column of the object's name.
    `defaults` fill absent fields, `echo` names the event's keys that the 202 repeats, `example` is a body of the
    contract, `derived_tables` what the flow makes of the primary one, `settled_tables` what the settling job makes.
    """

    name: str
    path: str
    description: str
    consent_level: int
    events: tuple[type[ClientEvent], ...]
    example: Mapping[str, Any]
    event_type: str | None = None
    nested: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    echo: tuple[str, ...] = ()
    batches: bool = False
    max_event_bytes: int = 64 * 1024
    max_batch: int = 1000
    derived_tables: tuple[Table, ...] = ()
    settled_tables: tuple[Table, ...] = ()
    retention_days: int = 730

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

    def wire(self, kind: str) -> tuple[Column, ...]:
        """The columns a message of this kind can have on the log."""
        return merged([WIRE_COLUMNS, self.kinds[kind]])

    def kind_of(self, event: type[ClientEvent]) -> str:
        """The event_type that a struct stands for."""
        tag = event.__struct_config__.tag
        return str(tag if tag is not None else self.event_type or self.name)

    def _own(self, event: type[ClientEvent]) -> tuple[Column, ...]:
        leftover = (
            Column(name, pl.String, f"Keys of `{name}` without a column, one JSON object.") for name in self.nested
        )
        own = (column for column in columns_of(event) if column.name not in ENVELOPE_FIELDS)
        return (*own, *leftover, EXTRA)


@cache
def streams() -> Mapping[str, Stream]:
    """Every stream declared in this package (module attribute STREAM), by name."""
    names = sorted(info.name for info in pkgutil.iter_modules(schemas.__path__))
    modules = [importlib.import_module(f"schemas.{name}") for name in names]
    found = (module.STREAM for module in modules if hasattr(module, "STREAM"))
    return {stream.name: stream for stream in found}
