"""The tables of an erasure: all that streams declare, and dead letters."""

from collections.abc import Sequence

import polars as pl

from control.erasures import Erasure
from event_log import Record
from jobs.erasure.people import erasing_of
from jobs.erasure.receipt import Receipts
from jobs.faults import WorkStopped
from jobs.tables import existing_tables
from jobs.work import Context
from schemas.shared.again import again_message
from schemas.shared.stream import Stream, streams
from sinks.erased_letters import erase_letters
from sinks.erased_stream import erase_stream
from sinks.erased_versions import clean_version


def erase_tables(context: Context, erasures: Sequence[Erasure], receipts: Receipts) -> None:
    """Takes these people out of every table. Raises what `sinks.erased_stream.erase_stream` does, and WorkStopped."""
    lake, number = context.lake, max(each.number for each in erasures)
    erasing, partitions = erasing_of(lake.control, erasures), range(lake.log_options.partitions)

    def go_on() -> None:
        if context.stopping.is_set():
            raise WorkStopped("the worker ends, or another has the job by now")

    every = list(streams().values())
    for done, stream in enumerate(every):
        context.progress(done / (len(every) + 1), stream.name)

        def ask(sessions: pl.DataFrame, stream: Stream = stream) -> None:
            messages = (again_message(session) for session in sessions.iter_rows(named=True))
            context.publish(stream.name, [Record(key, value) for key, value in messages])

        receipts.went(erase_stream(lake.location, stream, erasing, number, partitions, ask, go_on))
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
