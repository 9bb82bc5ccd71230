"""The Kafka of the tests is a real broker: it dies by kill -9 and comes back with its log."""

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from tests.servers import Kafka


def test_a_broker_killed_and_started_again_still_has_every_acknowledged_message(kafka: Kafka) -> None:
    create_topic(kafka, "killed")
    produce(kafka, "killed", [b"before-%d" % number for number in range(100)])
    kafka.kill()
    assert not kafka.running
    kafka.start()
    produce(kafka, "killed", [b"after"])
    assert consume(kafka, "killed", 101) == [b"before-%d" % number for number in range(100)] + [b"after"]


def test_a_broker_stopped_by_an_operator_keeps_its_address(kafka: Kafka) -> None:
    address = kafka.bootstrap
    kafka.stop()
    kafka.start()
    assert kafka.bootstrap == address
    assert kafka.url == f"kafka://{address}"


def create_topic(kafka: Kafka, name: str) -> None:
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])[name].result(timeout=30)


def produce(kafka: Kafka, topic: str, values: list[bytes]) -> None:
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "acks": "all", "enable.idempotence": True})
    for value in values:
        producer.produce(topic, value, partition=0)
    assert producer.flush(30) == 0


def consume(kafka: Kafka, topic: str, count: int) -> list[bytes]:
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "test", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    messages = consumer.consume(count, timeout=30)
    consumer.close()
    return [value for message in messages if isinstance(value := message.value(), bytes)]
