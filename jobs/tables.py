"""Every table by name: what the streams declare and what they share."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

import structlog

from schemas.shared.columns import Table
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.faults import Terminal
from schemas.shared.stream import streams
from schemas.shared.suppressed import SUPPRESSED

if TYPE_CHECKING:
    from jobs.lake import Lake

T = TypeVar("T")

log = structlog.get_logger()


def declared_tables() -> Mapping[str, Table]:
    """Name → table, stream by stream, the shared ones last."""
    own = (table for stream in streams().values() for table in stream.tables)
    return {table.name: table for table in (*own, SUPPRESSED, DEAD_LETTERS)}


def existing_tables(lake: "Lake") -> Iterator[Table]:
    """The declared tables that somebody has made."""
    return (table for name, table in declared_tables().items() if lake.location.exists(name))


def of_each_table(lake: "Lake", work: Callable[[Table], T]) -> dict[str, T]:
    """`of_each` of those that somebody has made."""
    return of_each(existing_tables(lake), work)


def of_each(tables: Iterable[Table], work: Callable[[Table], T]) -> dict[str, T]:
    """Table → what the work made of it; one that does not fit holds up no other.

    Raises the Terminal error of the last of those, when all the others are done.
    """
    done: dict[str, T] = {}
    failed: list[Terminal] = []
    for table in tables:
        try:
            done[table.name] = work(table)
        except Terminal as error:
            log.error("table_left_out", table=table.name, reason=str(error))
            failed.append(error)
    if failed:
        raise failed[-1]
    return done
