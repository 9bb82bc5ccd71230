"""Settles streams: what has been quiet long enough becomes rows that stand (`sinks.settling`)."""

from collections.abc import Mapping
from datetime import datetime

from jobs.faults import NothingToDo, NothingYet
from jobs.lake import Lake
from sinks.settling import Settled, settlings


def settle(lake: Lake, stream: str, now: datetime) -> Settled:
    """One run over a stream's tables, safe beside its flow.

    Raises:
        NothingYet: the flow has not said yet until when its tables are complete.
        NothingToDo: the stream does not settle.
    """
    if stream not in settlings():
        raise NothingToDo(f"{stream} does not settle; there are {', '.join(settlings()) or 'no streams that do'}")
    as_of = lake.control.watermarks.as_of(stream, lake.log_options.partitions)
    if as_of is None:
        raise NothingYet(
            f"the {stream} flow has not committed yet: nothing can be settled before `kinelake flow {stream}` ran"
        )
    settling = settlings()[stream]
    return settling.settle(lake.location, as_of, now, lake.settings.room(settling.options))


def settle_all(lake: Lake, now: datetime) -> Mapping[str, Settled | NothingYet]:
    """One run over every stream that settles, by stream: what it did, or why there is nothing to settle yet."""
    return {stream: _settled(lake, stream, now) for stream in settlings()}


def _settled(lake: Lake, stream: str, now: datetime) -> Settled | NothingYet:
    try:
        return settle(lake, stream, now)
    except NothingYet as reason:
        return reason
