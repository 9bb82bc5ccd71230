"""Every table by name: what the streams declare and what they share."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from schemas.shared.columns import Table
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.stream import streams
from schemas.shared.suppressed import SUPPRESSED

if TYPE_CHECKING:
    from jobs.lake import Lake


def declared_tables() -> Mapping[str, Table]:
    """Name → table, stream by stream, the shared ones last."""
    own = (table for stream in streams().values() for table in stream.tables)
    return {table.name: table for table in (*own, SUPPRESSED, DEAD_LETTERS)}


def existing_tables(lake: "Lake") -> Iterator[Table]:
    """The declared tables that somebody has made."""
    return (table for name, table in declared_tables().items() if lake.location.exists(name))
