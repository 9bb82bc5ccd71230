"""The tables of an erasure: all that streams declare, and dead letters."""

from collections.abc import Sequence

from control.erasures import Erasure
from jobs.erasure.people import erasing_of
from jobs.erasure.receipt import Receipts
from jobs.leaving import asking, going_on
from jobs.tables import existing_tables
from jobs.work import Context
from schemas.shared.stream import streams
from sinks.erased_letters import erase_letters
from sinks.erased_stream import erase_stream
from sinks.erased_versions import clean_version


def erase_tables(context: Context, erasures: Sequence[Erasure], receipts: Receipts) -> None:
    """Takes these people out of every table. Raises what `sinks.erased_stream.erase_stream` does, and WorkStopped."""
    lake, number = context.lake, max(each.number for each in erasures)
    erasing, partitions = erasing_of(lake.control, erasures), range(lake.log_options.partitions)

    go_on = going_on(context)
    every = list(streams().values())
    for done, stream in enumerate(every):
        context.progress(done / (len(every) + 1), stream.name)

        receipts.went(erase_stream(lake.location, stream, erasing, number, partitions, asking(context, stream), go_on))
    receipts.went(erase_letters(lake.location, erasing, go_on))


def clean_versions(context: Context, receipts: Receipts, *, every: bool) -> dict[str, int]:
    """The version of each table from which on nothing is of these people.

    Of the tables that had rows of them, and of those that are made of the same events; of `every` table where a run
    before may have taken rows that nobody noted.
    """
    had = receipts.tables()
    related = [{table.name for table in stream.tables} for stream in streams().values()]
    names = had.union(*(tables for tables in related if had & tables))
    tables = [table for table in existing_tables(context.lake) if every or table.name in names]
    return {table.name: clean_version(context.lake.location, table) for table in tables}
