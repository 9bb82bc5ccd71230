"""What is declared, by the names that people give on the command line."""

import difflib

from jobs.tables import declared_tables
from kinelake.faults import UnknownFlow, UnknownTable
from schemas.shared.columns import Table
from schemas.shared.stream import streams


def declared(name: str) -> Table:
    """The table of that name; raises UnknownTable, naming the nearest."""
    tables = declared_tables()
    if name not in tables:
        close = difflib.get_close_matches(name, tables, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(tables)}"
        raise UnknownTable(f"no table is called {name}; {hint}")
    return tables[name]


def refuse_unknown_stream(name: str | None) -> None:
    """Raises UnknownFlow for a name that no stream has; None is every stream."""
    if name is not None and name not in streams():
        raise UnknownFlow(f"no stream is called {name}; there are {', '.join(streams())}")
