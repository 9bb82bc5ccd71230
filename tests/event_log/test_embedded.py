"""The embedded log beyond the contract: other processes, kill -9, full disks, foreign files."""

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
from collections import namedtuple
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from event_log import Position, Record, open_admin, open_reader
from event_log.embedded.database import connect, path_of
from event_log.faults import BadLogUrl, LogDamaged, LogTooNew, LogUnavailable, UnknownTopic
from event_log.interface import Chosen
from tests.event_log.conftest import PARTITIONS, Log, record

pytestmark = pytest.mark.anyio


@contextmanager
def publishing(log: Log, name: str, *limit: str) -> Iterator[subprocess.Popen[str]]:
    arguments = [log.url, log.topic, str(PARTITIONS), name, *limit]
    command = [sys.executable, "-m", "tests.kit.publishing", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def acknowledged(lines: list[str]) -> dict[Position, bytes]:
    """What whole lines of a publishing process say is durable; the last one may be cut."""
    words = [line.split() for line in lines if line.endswith("\n") and line != "failed\n"]
    return {Position(int(partition), int(offset)): value.encode() for partition, offset, value in words}


def first_lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline() for _ in range(count)]


def rest(process: subprocess.Popen[str]) -> list[str]:
    process.kill()
    assert process.stdout is not None
    return process.stdout.readlines()


def only(wanted: bytes) -> Chosen:
    """The messages with that value."""
    return lambda key, value: value == wanted


def stored(log: Log) -> dict[Position, bytes]:
    count = sum(log.end_offsets().values())
    return {position: value for position, (value, _) in log.read(count).items()}


@pytest.mark.parametrize("seed", range(3))
def test_kill_9_while_publishing_loses_nothing_that_was_acknowledged(sqlite_log: Log, seed: int) -> None:
    with publishing(sqlite_log, "a") as process:
        lines = first_lines(process, random.Random(seed).randrange(1, 2000))
        lines += rest(process)
    assert acknowledged(lines).items() <= stored(sqlite_log).items()


def test_several_processes_publish_at_once_and_share_the_offsets(sqlite_log: Log) -> None:
    with publishing(sqlite_log, "a") as first, publishing(sqlite_log, "b") as second:
        lines = first_lines(first, 500) + first_lines(second, 500)
        lines += rest(first) + rest(second)
    found = stored(sqlite_log)
    assert acknowledged(lines).items() <= found.items()
    assert {value.split(b"-")[0] for value in found.values()} == {b"a", b"b"}
    assert len(set(found.values())) == len(found)


def test_a_file_that_may_not_grow_fails_publishes_until_it_may_and_loses_nothing(sqlite_log: Log) -> None:
    with publishing(sqlite_log, "a", str(400_000)) as process:
        lines: list[str] = []
        while "failed\n" not in lines:
            lines += first_lines(process, 1)
        lines += first_lines(process, 300)
        lines += rest(process)
    after = lines[lines.index("failed\n") :]
    assert acknowledged(after)
    assert acknowledged(lines).items() <= stored(sqlite_log).items()


async def test_below_the_floor_of_the_disk_nothing_is_taken_until_there_is_space(
    sqlite_log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = namedtuple("disk", "f_frsize f_bavail f_files f_favail")
    free = 100
    monkeypatch.setattr(os, "statvfs", lambda _: disk(1, free, 0, 0))
    async with sqlite_log.publisher(disk_floor_bytes=200) as publisher:
        with pytest.raises(LogUnavailable, match="KINELAKE_DISK_FLOOR_BYTES"):
            await publisher.publish(sqlite_log.topic, [record("a", "{}")])
        with pytest.raises(LogUnavailable, match=str(path_of(sqlite_log.url).parent)):
            await publisher.ready()
        assert sum(sqlite_log.end_offsets().values()) == 0
        free = 300
        await publisher.ready()
        await publisher.publish(sqlite_log.topic, [record("a", "{}")])
    assert sum(sqlite_log.end_offsets().values()) == 1


async def test_below_the_floor_of_inodes_nothing_is_taken_until_there_are_some(
    sqlite_log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = namedtuple("disk", "f_frsize f_bavail f_files f_favail")
    files, free = 1000, 100
    monkeypatch.setattr(os, "statvfs", lambda _: disk(4096, 1000, files, free))
    async with sqlite_log.publisher(disk_floor_bytes=0, disk_floor_inodes=200) as publisher:
        with pytest.raises(LogUnavailable, match=r"100 more files.*KINELAKE_DISK_FLOOR_INODES"):
            await publisher.publish(sqlite_log.topic, [record("a", "{}")])
        with pytest.raises(LogUnavailable, match="inodes"):
            await publisher.ready()
        free = 300
        await publisher.publish(sqlite_log.topic, [record("a", "{}")])
        # a file system that makes inodes as they are needed says that it has none at all
        files = free = 0
        await publisher.ready()
    assert sum(sqlite_log.end_offsets().values()) == 1


async def test_a_writer_that_hangs_makes_the_log_unavailable_and_not_the_reader(sqlite_log: Log) -> None:
    await sqlite_log.publish([record("a", "before")])
    async with sqlite_log.publisher(publish_timeout_seconds=2) as publisher:
        with closing(connect(path_of(sqlite_log.url), 1)) as hanging:
            hanging.execute("BEGIN IMMEDIATE")
            with pytest.raises(LogUnavailable):
                await publisher.publish(sqlite_log.topic, [record("a", "unknown")])
            assert len(sqlite_log.read(1)) == 1
        await publisher.publish(sqlite_log.topic, [record("a", "after")])
    # What failed by its time limit was still in the writer's hands: stored once or not at all.
    values = [value for value, _ in sqlite_log.read(2).values()]
    assert values in ([b"before", b"after"], [b"before", b"unknown", b"after"])


async def test_many_publishes_share_a_commit(sqlite_log: Log) -> None:
    async with sqlite_log.publisher(publish_linger_ms=1000) as publisher:
        each = (publisher.publish(sqlite_log.topic, [record("a", str(number))]) for number in range(100))
        await asyncio.gather(*each)
    with closing(connect(path_of(sqlite_log.url), 1)) as connection:
        (blocks,) = connection.execute("SELECT count(*) FROM open_blocks").fetchone()
    assert blocks == 1


async def test_what_comes_while_the_file_is_locked_shares_the_commit_after(sqlite_log: Log) -> None:
    async with sqlite_log.publisher(publish_linger_ms=0) as publisher:
        with closing(connect(path_of(sqlite_log.url), 1)) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = []
            for number in range(9):
                waiting.append(asyncio.create_task(publisher.publish(sqlite_log.topic, [record("a", str(number))])))
                await asyncio.sleep(0.005)
            other.rollback()
        positions = [position for each in waiting for position in await each]
    assert [position.offset for position in positions] == list(range(9))
    with closing(connect(path_of(sqlite_log.url), 1)) as connection:
        (blocks,) = connection.execute("SELECT count(*) FROM open_blocks").fetchone()
    assert blocks <= 2


async def test_a_publisher_goes_on_behind_what_others_did_to_its_partitions(sqlite_log: Log) -> None:
    async with sqlite_log.publisher() as publisher, sqlite_log.publisher() as other:
        for number in range(6):
            await publisher.publish(sqlite_log.topic, [record("a", f"first {number}")])
            await other.publish(sqlite_log.topic, [record("a", f"second {number}")])
            with closing(open_admin(sqlite_log.url, sqlite_log.options)) as admin:
                admin.blank(sqlite_log.topic, only(b"second %d" % number))
    expected = [value for number in range(6) for value in (b"first %d" % number, b"")]
    assert [value for value, _ in sqlite_log.read(12).values()] == expected


async def test_a_topic_that_is_made_while_a_publisher_is_open_is_taken_from_then_on(sqlite_log: Log) -> None:
    async with sqlite_log.publisher() as publisher:
        await publisher.publish(sqlite_log.topic, [record("a", "{}")])
        with pytest.raises(UnknownTopic):
            await publisher.publish("later", [record("a", "{}")])
        with closing(open_admin(sqlite_log.url, sqlite_log.options)) as admin:
            admin.ensure_topic("later")
        assert [each.offset for each in await publisher.publish("later", [record("a", "{}")])] == [0]


def test_a_commit_waits_for_the_disk(sqlite_log: Log) -> None:
    with closing(connect(path_of(sqlite_log.url), 1)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


async def test_commits_leave_taking_over_the_wal_to_a_thread_of_its_own(
    sqlite_log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("event_log.embedded.checkpoints.CHECKPOINT_BYTES", 100_000)
    file = path_of(sqlite_log.url)
    async with sqlite_log.publisher() as publisher, asyncio.timeout(60):
        await publisher.publish(sqlite_log.topic, [Record(b"a", os.urandom(200_000))])
        while file.stat().st_size < 200_000:
            await asyncio.sleep(0.01)


async def test_what_cannot_be_taken_over_stays_in_the_wal_and_publishing_goes_on(
    sqlite_log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = 0

    def away(path: Path, busy_seconds: float) -> sqlite3.Connection:
        nonlocal tried
        tried += 1
        raise LogUnavailable("no file descriptors are left")

    monkeypatch.setattr("event_log.embedded.checkpoints.CHECKPOINT_BYTES", 1)
    monkeypatch.setattr("event_log.embedded.checkpoints.connect", away)
    async with sqlite_log.publisher() as publisher:
        for number in range(3):
            await publisher.publish(sqlite_log.topic, [record("a", str(number))])
    assert tried
    assert [value for value, _ in sqlite_log.read(3).values()] == [b"0", b"1", b"2"]


def test_nobody_but_its_owner_reads_the_file(sqlite_log: Log) -> None:
    folder = path_of(sqlite_log.url).parent
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "mysql://host/log", "log.db"])
def test_a_url_that_names_no_log_is_refused(sqlite_log: Log, url: str) -> None:
    with pytest.raises(BadLogUrl, match="KINELAKE_LOG_URL"):
        open_admin(url, sqlite_log.options)


def test_a_file_of_something_else_is_refused(sqlite_log: Log, tmp_path: Path) -> None:
    (tmp_path / "other.db").write_bytes(b"no database" * 1000)
    with pytest.raises(LogDamaged, match="is no SQLite database"):
        open_admin(f"sqlite:///{tmp_path}/other.db", sqlite_log.options)


def test_a_file_of_a_newer_version_is_refused(sqlite_log: Log) -> None:
    with closing(sqlite3.connect(path_of(sqlite_log.url))) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LogTooNew, match="upgrade Kinelake"):
        open_reader(sqlite_log.url, sqlite_log.topic, {0: 0}, sqlite_log.options)


def test_a_folder_that_cannot_be_made_is_unavailable(sqlite_log: Log, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LogUnavailable, match="cannot be used"):
        open_admin(f"sqlite:///{tmp_path}/file/log.db", sqlite_log.options)


async def test_a_reader_whose_file_cannot_be_read_brings_nothing_and_goes_on_later(
    sqlite_log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sqlite_log.publish([record("a", "{}")])
    with sqlite_log.reader() as reader:
        monkeypatch.setattr("event_log.embedded.reader.extents", broken)
        assert len(reader.poll(10, 0)) == 0
        assert not reader.healthy
        with pytest.raises(LogUnavailable, match="disk I/O error"):
            reader.end_offsets()
        monkeypatch.undo()
        assert len(reader.poll(10, 0)) == 1
        assert reader.healthy


def broken(connection: sqlite3.Connection, topic: str) -> None:
    raise sqlite3.OperationalError("disk I/O error")
