"""A process that publishes to a log until it is killed: `publishing URL TOPIC PARTITIONS NAME [FILE_LIMIT]`.

It prints a line for each acknowledged publish: partition, offset and value, separated by blanks. With FILE_LIMIT no
file of it grows beyond so many bytes; a publish that fails prints `failed`, and after the first one the limit is
lifted.
"""

import asyncio
import resource
import sys
from contextlib import suppress

from event_log import LogOptions, Record, open_publisher
from event_log.errors import LogUnavailable


async def publish(url: str, topic: str, partitions: int, name: str) -> None:
    """Publish values `NAME-0`, `NAME-1`, … in requests of three, ten requests at once."""
    options = LogOptions(log_url=url, partitions=partitions, disk_floor_bytes=0)
    publisher = open_publisher(url, options)
    number = 0
    while True:
        requests = [
            [Record(b"%d" % n, f"{name}-{n}-{i}".encode()) for i in range(3)] for n in range(number, number + 10)
        ]
        number += 10
        for request, outcome in zip(
            requests,
            await asyncio.gather(*(publisher.publish(topic, each) for each in requests), return_exceptions=True),
            strict=True,
        ):
            if isinstance(outcome, LogUnavailable):
                print("failed", flush=True)
                lift_limit()
                continue
            if isinstance(outcome, BaseException):
                raise outcome
            for record, position in zip(request, outcome, strict=True):
                print(*position, record.value.decode(), flush=True)


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
