"""Settles streams: what has been quiet long enough becomes rows that stand (`sinks.settling`)."""

from collections.abc import Mapping
from datetime import datetime

from jobs.faults import NothingToDo, NothingYet
from jobs.lake import Lake
from schemas.shared.stream import modules
from sinks.settling import Settled, settlings


def settle(lake: Lake, module: str, now: datetime) -> Settled:
    """One run over the tables of a module's streams, safe beside their flows.

    Raises:
        NothingYet: a flow has not said yet until when its tables are complete.
        NothingToDo: the module's streams do not settle.
    """
    if module not in settlings():
        raise NothingToDo(f"{module} does not settle; there are {', '.join(settlings()) or 'no streams that do'}")
    settling = settlings()[module]
    as_of = min(_complete_until(lake, stream.name) for stream in modules()[module])
    return settling.settle(lake.location, as_of, now, lake.settings.room(settling.options))


def _complete_until(lake: Lake, stream: str) -> datetime:
    as_of = lake.control.watermarks.as_of(stream, lake.log_options.partitions)
    if as_of is None:
        raise NothingYet(
            f"the {stream} flow has not committed yet: nothing can be settled before `kinelake flow {stream}` ran"
        )
    return as_of


def settle_all(lake: Lake, now: datetime) -> Mapping[str, Settled | NothingYet]:
    """One run over every module whose streams settle: what it did, or why there is nothing to settle yet."""
    return {module: _settled(lake, module, now) for module in settlings()}


def _settled(lake: Lake, module: str, now: datetime) -> Settled | NothingYet:
    try:
        return settle(lake, module, now)
    except NothingYet as reason:
        return reason
