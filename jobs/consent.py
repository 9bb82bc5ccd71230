"""Consent's own work: what control holds and the log does not have yet, and what records forbid of what is stored.

Both are asked for by what control notes of each record, so that nothing is forgotten whatever dies, and a second run
finds nothing left to do.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeAlias

import msgspec
import polars as pl
import structlog

from control.consent_records import ConsentRecord
from event_log import Record
from jobs.lake import Lake
from jobs.leaving import asking, going_on
from jobs.passed import beyond, ends
from jobs.work import Context, Kind
from schemas.consent import STREAM, Recorded, record_message
from schemas.shared.consent_rules import NONE
from schemas.shared.discovery import declared_in
from schemas.shared.stream import Stream, streams
from sinks.decided import RECORDS, Decision
from sinks.withdrawn import withdraw

PUBLISH_EVERY = timedelta(seconds=10)
UNDER_WAY = timedelta(seconds=15)
"""A gateway that lives publishes by itself within this time."""
WITHDRAW_EVERY = timedelta(seconds=30)

Withdraws: TypeAlias = Callable[[Lake, Sequence[ConsentRecord]], None]
"""Takes out of files what new records forbid; done again it finds nothing."""

log = structlog.get_logger()


def publish(context: Context) -> None:
    """Records whose gateway died before the log had them."""
    records = context.lake.control.consent
    waiting = records.unpublished(context.clock() - UNDER_WAY)
    if not waiting:
        return
    messages = [record_message(msgspec.convert(record, Recorded, from_attributes=True)) for record in waiting]
    context.publish(STREAM.name, [Record(key, value) for key, value in messages])
    records.published([record.number for record in waiting])
    log.info("consent_published", records=len(waiting))


def withdraw_stored(context: Context) -> None:
    """What the tables hold and newer records forbid, once no flow decides anything without these records any more.

    A flow may have decided without a record what it read before the record lay on its log, and commits it later: so it
    waits until the tables have passed where the streams' logs ended after that.
    """
    lake = context.lake
    waiting = [record for record in lake.control.consent.uncorrected() if record.published]
    due = [record for record in _with_ends(lake, waiting) if _passed(lake, record)]
    if due:
        for stream in decided_streams():
            _withdraw(context, stream, due)
        lake.control.consent.corrected([record.number for record in due])


def decided_streams() -> Sequence[Stream]:
    """The streams that some level keeps out of the tables."""
    return [stream for stream in streams().values() if stream.consent_level > NONE]


def beside_tables() -> Sequence[Withdraws]:
    """What withdraws from files that are no table's, as streams declare by WITHDRAWS in jobs."""
    return [withdraws for declared in declared_in("jobs", "WITHDRAWS").values() for withdraws in declared]


def _with_ends(lake: Lake, waiting: Sequence[ConsentRecord]) -> Sequence[ConsentRecord]:
    """The records for which it is noted where the logs ended; it is noted now for the others."""
    new = [record for record in waiting if record.ends is None]
    if new:
        for withdraws in beside_tables():
            withdraws(lake, new)
        numbers = [record.number for record in new]
        lake.control.consent.note_ends(numbers, {stream.name: ends(lake, stream.name) for stream in decided_streams()})
        return [record for record in lake.control.consent.uncorrected() if record.ends is not None]
    return waiting


def _passed(lake: Lake, record: ConsentRecord) -> bool:
    """Whether the tables have what lay on the logs when the record did."""
    return all(
        beyond(lake, streams()[name], offsets) for name, offsets in (record.ends or {}).items() if name in streams()
    )


def _withdraw(context: Context, stream: Stream, due: Sequence[ConsentRecord]) -> None:
    lake = context.lake
    people = {(record.tenant, record.subject) for record in due}
    records = newest_by_time(lake.control.consent.of_people(people))
    decision = Decision(stream, records, min(record.effective_at for record in due))
    partitions = range(lake.log_options.partitions)
    done = withdraw(lake.location, decision, partitions, asking(context, stream), going_on(context))
    if done.rows or done.lowered:
        found = {"rows": done.rows, "lowered": done.lowered, "sessions": done.sessions}
        log.info("consent_withdrawn", stream=stream.name, **found)


def newest_by_time(records: Sequence[ConsentRecord]) -> pl.DataFrame:
    """Records as `sinks.decided` has them: of several from the same time on the one that was recorded last."""
    ordered = sorted(records, key=lambda record: record.number)
    last = {(each.tenant, each.subject, each.effective_at): each.level for each in ordered}
    rows = [(*key, level) for key, level in last.items()]
    return pl.DataFrame(rows, schema=RECORDS, orient="row")


KINDS = (
    Kind("publish_consent", publish, every=lambda _: PUBLISH_EVERY),
    Kind("withdraw", withdraw_stored, every=lambda _: WITHDRAW_EVERY),
)
