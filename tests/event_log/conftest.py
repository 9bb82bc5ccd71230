"""One log of each kind, with a topic of its own for every test."""

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from event_log import Fetched, LogOptions, Position, Publisher, Reader, Record, open_admin, open_publisher, open_reader

PARTITIONS = 3
FAR = datetime(2999, 1, 1, tzinfo=UTC)
_topics = (f"topic-{number}" for number in itertools.count())


@dataclass(frozen=True)
class Log:
    """A log, one topic on it, and short words for what the tests do with them."""

    url: str
    topic: str
    options: LogOptions

    def publisher(self, **changes: Any) -> AbstractAsyncContextManager[Publisher]:
        """A publisher that is closed in the end."""
        return opened(self.url, self.options.model_copy(update=changes))

    async def publish(self, records: Sequence[Record]) -> list[Position]:
        """Publish with a publisher of its own."""
        async with self.publisher() as publisher:
            return await publisher.publish(self.topic, records)

    def reader(self, start: dict[int, int] | None = None) -> closing[Reader]:
        """A reader from the beginning of every partition, or from `start`."""
        return closing(open_reader(self.url, self.topic, start or dict.fromkeys(range(PARTITIONS), 0), self.options))

    def keys(self, count: int) -> dict[Position, bytes]:
        """Key by position."""
        found: dict[Position, bytes] = {}
        with self.reader() as reader:
            while len(found) < count:
                fetched = reader.poll(1000, 10)
                positions = map(Position, fetched.partitions.tolist(), fetched.offsets.tolist())
                found |= dict(zip(positions, fetched.keys, strict=True))
        return found

    def read(self, count: int, start: dict[int, int] | None = None) -> dict[Position, tuple[bytes, bytes]]:
        """Value and client by position; `count` messages and no more are there."""
        with self.reader(start) as reader:
            return read(reader, count)

    def made_for(self, max_record_bytes: int) -> None:
        """The topic again, for records of that size."""
        with closing(open_admin(self.url, self.options)) as admin:
            admin.ensure_topic(self.topic, max_record_bytes)

    def end_offsets(self) -> dict[int, int]:
        """As the admin tells them."""
        with closing(open_admin(self.url, self.options)) as admin:
            return admin.end_offsets(self.topic)

    def drop_below(self, partition: int, offset: int) -> None:
        """Let what lies below an offset expire."""
        if self.url.startswith("kafka"):
            client = AdminClient({"bootstrap.servers": self.url.removeprefix("kafka://")})
            wanted = TopicPartition(self.topic, partition, offset)
            client.delete_records([wanted])[wanted].result()
        else:
            with closing(open_admin(self.url, self.options)) as admin:
                admin.expire(self.topic, FAR, {partition: offset})


@asynccontextmanager
async def opened(url: str, options: LogOptions) -> AsyncIterator[Publisher]:
    """A publisher that is closed in the end."""
    publisher = open_publisher(url, options)
    try:
        yield publisher
    finally:
        await publisher.close()


def read(reader: Reader, count: int) -> dict[Position, tuple[bytes, bytes]]:
    """What the reader brings, by position in log order: at least `count` messages, and whatever comes with them."""
    found: dict[Position, tuple[bytes, bytes]] = {}
    while len(found) < count:
        found |= rows(reader.poll(1000, 10))
    found |= rows(reader.poll(1000, 0))
    return found


def rows(fetched: Fetched) -> dict[Position, tuple[bytes, bytes]]:
    """Columns as value and client by position."""
    assert fetched.partitions.dtype == np.int32
    assert fetched.offsets.dtype == np.int64
    positions = map(Position, fetched.partitions.tolist(), fetched.offsets.tolist())
    return dict(zip(positions, zip(fetched.values, fetched.clients, strict=True), strict=True))


def record(key: str, value: str, client: bytes = b"") -> Record:
    """A record of texts."""
    return Record(key.encode(), value.encode(), client)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.xdist_group("kafka")])])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Log:
    """Either log."""
    made: Log = request.getfixturevalue(f"{request.param}_log")
    return made


@pytest.fixture
def sqlite_log(tmp_path: Path) -> Log:
    return with_topic(f"sqlite:///{tmp_path}/log.db")


@pytest.fixture
def kafka_log(request: pytest.FixtureRequest) -> Log:
    # Asked for here and not as an argument: the test of the other log would start it, too.
    kafka = request.getfixturevalue("kafka")
    kafka.start()
    return with_topic(kafka.url)


def with_topic(url: str) -> Log:
    """The log with a new topic."""
    options = LogOptions(log_url=url, partitions=PARTITIONS, disk_floor_bytes=0)
    made = Log(url, next(_topics), options)
    with closing(open_admin(url, options)) as admin:
        admin.ensure_topic(made.topic)
    return made
