"""Every item of a stream's log, read beside the flow and judged without it."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from event_log import Fetched, open_reader
from kinelake.installation import Installation
from schemas.shared.stream import Stream

BROKEN = b"broken"
"""What a test puts where an item should be."""


@dataclass(frozen=True)
class Item:
    """One line of a message, and where it lies."""

    partition: int
    offset: int
    place: int
    head: bytes
    line: bytes

    @property
    def at(self) -> tuple[int, int, int]:
        """As the columns log_partition, log_offset, log_item."""
        return self.partition, self.offset, self.place

    @property
    def event_id(self) -> str | None:
        """None of a broken one."""
        return None if self.line == BROKEN else str(msgspec.json.decode(self.line)["event_id"])


def items(installation: Installation, stream: Stream) -> list[Item]:
    """All there are, in the order of each partition."""
    return [item for message in _fetched(installation, stream) for item in message]


def _fetched(installation: Installation, stream: Stream) -> Iterator[list[Item]]:
    settings = installation.settings
    ends = installation.log.end_offsets(stream.name)
    reader = open_reader(settings.log_url, stream.name, dict.fromkeys(ends, 0), settings)
    left = sum(ends.values())
    try:
        while left:
            fetched = reader.poll(1000, 1.0)
            left -= len(fetched)
            yield from _divided(fetched)
    finally:
        reader.close()


def _divided(fetched: Fetched) -> Iterator[list[Item]]:
    places = zip(fetched.partitions.tolist(), fetched.offsets.tolist(), fetched.values, strict=True)
    for partition, offset, value in places:
        head, *lines = value.split(b"\n")
        yield [Item(partition, offset, place, head, line) for place, line in enumerate(lines)]
