"""Where the streams' logs end, and whether the tables have come so far."""

from collections.abc import Mapping

from event_log.faults import UnknownTopic
from jobs.lake import Lake
from schemas.shared.stream import Stream


def ends(lake: Lake, stream: str) -> Mapping[int, int]:
    """The offset that will be written next, by partition."""
    try:
        return lake.log.end_offsets(stream)
    except UnknownTopic:
        # nobody has started the stream here
        return {}


def beyond(lake: Lake, stream: Stream, ends: Mapping[str, int]) -> bool:
    """Whether the stream's primary table has what lay below these ends, by partition."""
    waiting = {int(partition): end for partition, end in ends.items() if end}
    if not waiting:
        return True
    if not lake.location.exists(stream.primary.name):
        return False
    committed = lake.tables.offsets(stream.primary.name, stream.name, list(waiting))
    return all(committed[partition] >= end for partition, end in waiting.items())
