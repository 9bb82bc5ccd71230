"""A process that publishes to a log until it is killed: `publishing URL TOPIC PARTITIONS NAME [FILE_LIMIT]`.

It prints a line for each acknowledged publish: partition, offset and value, separated by blanks. With FILE_LIMIT no
file of it grows beyond so many bytes; a publish that fails prints `failed`, and after the first one the limit is
lifted.
"""

import asyncio
import itertools
import resource
import sys
from contextlib import suppress

from event_log import LogOptions, Record, open_publisher
from event_log.faults import LogUnavailable

CLIENT = b"." * 1000
"""A partition's commits are enough for a compressed block now and then."""


async def publish(url: str, topic: str, partitions: int, name: str) -> None:
    """Publish values `NAME-0`, `NAME-1`, … in requests of three, ten requests at once."""
    options = LogOptions(log_url=url, partitions=partitions, disk_floor_bytes=0)
    publisher = open_publisher(url, options)

    async def one(number: int) -> None:
        records = [Record(b"%d" % number, f"{name}-{number}-{index}".encode(), CLIENT) for index in range(3)]
        try:
            positions = await publisher.publish(topic, records)
        except LogUnavailable:
            print("failed", flush=True)
            lift_limit()
            return
        for each, position in zip(records, positions, strict=True):
            print(*position, each.value.decode(), flush=True)

    for first in itertools.count(step=10):
        await asyncio.gather(*(one(number) for number in range(first, first + 10)))


def lift_limit() -> None:
    """Files may grow again."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def main(url: str, topic: str, partitions: str, name: str, limit: str = "") -> None:
    """Publish until killed."""
    if limit:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), hard))
    with suppress(BrokenPipeError):
        asyncio.run(publish(url, topic, int(partitions), name))


if __name__ == "__main__":
    main(*sys.argv[1:])
