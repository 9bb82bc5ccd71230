"""Every table by name: what the streams declare and what they share."""

import difflib
from collections.abc import Mapping

from kinelake.errors import UnknownFlow, UnknownTable
from schemas.columns import Table
from schemas.dead_letters import DEAD_LETTERS
from schemas.stream import streams
from schemas.suppressed import SUPPRESSED


def declared_tables() -> Mapping[str, Table]:
    """Name → table, stream by stream, the shared ones last."""
    own = (table for stream in streams().values() for table in stream.tables)
    return {table.name: table for table in (*own, SUPPRESSED, DEAD_LETTERS)}


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
