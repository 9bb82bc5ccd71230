"""The embedded log's blocks: open while they are small, then compressed; a file of version 1; space given back."""

import asyncio
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from event_log import Position, Record, open_admin, partition_of
from event_log.embedded.blocks import Block, pieces
from event_log.embedded.database import connect, path_of
from event_log.embedded.publisher import SqlitePublisher
from event_log.faults import LogDamaged
from kinelake.example.traffic import Plan, examples
from schemas.shared.message import items_in
from tests.event_log.conftest import FAR, PARTITIONS, Log, record, rows
from tests.kit.gathered import gathered
from tests.kit.scanning import Scanner, canary

pytestmark = pytest.mark.anyio

HERE = partition_of(b"a", PARTITIONS)
START = datetime(2026, 2, 17, tzinfo=UTC)
MINUTE = 60_000_000
BAR_BYTES = 300
VERSION_1 = """
CREATE TABLE partitions (
    id INTEGER PRIMARY KEY, topic TEXT NOT NULL, partition INTEGER NOT NULL, start_offset INTEGER NOT NULL DEFAULT 0,
    next_offset INTEGER NOT NULL DEFAULT 0, UNIQUE (topic, partition)
);
CREATE TABLE blocks (
    partition_id INTEGER NOT NULL REFERENCES partitions, base_offset INTEGER NOT NULL, count INTEGER NOT NULL,
    appended_at INTEGER NOT NULL, records BLOB NOT NULL, PRIMARY KEY (partition_id, base_offset)
);
CREATE TABLE limits (topic TEXT PRIMARY KEY, max_record_bytes INTEGER NOT NULL);
INSERT INTO partitions VALUES (1, 'old', 0, 0, 5), (2, 'old', 1, 0, 0), (3, 'old', 2, 0, 0);
INSERT INTO blocks VALUES (1, 0, 2, 1771286400000000, x'9392C401{b}C401{b}92C40130C4013192C400C400');
INSERT INTO blocks VALUES (1, 2, 3, 1771286400000001, x'9393C401{b}C401{b}C401{b}93C40132C40133C4013493C400C400C400');
PRAGMA user_version = 1;
"""
OLD_KEY = next(b"%c" % letter for letter in range(97, 123) if partition_of(b"%c" % letter, PARTITIONS) == 0)


def blocks(log: Log) -> tuple[int, int]:
    """How many are sealed, how many open."""
    with closing(connect(path_of(log.url), 1)) as connection:
        (sealed,) = connection.execute("SELECT count(*) FROM blocks").fetchone()
        (opened,) = connection.execute("SELECT count(*) FROM open_blocks").fetchone()
    return sealed, opened


async def publish_at(log: Log, minutes: float, message: Record) -> None:
    publisher = SqlitePublisher(path_of(log.url), log.options, lambda: START + timedelta(minutes=minutes))
    await publisher.publish(log.topic, [message])
    await publisher.close()


def large(number: int) -> Record:
    """Nineteen of them are enough to be sealed."""
    return record("a", f"{number}", os.urandom(3500))


async def test_few_messages_stay_open_and_enough_of_them_are_sealed_by_the_commit_that_brings_the_last(
    sqlite_log: Log,
) -> None:
    async with sqlite_log.publisher() as publisher:
        for number in range(18):
            await publisher.publish(sqlite_log.topic, [large(number)])
        assert blocks(sqlite_log) == (0, 18)
        await publisher.publish(sqlite_log.topic, [large(18)])
        assert blocks(sqlite_log) == (1, 0)
        await publisher.publish(sqlite_log.topic, [large(19)])
        assert blocks(sqlite_log) == (1, 1)
    assert [int(value) for value, _ in sqlite_log.read(20).values()] == list(range(20))


async def test_a_reader_that_was_in_the_middle_of_open_blocks_goes_on_where_they_were_sealed(sqlite_log: Log) -> None:
    async with sqlite_log.publisher() as publisher:
        with sqlite_log.reader() as reader:
            for number in range(40):
                await publisher.publish(sqlite_log.topic, [large(number)])
                if number % 7 == 0:
                    assert [int(value) for value in reader.poll(1, 10).values] == [number // 7]
            assert [int(value) for value in reader.poll(100, 10).values] == list(range(6, 40))
    assert blocks(sqlite_log) == (2, 2)


async def test_a_request_of_much_is_sealed_in_blocks_of_which_none_is_much_more_than_enough(sqlite_log: Log) -> None:
    await sqlite_log.publish([large(number) for number in range(100)])
    assert blocks(sqlite_log) == (5, 0)
    assert [int(value) for value, _ in sqlite_log.read(31, {HERE: 69}).values()] == list(range(69, 100))


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=60), st.integers(1, 100))
def test_pieces_are_the_block_in_order_and_each_is_large_enough(values: list[bytes], size: int) -> None:
    whole = Block([b""] * len(values), values, [b""] * len(values))
    found = list(pieces(whole, size))
    assert Block.joined(found) == whole
    assert len(found) == 1 or min(sum(piece.sizes()) for piece in found) >= size
    assert all(found)


REQUESTS = st.lists(
    st.lists(st.builds(Record, st.binary(max_size=2), st.binary(min_size=1, max_size=20)), min_size=1, max_size=9),
    min_size=1,
    max_size=12,
)
SKIPPED = st.tuples(*[st.integers(0, 60)] * PARTITIONS)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests=REQUESTS, enough=st.integers(1, 200), poll=st.integers(1, 20), skipped=SKIPPED)
async def test_whatever_is_sealed_when_reads_the_same_from_any_offset(
    sqlite_log: Log, monkeypatch: pytest.MonkeyPatch, requests: list[list[Record]], enough: int, poll: int,
    skipped: tuple[int, ...],
) -> None:  # fmt: skip
    monkeypatch.setattr("event_log.embedded.tail.SEAL_BYTES", enough)
    begin = sqlite_log.end_offsets()
    expected: dict[Position, tuple[bytes, bytes]] = {}
    async with sqlite_log.publisher(publish_linger_ms=0) as publisher:
        for request in requests:
            places = await publisher.publish(sqlite_log.topic, request)
            expected |= {place: (each.value, each.client) for place, each in zip(places, request, strict=True)}
    ends = sqlite_log.end_offsets()
    start = {partition: min(begin[partition] + skipped[partition], end) for partition, end in ends.items()}
    left = {place: said for place, said in expected.items() if place.offset >= start[place.partition]}
    found: dict[Position, tuple[bytes, bytes]] = {}
    with sqlite_log.reader(start) as reader:
        while len(found) < len(left):
            found |= rows(reader.poll(poll, 10))
    assert found == left


async def test_what_came_more_than_an_hour_before_is_sealed_apart_and_expires_apart(sqlite_log: Log) -> None:
    for minutes in (0, 59, 61, 130):
        await publish_at(sqlite_log, minutes, record("a", str(minutes)))
    assert blocks(sqlite_log) == (2, 1)
    with closing(open_admin(sqlite_log.url, sqlite_log.options)) as admin:
        assert admin.expire(sqlite_log.topic, START + timedelta(minutes=60), {HERE: 4}) == 2
        assert admin.expire(sqlite_log.topic, START + timedelta(minutes=140), {HERE: 3}) == 1
        assert admin.start_offsets(sqlite_log.topic)[HERE] == 3
        assert admin.expire(sqlite_log.topic, START + timedelta(minutes=140), {HERE: 4}) == 1
    await publish_at(sqlite_log, 300, record("a", "300"))
    assert [value for value, _ in sqlite_log.read(1, {HERE: 4}).values()] == [b"300"]


async def test_what_was_erased_is_nowhere_whether_it_was_open_or_sealed(sqlite_log: Log) -> None:
    words = [canary("alice") for _ in range(60)]
    for first in (0, 40):
        request = [record("a", word, os.urandom(3500)) for word in words[first : first + 40]]
        async with sqlite_log.publisher() as publisher:
            for each in request:
                await publisher.publish(sqlite_log.topic, [each])
            assert blocks(sqlite_log)[1]
    with closing(open_admin(sqlite_log.url, sqlite_log.options)) as admin:
        gone = {word.encode() for word in words[::2]}
        assert admin.blank(sqlite_log.topic, lambda key, value: value in gone, gone, {HERE: 60}) == 30
        left = [value.decode() for value, _ in sqlite_log.read(60).values()]
        assert left == [word if index % 2 else "" for index, word in enumerate(words)]
        assert {found.word for found in Scanner(words).folder(path_of(sqlite_log.url).parent)} == set(words[1::2])


async def test_space_is_given_back_after_an_expiry_and_what_is_left_stays(sqlite_log: Log) -> None:
    file = path_of(sqlite_log.url)
    await sqlite_log.publish([Record(b"a", os.urandom(4000)) for _ in range(1000)])
    (kept,) = await sqlite_log.publish([record("a", "kept")])
    with closing(open_admin(sqlite_log.url, sqlite_log.options)) as admin:
        before = file.stat().st_size
        assert before > 4_000_000
        admin.expire(sqlite_log.topic, FAR, {HERE: kept.offset})
        assert file.stat().st_size < 200_000
        assert sqlite_log.read(1, {HERE: kept.offset}) == {kept: (b"kept", b"")}
    with closing(connect(file, 1)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_file_that_is_mostly_free_is_given_back_part_by_part(
    sqlite_log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("event_log.embedded.admin.TURNS_OF_GIVING_BACK", 1)
    file = path_of(sqlite_log.url)
    await sqlite_log.publish([Record(b"a", os.urandom(4000)) for _ in range(1000)])
    with closing(open_admin(sqlite_log.url, sqlite_log.options)) as admin:
        sizes = [file.stat().st_size]
        admin.expire(sqlite_log.topic, FAR, {HERE: 1000})
        for _ in range(6):
            sizes.append(file.stat().st_size)
            admin.expire(sqlite_log.topic, FAR, {HERE: 1000})
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[1] > 2_000_000
    assert sizes[-1] < 200_000


async def test_a_damaged_block_is_refused_and_nothing_is_pretended(sqlite_log: Log) -> None:
    await sqlite_log.publish([large(number) for number in range(20)])
    with closing(connect(path_of(sqlite_log.url), 1)) as connection:
        (records,) = connection.execute("SELECT records FROM blocks").fetchone()
        broken = records[:-500] + bytes(100) + records[-400:]
        connection.execute("UPDATE blocks SET records = ?", (broken,))
    with sqlite_log.reader() as reader, pytest.raises(LogDamaged, match="restore it"):
        reader.poll(100, 10)


@pytest.fixture
def old(sqlite_log: Log, tmp_path: Path) -> Log:
    """A file as version 1 left it: five messages in two blocks."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_1.replace("{b}", OLD_KEY.hex()))
    return Log(f"sqlite:///{path}", "old", sqlite_log.options)


async def test_a_log_of_version_1_goes_on(old: Log) -> None:
    assert [value for value, _ in old.read(5).values()] == [b"0", b"1", b"2", b"3", b"4"]
    (position,) = await old.publish([Record(OLD_KEY, b"5")])
    assert position == Position(0, 5)
    await old.publish([Record(OLD_KEY, b"6", os.urandom(70_000))])
    assert blocks(old) == (3, 0)
    assert [value for value, _ in old.read(4, {0: 3}).values()] == [b"3", b"4", b"5", b"6"]
    with closing(open_admin(old.url, old.options)) as admin:
        assert admin.blank(old.topic, lambda key, value: value in (b"3", b"5")) == 2
        assert [value for value, _ in old.read(7).values()] == [b"0", b"1", b"2", b"", b"4", b"", b"6"]
        assert admin.expire(old.topic, FAR, {0: 6}) == 5
    assert [value for value, _ in old.read(2, {0: 5}).values()] == [b"", b"6"]


INSERT_OF_VERSION_1 = "INSERT INTO blocks VALUES (1, 5, 1, 1771286400000002, x'9391C4016191C4013591C400')"


async def test_a_file_that_was_only_looked_into_can_still_be_drained_by_version_1(old: Log) -> None:
    with closing(open_admin(old.url, old.options)) as admin:
        admin.ensure_topic(old.topic)
        admin.ensure_topic("more")
    with closing(sqlite3.connect(path_of(old.url), isolation_level=None)) as version_1:
        assert version_1.execute("PRAGMA user_version").fetchone() == (1,)
        version_1.execute(INSERT_OF_VERSION_1)
        version_1.execute("UPDATE partitions SET next_offset = 6 WHERE id = 1")
    assert [value for value, _ in old.read(6).values()] == [b"0", b"1", b"2", b"3", b"4", b"5"]
    await old.publish([Record(OLD_KEY, b"6")])
    assert [value for value, _ in old.read(2, {0: 5}).values()] == [b"5", b"6"]


async def test_a_process_of_version_1_that_still_runs_writes_nothing_that_nobody_would_find(old: Log) -> None:
    with closing(sqlite3.connect(path_of(old.url), isolation_level=None)) as version_1:
        assert version_1.execute("SELECT count(*) FROM blocks").fetchone() == (2,)
        await old.publish([Record(OLD_KEY, b"5")])
        with pytest.raises(sqlite3.OperationalError, match="6 columns but 5 values"):
            version_1.execute(INSERT_OF_VERSION_1)
        assert version_1.execute("PRAGMA user_version").fetchone() == (2,)


async def test_many_may_open_a_new_or_an_old_file_at_once(old: Log, tmp_path: Path) -> None:
    for url in (old.url, f"sqlite:///{tmp_path}/new.db"):
        opened = await asyncio.gather(*(asyncio.to_thread(connect, path_of(url), 10) for _ in range(8)))
        assert {each.execute("SELECT count(*) FROM open_blocks").fetchone() for each in opened} == {(0,)}
        for each in opened:
            each.close()


def singles(count: int) -> Iterator[Record]:
    """Messages of single posts, as the example's people send them within minutes."""
    example = examples()["media"]
    assert example.messages is not None
    traffic = example.traffic(Plan(1, count, 1_771_322_400_000_000, 10 * MINUTE))
    return (Record(*each) for each in islice(example.messages(traffic, _subject), count))


def _subject(person: str) -> str:
    return hashlib.sha256(person.encode()).hexdigest()


@pytest.mark.parametrize("items", [1, 20])
async def test_an_event_takes_a_few_hundred_bytes_whether_it_comes_alone_or_with_others(
    sqlite_log: Log, items: int
) -> None:
    records = list(gathered(singles(6000), items))
    async with sqlite_log.publisher(publish_linger_ms=0) as publisher:
        for first in range(0, len(records), 3):
            await publisher.publish(sqlite_log.topic, records[first : first + 3])
    with closing(connect(path_of(sqlite_log.url), 1)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    events = sum(items_in(each.value) for each in records)
    assert path_of(sqlite_log.url).stat().st_size <= BAR_BYTES * events
