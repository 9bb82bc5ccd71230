"""What both logs promise, asked of each of them."""

import asyncio
from contextlib import closing
from itertools import cycle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from event_log import Position, Record, open_admin, open_publisher, open_reader, partition_of
from event_log.faults import (
    LogFull,
    OffsetOutOfRange,
    PartitionsChanged,
    PublisherClosed,
    RecordTooLarge,
    UnknownTopic,
)
from tests.event_log.conftest import PARTITIONS, Log, read, record

pytestmark = pytest.mark.anyio


def numbered(count: int, keys: int = 7) -> list[Record]:
    return [record(f"tenant:{number % keys}", f'{{"n":{number}}}') for number in range(count)]


async def test_what_was_acknowledged_is_there_for_a_new_reader_while_the_publisher_lives(log: Log) -> None:
    async with log.publisher() as publisher:
        positions = await publisher.publish(log.topic, [record("tenant:a", "{}", b'{"ip":"192.0.2.1"}')])
        assert log.read(1) == {positions[0]: (b"{}", b'{"ip":"192.0.2.1"}')}


async def test_positions_say_where_each_record_lies(log: Log) -> None:
    records = numbered(100)
    positions = await log.publish(records)
    expected = {position: (each.value, each.client) for position, each in zip(positions, records, strict=True)}
    assert log.read(100) == expected


async def test_offsets_are_dense_in_each_partition_over_several_publishes(log: Log) -> None:
    async with log.publisher() as publisher:
        positions = [
            position
            for start in range(0, 90, 30)
            for position in await publisher.publish(log.topic, numbered(90)[start : start + 30])
        ]
    for partition in range(PARTITIONS):
        offsets = [position.offset for position in positions if position.partition == partition]
        assert offsets == list(range(len(offsets)))


async def test_records_of_a_key_share_a_partition_and_keep_their_order(log: Log) -> None:
    async with log.publisher() as publisher:
        await asyncio.gather(*(publisher.publish(log.topic, [each]) for each in numbered(200)))
    found = log.read(200)
    for key in range(7):
        partition = partition_of(f"tenant:{key}".encode(), PARTITIONS)
        here = [int(value[5:-1]) for position, (value, _) in found.items() if position.partition == partition]
        of_key = [number for number in here if number % 7 == key]
        assert of_key == list(range(key, 200, 7))


async def test_two_publishers_lose_nothing_and_share_the_offsets(log: Log) -> None:
    async with log.publisher() as first, log.publisher() as second:
        both = [publisher.publish(log.topic, numbered(10)) for _ in range(20) for publisher in (first, second)]
        positions = [position for each in await asyncio.gather(*both) for position in each]
    assert len(set(positions)) == 400
    assert log.read(400).keys() == set(positions)


async def test_a_reader_starts_exactly_where_it_is_told_to(log: Log) -> None:
    positions = await log.publish(numbered(60))
    start = dict.fromkeys(range(PARTITIONS), 5)
    expected = {position for position in positions if position.offset >= 5}
    assert log.read(len(expected), start).keys() == expected


async def test_a_reader_reads_its_partitions_only(log: Log) -> None:
    positions = await log.publish(numbered(60))
    expected = {position for position in positions if position.partition == 1}
    with log.reader({1: 0}) as reader:
        assert read(reader, len(expected)).keys() == expected
        assert reader.end_offsets() == {1: len(expected)}
        assert reader.start_offsets() == {1: 0}


async def test_a_poll_brings_no_more_than_it_was_asked_for_and_leaves_nothing_out(log: Log) -> None:
    positions = await log.publish(numbered(60))
    found: list[Position] = []
    with log.reader() as reader:
        while len(found) < 60:
            fetched = reader.poll(7, 10)
            assert 0 < len(fetched) <= 7
            found += map(Position, fetched.partitions.tolist(), fetched.offsets.tolist())
    assert sorted(found) == sorted(positions)


async def test_a_poll_of_nothing_new_is_empty_and_sees_what_comes_later(log: Log) -> None:
    with log.reader() as reader:
        assert len(reader.poll(100, 0)) == 0
        (position,) = await log.publish([record("a", "{}")])
        assert read(reader, 1).keys() == {position}
        assert reader.healthy


async def test_seek_goes_back_and_forth(log: Log) -> None:
    await log.publish([record("a", str(number)) for number in range(10)])
    partition = partition_of(b"a", PARTITIONS)
    with log.reader() as reader:
        read(reader, 10)
        reader.seek(partition, 4)
        assert [value for value, _ in read(reader, 6).values()] == [b"4", b"5", b"6", b"7", b"8", b"9"]
        reader.seek(partition, 9)
        assert read(reader, 1).keys() == {Position(partition, 9)}


async def test_end_offsets_count_what_was_published(log: Log) -> None:
    assert log.end_offsets() == dict.fromkeys(range(PARTITIONS), 0)
    positions = await log.publish(numbered(50))
    counts = {p: sum(position.partition == p for position in positions) for p in range(PARTITIONS)}
    assert log.end_offsets() == counts
    with log.reader() as reader:
        assert reader.end_offsets() == counts


async def test_an_offset_that_expired_is_out_of_range_when_the_reader_opens(log: Log) -> None:
    await log.publish([record("a", str(number)) for number in range(10)])
    partition = partition_of(b"a", PARTITIONS)
    log.drop_below(partition, 10)
    with pytest.raises(OffsetOutOfRange, match="offset 3 is below the log's start 10"):
        log.reader({partition: 3})
    with log.reader({partition: 10}) as reader:
        assert reader.start_offsets() == {partition: 10}


async def test_an_offset_beyond_the_end_is_out_of_range_when_the_reader_opens(log: Log) -> None:
    with pytest.raises(OffsetOutOfRange, match="offset 1 is above the log's end 0"):
        log.reader({0: 1})


async def test_a_reader_that_expiry_overtakes_is_out_of_range(log: Log) -> None:
    await log.publish([record("a", str(number)) for number in range(10)])
    partition = partition_of(b"a", PARTITIONS)
    with log.reader({partition: 0}) as reader:
        read(reader, 10)
        log.drop_below(partition, 10)
        reader.seek(partition, 3)
        with pytest.raises(OffsetOutOfRange, match="below the log's start 10"):
            read(reader, 1)


async def test_a_record_at_the_limit_passes_and_one_above_it_takes_its_request_along(log: Log) -> None:
    limit = log.options.record_max_bytes
    async with log.publisher() as publisher:
        with pytest.raises(RecordTooLarge):
            await publisher.publish(log.topic, [record("a", "small"), Record(b"a", b"x" * limit)])
        (position,) = await publisher.publish(log.topic, [Record(b"a", b"x" * (limit - 1))])
    assert log.read(1) == {position: (b"x" * (limit - 1), b"")}


async def test_publishing_nothing_returns_nothing(log: Log) -> None:
    assert await log.publish([]) == []


async def test_beyond_the_bound_of_records_a_request_is_refused_at_once(log: Log) -> None:
    async with log.publisher(in_flight_max_records=10) as publisher:
        await publisher.publish(log.topic, numbered(1))
        first = asyncio.create_task(publisher.publish(log.topic, numbered(10)))
        await asyncio.sleep(0)
        with pytest.raises(LogFull) as refusal:
            await publisher.publish(log.topic, numbered(1))
        assert refusal.value.retry_after > 0
        await first
        await publisher.publish(log.topic, numbered(10))
    assert sum(log.end_offsets().values()) == 21


async def test_beyond_the_bound_of_bytes_a_request_is_refused_at_once(log: Log) -> None:
    async with log.publisher(in_flight_max_bytes=1000) as publisher:
        await publisher.publish(log.topic, numbered(1))
        first = asyncio.create_task(publisher.publish(log.topic, [record("a", "x" * 900)]))
        await asyncio.sleep(0)
        with pytest.raises(LogFull):
            await publisher.publish(log.topic, [record("a", "x" * 200)])
        await first


async def test_a_request_above_the_bounds_passes_when_it_is_alone(log: Log) -> None:
    async with log.publisher(in_flight_max_records=10, in_flight_max_bytes=10) as publisher:
        assert len(await publisher.publish(log.topic, numbered(30))) == 30


async def test_a_caller_who_hangs_up_does_not_hold_the_bound(log: Log) -> None:
    async with log.publisher(in_flight_max_records=10) as publisher:
        await publisher.publish(log.topic, numbered(1))
        caller = asyncio.create_task(publisher.publish(log.topic, numbered(10)))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
    # Closing waited for what was in flight, heard or not.
    assert sum(log.end_offsets().values()) == 11


async def test_close_flushes_what_is_in_flight(log: Log) -> None:
    publisher = open_publisher(log.url, log.options)
    await publisher.publish(log.topic, numbered(1))
    tasks = [asyncio.create_task(publisher.publish(log.topic, numbered(10))) for _ in range(20)]
    await asyncio.sleep(0)
    await publisher.close()
    positions = [position for task in tasks for position in await task]
    assert len(set(positions)) == 200
    with pytest.raises(PublisherClosed):
        await publisher.publish(log.topic, numbered(1))


async def test_a_topic_that_was_never_made_is_refused_and_holds_up_nobody(log: Log) -> None:
    async with log.publisher() as publisher:
        with pytest.raises(UnknownTopic):
            await publisher.publish("never-made", numbered(1))
        assert await publisher.publish(log.topic, numbered(3))
    with pytest.raises(UnknownTopic):
        open_reader(log.url, "never-made", {0: 0}, log.options)
    with pytest.raises(UnknownTopic, match=str(PARTITIONS)):
        log.reader({PARTITIONS: 0})


async def test_another_number_of_partitions_is_refused_with_the_setting_to_change(log: Log) -> None:
    other = log.options.model_copy(update={"partitions": PARTITIONS + 1})
    with closing(open_admin(log.url, other)) as admin, pytest.raises(PartitionsChanged, match="KINELAKE_PARTITIONS=3"):
        admin.ensure_topic(log.topic)
    async with log.publisher(partitions=PARTITIONS + 1) as publisher:
        with pytest.raises(PartitionsChanged):
            await publisher.publish(log.topic, numbered(1))


async def test_making_a_topic_again_changes_nothing(log: Log) -> None:
    await log.publish(numbered(9))
    with closing(open_admin(log.url, log.options)) as admin:
        admin.ensure_topic(log.topic)
    assert len(log.read(9)) == 9


async def test_a_log_that_can_be_written_is_ready(log: Log) -> None:
    async with log.publisher() as publisher:
        await publisher.ready()


REQUESTS = st.lists(
    st.lists(
        st.builds(Record, st.binary(max_size=4), st.binary(min_size=1, max_size=20), st.binary(max_size=8)),
        min_size=1,
        max_size=20,
    ),
    max_size=20,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests=REQUESTS, poll=st.integers(1, 50))
async def test_any_interleaving_of_publishes_is_read_back_exactly(
    log: Log, requests: list[list[Record]], poll: int
) -> None:
    start = log.end_offsets()
    async with log.publisher() as first, log.publisher() as second:
        turns = zip(cycle((first, second)), requests, strict=False)
        positions = await asyncio.gather(*(publisher.publish(log.topic, each) for publisher, each in turns))
    expected = {
        position: (each.value, each.client)
        for places, request in zip(positions, requests, strict=True)
        for position, each in zip(places, request, strict=True)
    }
    assert log.read(len(expected), start) == expected
