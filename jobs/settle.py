"""Settles media sessions: what has been quiet long enough becomes one row per session and per cube cell."""

from datetime import datetime

from jobs.faults import NothingYet
from jobs.lake import Lake
from schemas.media.events import STREAM
from sinks.media.settle import Settled, SettleTables
from sinks.media.settle import settle as settle_tables


def settle(lake: Lake, now: datetime) -> Settled:
    """One run over the media tables, safe beside the flow.

    Raises:
        NothingYet: the media flow has not said yet until when its tables are complete.
    """
    as_of = lake.control.watermarks.as_of(STREAM.name, lake.log_options.partitions)
    if as_of is None:
        raise NothingYet(
            "the media flow has not committed yet: nothing can be settled before `kinelake flow media` ran"
        )
    return settle_tables(SettleTables.open(lake.location), as_of, now, lake.settle_options)
