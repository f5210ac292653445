"""A Kafka for tests: the cluster that librdkafka plays itself, on sockets of loopback."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition


@dataclass
class KafkaPlace:
    """A cluster of one broker; its topics have four partitions."""

    servers: str
    producer: Any

    def topic(self, name: str) -> str:
        """The address of a topic."""
        return f"kafka://{self.servers}/{name}"

    def put(self, topic: str, lines: list[bytes]) -> None:
        """Add messages, all to one partition, so that they are in order."""
        for line in lines:
            self.producer.produce(topic, value=line, partition=0)
        assert self.producer.flush(30) == 0

    def get(self, topic: str) -> list[bytes]:
        """All messages of a topic, partition by partition."""
        reader = Consumer({"bootstrap.servers": self.servers, "group.id": "test", "log_level": 0})
        try:
            found: list[bytes] = []
            for partition in reader.list_topics(topic, timeout=10).topics[topic].partitions:
                _, end = reader.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
                reader.assign([TopicPartition(topic, partition, 0)])
                while end:
                    for message in reader.consume(1000, timeout=0.5):
                        found.append(message.value() or b"")
                        end -= 1
            return found
        finally:
            reader.close()

    def committed(self, topic: str, group: str) -> int:
        """The offset of partition 0 that a group has committed."""
        reader = Consumer({"bootstrap.servers": self.servers, "group.id": group, "log_level": 0})
        try:
            (found,) = reader.committed([TopicPartition(topic, 0)], timeout=10)
            return int(found.offset)
        finally:
            reader.close()


@contextlib.contextmanager
def kafka_place() -> Iterator[KafkaPlace]:
    """A cluster while the block runs."""
    cluster = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "none:1", "log_level": 0})
    brokers = cluster.list_topics(timeout=10).brokers.values()
    servers = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
    yield KafkaPlace(servers, Producer({"bootstrap.servers": servers, "log_level": 0}))
    del cluster
