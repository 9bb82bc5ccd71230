"""A topic made for larger records than the setting allows, and the keys beside the values, on both logs."""

import pytest

from event_log import Record
from event_log.faults import RecordTooLarge
from event_log.options import MEBIBYTE
from tests.event_log.conftest import Log, record

pytestmark = pytest.mark.anyio


def numbered(count: int) -> list[Record]:
    return [record(f"tenant:{number % 7}", f'{{"n":{number}}}') for number in range(count)]


async def test_a_topic_made_for_larger_records_takes_them_and_refuses_what_is_larger_still(log: Log) -> None:
    limit = 4 * MEBIBYTE
    log.made_for(limit)
    async with log.publisher() as publisher:
        with pytest.raises(RecordTooLarge, match=f"limit of topic {log.topic}, {limit}"):
            await publisher.publish(log.topic, [record("a", "small"), Record(b"a", b"x" * limit)])
        (position,) = await publisher.publish(log.topic, [Record(b"a", b"x" * (limit - 1))])
    assert log.read(1) == {position: (b"x" * (limit - 1), b"")}


async def test_a_limit_is_raised_while_a_publisher_lives_and_is_never_lowered(log: Log) -> None:
    async with log.publisher() as publisher:
        large = Record(b"a", b"x" * (2 * MEBIBYTE))
        with pytest.raises(RecordTooLarge):
            await publisher.publish(log.topic, [large])
        log.made_for(3 * MEBIBYTE)
        log.made_for(1 * MEBIBYTE)
        await publisher.publish(log.topic, [large])
    assert sum(log.end_offsets().values()) == 1


async def test_many_records_of_a_large_topic_go_out_together(log: Log) -> None:
    log.made_for(2 * MEBIBYTE)
    records = [Record(b"a", b"x" * (MEBIBYTE + number)) for number in range(12)]
    assert len(await log.publish([*records, *numbered(500)])) == 512
    assert len(log.read(512)) == 512


async def test_the_keys_come_back_beside_the_values(log: Log) -> None:
    records = numbered(100)
    positions = await log.publish(records)
    assert log.keys(100) == {place: each.key for place, each in zip(positions, records, strict=True)}
    whole = list[bytes]()
    with log.reader() as reader:
        while len(whole) < len(records):
            # two at most: one where the next has not come yet
            whole += reader.poll(2, 10).keys
    assert sorted(whole) == sorted(each.key for each in records)
