"""Retention and erasure on the embedded log."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from event_log import Record, open_admin, partition_of
from event_log.embedded.database import path_of
from event_log.embedded.publisher import SqlitePublisher
from event_log.faults import LogUnavailable
from tests.event_log.conftest import PARTITIONS, Log, record

pytestmark = pytest.mark.anyio

HERE = partition_of(b"a", PARTITIONS)
START = datetime(2026, 2, 17, tzinfo=UTC)
PATIENCE = 60
HOLDER = """
import fcntl, sys
with open(sys.argv[1], "r+b") as shared:
    fcntl.lockf(shared, fcntl.LOCK_EX, 1, 121)  # WAL_CKPT_LOCK
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
async def days(sqlite_log: Log) -> Log:
    """Ten messages in one partition, one a day."""
    for day in range(10):
        await publish_on(sqlite_log, day, record("a", f"secret-{day}", b"192.0.2.1"))
    return sqlite_log


async def publish_on(log: Log, day: int, message: Record) -> None:
    publisher = SqlitePublisher(path_of(log.url), log.options, lambda: START + timedelta(days=day))
    await publisher.publish(log.topic, [message])
    await publisher.close()


def expire(log: Log, days: float, keep_from: dict[int, int]) -> int:
    with closing(open_admin(log.url, log.options)) as admin:
        return admin.expire(log.topic, START + timedelta(days=days), keep_from)


def start_offset(log: Log) -> int:
    with closing(open_admin(log.url, log.options)) as admin:
        return admin.start_offsets(log.topic)[HERE]


async def test_messages_older_than_the_limit_expire(days: Log) -> None:
    assert expire(days, 4, {HERE: 10}) == 4
    assert start_offset(days) == 4
    assert len(days.read(6, {HERE: 4})) == 6


async def test_nothing_at_or_above_the_slowest_committed_offset_expires(days: Log) -> None:
    assert expire(days, 9, {HERE: 3}) == 3
    assert start_offset(days) == 3


async def test_a_partition_without_a_committed_offset_keeps_everything(days: Log) -> None:
    assert expire(days, 100, {}) == 0
    assert start_offset(days) == 0


async def test_when_everything_has_expired_offsets_go_on(days: Log) -> None:
    assert expire(days, 100, {HERE: 10}) == 10
    assert expire(days, 100, {HERE: 10}) == 0
    (position,) = await days.publish([record("a", "{}")])
    assert position.offset == 10
    assert days.read(1, {HERE: 10}).keys() == {position}


async def test_a_clock_that_was_set_back_does_not_tear_a_hole(sqlite_log: Log) -> None:
    for day in (0, 8, 1, 9):
        await publish_on(sqlite_log, day, record("a", "{}"))
    assert expire(sqlite_log, 5, {HERE: 4}) == 1
    assert len(sqlite_log.read(3, {HERE: 1})) == 3


async def test_erased_messages_are_empty_keep_their_offsets_and_are_nowhere_in_the_files(days: Log) -> None:
    with closing(open_admin(days.url, days.options)) as admin:
        assert admin.blank(days.topic, lambda key, value: key == b"a" and value == b"secret-3") == 1
        assert admin.blank(days.topic, lambda key, value: value == b"secret-3") == 0
        values = [value for value, _ in days.read(10, {HERE: 0}).values()]
        assert values == [b"" if day == 3 else b"secret-%d" % day for day in range(10)]
        assert not found(days, b"secret-3")
        assert found(days, b"secret-4")


async def test_an_erasure_waits_for_a_checkpoint_of_somebody_else(days: Log) -> None:
    admin = open_admin(days.url, days.options)
    with closing(admin), ThreadPoolExecutor(1) as pool:
        with checkpointing(days) as other:
            erasing = pool.submit(admin.blank, days.topic, lambda key, value: value == b"secret-3")
            with pytest.raises(TimeoutError):
                erasing.result(0.3)
            other.kill()
        assert erasing.result(PATIENCE) == 1
        assert not found(days, b"secret-3")


async def test_an_erasure_that_cannot_empty_the_wal_says_so_in_the_end(days: Log) -> None:
    admin = open_admin(days.url, days.options.model_copy(update={"publish_timeout_seconds": 0.1}))
    with closing(admin), checkpointing(days), pytest.raises(LogUnavailable, match="erase again"):
        admin.blank(days.topic, lambda key, value: value == b"secret-3")


@contextmanager
def checkpointing(log: Log) -> Iterator["subprocess.Popen[str]"]:
    """A process that holds SQLite's lock for checkpoints until it is killed."""
    command = [sys.executable, "-c", HOLDER, f"{path_of(log.url)}-shm"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


async def test_expired_messages_are_nowhere_in_the_files(days: Log) -> None:
    expire(days, 4, {HERE: 10})
    with closing(open_admin(days.url, days.options)) as admin:
        admin.blank(days.topic, lambda key, value: False)
        assert not found(days, b"secret-3")


def found(log: Log, text: bytes) -> bool:
    folder: Path = path_of(log.url).parent
    return any(text in path.read_bytes() for path in folder.iterdir())
