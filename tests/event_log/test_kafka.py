"""The log on Kafka beyond the contract: dead brokers, settings, librdkafka's own failures."""

import asyncio
import time
from contextlib import closing

import pytest
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from structlog.testing import capture_logs

from event_log import LogOptions, Position, Publisher, Reader, open_admin, open_publisher, open_reader, partition_of
from event_log.faults import BadLogUrl, LogUnavailable
from event_log.kafka.publisher import KafkaPublisher
from event_log.kafka.settings import Cluster
from tests.event_log.conftest import PARTITIONS, Log, opened, read, record
from tests.servers import Kafka

pytestmark = pytest.mark.anyio
NOBODY = "kafka://127.0.0.1:1"


async def test_publisher_and_reader_recover_from_a_broker_killed_and_started_again(
    kafka: Kafka, kafka_log: Log
) -> None:
    with kafka_log.reader() as reader:
        async with kafka_log.publisher(publish_timeout_seconds=3) as publisher:
            before = await publisher.publish(kafka_log.topic, [record("a", "before")])
            read(reader, 1)
            kafka.kill()
            with pytest.raises(LogUnavailable):
                await publisher.publish(kafka_log.topic, [record("a", "lost")])
            with pytest.raises(LogUnavailable):
                reader.end_offsets()
            assert len(reader.poll(10, 0.1)) == 0
            assert not healthy(reader)
            await asyncio.to_thread(kafka.start)
            after = await until_published(publisher, kafka_log)
        found = {value for value, _ in read(reader, 1).values()}
        assert healthy(reader)
    assert before[0].offset < after[0].offset
    assert found <= {b"after", b"lost"}
    assert b"after" in found


def healthy(reader: Reader) -> bool:
    return reader.healthy  # read anew: mypy takes a property to stay what it was


async def until_published(publisher: Publisher, log: Log) -> list[Position]:
    while True:
        try:
            return await publisher.publish(log.topic, [record("a", "after")])
        except LogUnavailable:
            continue


async def test_what_was_acknowledged_survives_kill_9_of_the_broker(kafka: Kafka, kafka_log: Log) -> None:
    acknowledged: dict[Position, bytes] = {}
    async with kafka_log.publisher(publish_timeout_seconds=5) as publisher:

        async def publish(number: int) -> None:
            value = f"value-{number}"
            (position,) = await publisher.publish(kafka_log.topic, [record(str(number), value)])
            acknowledged[position] = value.encode()

        await publish(0)
        load = [asyncio.create_task(publish(number)) for number in range(1, 3000)]
        await asyncio.wait(load, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.to_thread(kafka.kill)
        await asyncio.to_thread(kafka.start)
        outcomes = await asyncio.gather(*load, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} <= {type(None), LogUnavailable}
    stored = kafka_log.read(sum(kafka_log.end_offsets().values()))
    assert acknowledged.items() <= {position: value for position, (value, _) in stored.items()}.items()


async def test_without_a_broker_a_publish_fails_within_its_timeout() -> None:
    started = time.monotonic()
    async with opened(NOBODY, LogOptions(log_url=NOBODY, publish_timeout_seconds=0.5)) as publisher:
        with pytest.raises(LogUnavailable, match=r"127\.0\.0\.1:1"):
            await publisher.publish("topic", [record("a", "{}")])
        with pytest.raises(LogUnavailable):
            await publisher.ready()
    assert time.monotonic() - started < 10


def test_without_a_broker_a_reader_does_not_open() -> None:
    with pytest.raises(LogUnavailable):
        open_reader(NOBODY, "topic", {0: 0}, LogOptions(log_url=NOBODY, publish_timeout_seconds=0.2))


def test_a_broker_that_goes_away_is_logged_once(kafka: Kafka, kafka_log: Log) -> None:
    with kafka_log.reader() as reader, capture_logs() as logs:
        kafka.kill()
        while healthy(reader):
            reader.poll(10, 0.1)
        reader.poll(10, 1.5)
        kafka.start()
        while not healthy(reader):
            try:
                reader.end_offsets()
            except LogUnavailable:
                continue
    assert [entry["event"] for entry in logs] == ["log does not answer; trying on", "log answers again"]


async def test_a_producer_that_failed_for_good_is_replaced(kafka_log: Log) -> None:
    publisher = KafkaPublisher(Cluster.parse(kafka_log.url), kafka_log.options)
    await publisher.publish(kafka_log.topic, [record("a", "before")])
    failed = publisher._producer
    publisher._on_error(KafkaError(KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER, "as a test", True))
    while publisher._producer is failed:
        await asyncio.sleep(0.01)
    (position,) = await publisher.publish(kafka_log.topic, [record("a", "after")])
    await publisher.close()
    assert position.offset == 1


async def test_a_key_goes_where_librdkafkas_own_partitioner_sends_it(kafka_log: Log) -> None:
    bootstrap = kafka_log.url.removeprefix("kafka://")
    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "consistent"})
    for number in range(50):
        producer.produce(kafka_log.topic, f"tenant:{number}", f"tenant:{number}")
    assert producer.flush(30) == 0
    found = kafka_log.read(50)
    assert all(partition_of(value, PARTITIONS) == position.partition for position, (value, _) in found.items())


async def test_the_clients_address_is_a_header_and_no_part_of_the_value(kafka_log: Log) -> None:
    (position,) = await kafka_log.publish([record("tenant:a", "{}", b"192.0.2.1")])
    with closing(
        Consumer({"bootstrap.servers": kafka_log.url.removeprefix("kafka://"), "group.id": "test"})
    ) as any_one:
        any_one.assign([TopicPartition(kafka_log.topic, position.partition, position.offset)])
        (message,) = any_one.consume(1, 30)
    assert (message.key(), message.value()) == (b"tenant:a", b"{}")
    assert message.headers() == [("client", b"192.0.2.1")]


async def test_a_prefix_keeps_two_installations_apart(kafka_log: Log) -> None:
    url = f"{kafka_log.url}?topic_prefix=other.&compression.type=lz4"
    options = kafka_log.options.model_copy(update={"log_url": url})
    with closing(open_admin(url, options)) as admin:
        admin.ensure_topic(kafka_log.topic)
        async with opened(url, options) as publisher:
            await publisher.publish(kafka_log.topic, [record("a", "{}")])
        assert sum(admin.end_offsets(kafka_log.topic).values()) == 1
    assert sum(kafka_log.end_offsets().values()) == 0


async def test_the_brokers_expire_and_nothing_is_blanked(kafka_log: Log) -> None:
    with closing(open_admin(kafka_log.url, kafka_log.options)) as admin:
        assert admin.blank(kafka_log.topic, lambda key, value: True) == 0


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param("kafka://", "use kafka://HOST:PORT", id="no servers"),
        pytest.param("kafka://h:1/topic", "use kafka://HOST:PORT", id="a path"),
        pytest.param("kafka://h:1?acks=1", "acks", id="weaker acknowledgement"),
        pytest.param("kafka://h:1?auto.offset.reset=earliest", "auto.offset.reset", id="a chosen offset"),
        pytest.param("kafka://h:1?no.such.setting=1", "no.such.setting", id="unknown setting"),
    ],
)
def test_a_bad_url_is_refused_with_its_reason(url: str, message: str) -> None:
    with pytest.raises(BadLogUrl, match=message):
        open_publisher(url, LogOptions(log_url=url))


def test_several_servers_and_further_settings_come_from_the_url() -> None:
    cluster = Cluster.parse("kafka://h1:9092,h2:9092?topic_prefix=x.&compression.type=zstd")
    assert cluster.topic("media") == "x.media"
    settings = cluster.producer(LogOptions())
    assert settings["bootstrap.servers"] == "h1:9092,h2:9092"
    assert settings["compression.type"] == "zstd"
    assert cluster.consumer()["auto.offset.reset"] == "error"
