"""The Delta tables that a process writes: one object for each, and one writer at a time.

Flows of one process share tables (what was suppressed, dead letters). Appends that pass each other are tried again
inside Delta, each try a read of the table's log; here they take turns instead. Processes still pass each other.
"""

import threading
from dataclasses import dataclass, field

from deltalake import DeltaTable

from schemas.shared.columns import Table
from sinks.location import Location
from sinks.table import created


@dataclass
class OpenTable:
    """A table as this process has it open; whoever holds `turn` may renew `delta` and write with it.

    `version` is the newest that is known of here, `others` the newest that another process may have written: what came
    after that is from this one. `delta` may be as of an older one.
    """

    turn: threading.Lock = field(default_factory=threading.Lock)
    delta: DeltaTable = field(init=False)
    version: int = field(init=False)
    others: int = field(init=False)

    def renewed(self, delta: DeltaTable) -> None:
        """Note what Delta says now."""
        self.delta = delta
        self.version = self.others = delta.version()

    def refresh(self) -> None:
        """Ask Delta for what has come since."""
        self.delta.update_incremental()
        if self.delta.version() != self.version:
            self.renewed(self.delta)


class OpenTables:
    """What is open, by place; may be used from many threads."""

    def __init__(self) -> None:
        self._open: dict[str, OpenTable] = {}
        self._changing = threading.Lock()

    def open(self, location: Location, table: Table) -> OpenTable:
        """The table, made where it is missing, checked and read anew where it is there.

        Raises:
            TableIncompatible: the stored table contradicts the declared one.
            TablesUnavailable: the storage refused.
        """
        with self._changing:
            found = self._open.setdefault(location.uri(table.name), OpenTable())
        with found.turn:
            found.renewed(created(location, table))
        return found
