"""The job `purge`: removes what came with public write keys, once the flows have passed what they took of it before.

Whoever wants it queues a job with the key's id as its key and `{"tenant": …, "ingest_key": …}` as its payload, when the
key is revoked. That one writes down what is wanted; those that come round carry it on as far as it can go by now.

Delivery: at least once. Each step finds what is left to do and does it again without harm. What the embedded log has of
the key is emptied; on Kafka it goes with the topics' retention, and no flow takes it any more.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import structlog

from control.erasures import Erasure
from jobs.erasure.passed import ENDS, due
from jobs.lake import Lake
from jobs.leaving import asking, going_on
from jobs.work import Context
from schemas.shared.message import LINE_END
from schemas.shared.origins import INGEST_KEY_COLUMN
from schemas.shared.scopes import INGEST_KEY, reach_of
from schemas.shared.stream import Stream, streams
from sinks.purged import Purge, purge_letters, purge_stream, taken_out

REQUESTED_BY: Final = "operator"
BEFORE: Final = "before"
"""In the erasure's detail while it is carried out."""

log = structlog.get_logger()


def purge(context: Context) -> None:
    """One round, or the beginning of a purge."""
    wanted, erasures = context.job.payload, context.lake.control.erasures
    if wanted:
        named = {"tenant": wanted["tenant"], "ingest_key": wanted[INGEST_KEY]}
        erasures.begin_purge(**named, requested_by=REQUESTED_BY, wanted_at=context.job.created_at)
        return
    names = [stream.name for stream in keyed_streams()]
    for each in due(context.lake, erasures.in_state("purging"), context.clock(), names):
        _purge(context, each)


def keyed_streams() -> Sequence[Stream]:
    """The streams that can be written to with such keys."""
    return [stream for stream in streams().values() if INGEST_KEY_COLUMN in stream.stamped]


def _purge(context: Context, erasure: Erasure) -> None:
    lake, key = context.lake, reach_of(erasure.scope).value
    before = _before(lake, erasure)
    for stream in keyed_streams():
        verdict, below = Purge(stream, erasure.tenant, key, erasure.number), _ends(erasure, stream)
        partitions = range(lake.log_options.partitions)
        purge_stream(lake.location, verdict, below, partitions, asking(context, stream), going_on(context))
    purge_letters(lake.location, erasure.tenant, key, going_on(context))
    messages = sum(_blanked(lake, stream.name, erasure, key) for stream in keyed_streams())
    rows = {table: count - before[table] for table, count in taken_out(lake.location, keyed_streams()).items()}
    at, tables = context.clock(), {table: {"rows": count} for table, count in rows.items()}
    told = {"tables": tables, "messages": messages}
    lake.control.erasures.finish(erasure.id, at, detail=told, tables_clean_at=at)
    log.info("purged", ingest_key=key, messages=messages, **rows)


def _before(lake: Lake, erasure: Erasure) -> Mapping[str, int]:
    """By table how many rows purges had taken out before this one, as its first round noted it."""
    before: Mapping[str, int] | None = erasure.detail.get(BEFORE)
    if before is None:
        before = taken_out(lake.location, keyed_streams())
        lake.control.erasures.note(erasure.id, detail={**erasure.detail, BEFORE: before})
    return before


def _ends(erasure: Erasure, stream: Stream) -> dict[int, int]:
    return {int(partition): end for partition, end in erasure.detail[ENDS].get(stream.name, {}).items()}


def _blanked(lake: Lake, stream: str, erasure: Erasure, key: str) -> int:
    """How many messages of the key were emptied; 0 on a log that empties none."""
    below = erasure.detail[ENDS].get(stream)
    if not below or not lake.log.blanks:
        return 0
    named = [msgspec.json.encode({name: said})[1:-1] for name, said in ((INGEST_KEY, key), ("tenant", erasure.tenant))]

    def meant(_: bytes, value: bytes) -> bool:
        head, _, _ = value.partition(LINE_END)
        return all(part in head for part in named)

    return lake.log.blank(stream, meant, named[:1], {int(partition): end for partition, end in below.items()})
