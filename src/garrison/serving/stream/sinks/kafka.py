"""A topic of Kafka that verdicts go to."""

import contextlib
import json
import time
from collections.abc import Sequence
from typing import Any

from garrison.errors import StoreUnreachable
from garrison.serving.stream.address import Address
from garrison.serving.stream.away import Away
from garrison.serving.stream.kafka_client import (
    OPTIONS,
    TIMEOUT_S,
    VARIABLES,
    failure,
    kafka_library,
    settings,
    topic_of,
)
from garrison.serving.stream.sinks.base import Sink
from garrison.serving.stream.taken import Position

ANSWER_S = 5.0


class KafkaSink(Sink):
    """One message a verdict, its name the key; a batch is written when every in-sync replica has it.

    The producer is idempotent: what it sends again after a failure stands in the topic once.
    """

    def __init__(self, address: Address) -> None:
        super().__init__(address.shown)
        self._topic = topic_of(address)
        self._settings = settings(address)
        self._library = kafka_library()
        self._producer: Any = None
        self._offsets: dict[str, int] = {}
        self._refused: Any = None

    @classmethod
    def at(cls, url: str) -> "KafkaSink":
        """The sink at ``kafka://host:9092/TOPIC``."""
        return cls(Address.read(url, variables=VARIABLES, known=OPTIONS))

    def open(self, position: Position | None) -> set[str]:
        """See ``Sink.open``."""
        if self._producer is None:
            self._producer = self._library.Producer(
                {
                    **self._settings,
                    "enable.idempotence": True,
                    "linger.ms": 2,
                    "message.timeout.ms": 0,
                    "compression.type": "lz4",
                }
            )
        self._wait()
        reader = self._library.Consumer(
            {**self._settings, "group.id": "garrison-reads-back", "enable.auto.commit": False}
        )
        try:
            ends = self._ends(reader)
            begins = {} if position is None else {str(k): int(v) for k, v in position["offsets"].items()}
            self._offsets = {str(partition): end for partition, end in ends.items()}
            if position is None:
                return set()
            return self._names(reader, {p: (begins.get(str(p), 0), end) for p, end in ends.items()})
        except self._library.KafkaException as error:
            raise failure(error.args[0], self.shown) from error
        finally:
            reader.close()

    def _ends(self, reader: Any) -> dict[int, int]:
        found = reader.list_topics(self._topic, timeout=TIMEOUT_S).topics[self._topic]
        if found.error is not None:
            if found.error.code() == self._library.KafkaError.UNKNOWN_TOPIC_OR_PART:
                return {}
            raise failure(found.error, self.shown)
        return {
            partition: reader.get_watermark_offsets(
                self._library.TopicPartition(self._topic, partition), timeout=TIMEOUT_S
            )[1]
            for partition in found.partitions
        }

    def _names(self, reader: Any, stretches: dict[int, tuple[int, int]]) -> set[str]:
        names: set[str] = set()
        waiting = {partition: stretch for partition, stretch in stretches.items() if stretch[0] < stretch[1]}
        reader.assign(
            [
                self._library.TopicPartition(self._topic, partition, begin)
                for partition, (begin, _) in waiting.items()
            ]
        )
        deadline = time.monotonic() + TIMEOUT_S
        while waiting:
            if time.monotonic() > deadline:
                raise Away(StoreUnreachable("Kafka does not give back what it has", where=self.shown))
            for message in reader.consume(num_messages=1_000, timeout=0.2):
                if message.error() is not None:
                    continue
                deadline = time.monotonic() + TIMEOUT_S
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    names.add(str(json.loads(message.value())["id"]))
                begin_end = waiting.get(message.partition())
                if begin_end is not None and message.offset() + 1 >= begin_end[1]:
                    del waiting[message.partition()]
        return names

    def write(self, verdicts: Sequence[tuple[str, bytes]]) -> None:
        """See ``Sink.write``."""
        for name, line in verdicts:
            while True:
                try:
                    self._producer.produce(
                        self._topic, value=line, key=name.encode(), on_delivery=self._delivered
                    )
                    break
                except BufferError:
                    self._wait()
        self._wait()

    def _delivered(self, error: Any, message: Any) -> None:
        if error is not None:
            self._refused = error
        else:
            self._offsets[str(message.partition())] = message.offset() + 1

    def _wait(self) -> None:
        """Until everything that was sent has been answered; ``Away`` when that takes too long."""
        left = self._producer.flush(ANSWER_S)
        if self._refused is not None:
            error, self._refused = self._refused, None
            raise failure(error, self.shown)
        if left:
            raise Away(
                StoreUnreachable("Kafka does not answer", where=self.shown, remedy="is it running?"),
            )

    def flush(self) -> None:
        """See ``Sink.flush``."""
        self._wait()

    def position(self) -> Position:
        """See ``Sink.position``."""
        return {"offsets": dict(self._offsets)}

    def close(self) -> None:
        """See ``Sink.close``."""
        if self._producer is not None:
            self._producer.purge()
        self._producer = None
