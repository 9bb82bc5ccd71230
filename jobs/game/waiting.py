"""What the log has and the game tables have not yet, read beside the flow."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from time import monotonic
from typing import Final

from event_log import Fetched, Reader, open_reader
from jobs.faults import NothingYet, WorkStopped
from jobs.lake import Lake
from jobs.passed import ends
from jobs.work import Stopping
from schemas.game import STREAM

AT_ONCE: Final = 100
"""Messages, of which each may have some megabytes."""
POLL_SECONDS: Final = 0.5
PATIENCE_SECONDS: Final = 60.0
"""How long a log may say nothing that has more."""


def waiting(lake: Lake, stopping: Stopping) -> Iterator[Fetched]:
    """The messages from where the primary table stands to where the log ends, both as they are now.

    Raises:
        NothingYet: the log has more, and does not hand it out.
        WorkStopped: `stopping` was set.
        LogUnavailable, OffsetOutOfRange: as a Reader does.
    """
    until = {partition: end for partition, end in ends(lake, STREAM.name).items() if end}
    left = {partition: begin for partition, begin in _begins(lake, until).items() if begin < until[partition]}
    if not left:
        return
    with closing(open_reader(lake.log_options.log_url, STREAM.name, left, lake.log_options)) as reader:
        last = monotonic()
        while any(left[partition] < until[partition] for partition in left):
            fetched = _polled(reader, stopping)
            if len(fetched):
                last = monotonic()
                yield _below(fetched, until)
                left |= _next(fetched)
            elif monotonic() - last > PATIENCE_SECONDS:
                raise NothingYet("the log has more of the stream game and does not hand it out")


def _polled(reader: Reader, stopping: Stopping) -> Fetched:
    if stopping.is_set():
        raise WorkStopped("the worker was told to stop")
    return reader.poll(AT_ONCE, POLL_SECONDS)


def _begins(lake: Lake, until: Mapping[int, int]) -> Mapping[int, int]:
    """Where the table stands; where it has nothing yet, the oldest that the log has."""
    starts = lake.log.start_offsets(STREAM.name) if until else {}
    there = lake.location.exists(STREAM.primary.name)
    committed = lake.tables.offsets(STREAM.primary.name, STREAM.name, list(until)) if there else {}
    return {partition: max(committed.get(partition, 0), starts.get(partition, 0)) for partition in until}


def _below(fetched: Fetched, until: Mapping[int, int]) -> Fetched:
    """Those that were there when the ends were asked for."""
    places = zip(fetched.partitions.tolist(), fetched.offsets.tolist(), strict=True)
    kept = [index for index, (partition, offset) in enumerate(places) if offset < until[partition]]
    return Fetched(
        fetched.partitions[kept],
        fetched.offsets[kept],
        [fetched.keys[index] for index in kept],
        [fetched.values[index] for index in kept],
        [fetched.clients[index] for index in kept],
    )


def _next(fetched: Fetched) -> dict[int, int]:
    places = zip(fetched.partitions.tolist(), fetched.offsets.tolist(), strict=True)
    return {partition: offset + 1 for partition, offset in places}
