"""A topic of Kafka, read by a consumer group."""

from typing import Any

from garrison.serving.stream.address import Address
from garrison.serving.stream.away import Away, Say
from garrison.serving.stream.kafka_client import (
    OPTIONS,
    TIMEOUT_S,
    VARIABLES,
    failure,
    kafka_library,
    settings,
    topic_of,
)
from garrison.serving.stream.sources.base import StreamSource
from garrison.serving.stream.sources.lines import LONGEST, too_long
from garrison.serving.stream.stopping import Stop
from garrison.serving.stream.taken import Position, Refused, Taken

POLL_S = 0.05
ASK_S = 2.0
READ_AT_ONCE = 1_000

SESSION_MS = 10_000
"""Milliseconds after which the group does without a consumer that was killed, and its partitions are given anew."""


class KafkaSource(StreamSource):
    """Messages of a topic, one event in JSON each; offsets are committed when their verdicts are safe.

    The stored place and what the group has committed are both looked at: the later one holds. ``group`` is
    ``garrison`` unless given. Of several partitions each is in order, but not one beside the other.
    """

    def __init__(
        self, address: Address, *, stop: Stop, say: Say, until_end: bool = False, from_end: bool = False
    ) -> None:
        super().__init__(address.shown, stop=stop, say=say)
        self._topic = topic_of(address)
        self._until_end = until_end
        self._from_end = from_end
        self._settings = {
            **settings(address),
            "group.id": address.options.get("group", "garrison"),
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            "session.timeout.ms": SESSION_MS,
            "heartbeat.interval.ms": SESSION_MS // 4,
            "enable.partition.eof": until_end,
            "error_cb": self._on_error,
        }
        self._library = kafka_library()
        self._consumer: Any = None
        self._offsets: dict[str, int] = {}
        self._at_end: set[int] = set()
        self._assigned: set[int] = set()
        self._trouble: Any = None
        self._unassigned = False

    @classmethod
    def at(
        cls, url: str, *, stop: Stop, say: Say, until_end: bool = False, from_end: bool = False
    ) -> "KafkaSource":
        """The source at ``kafka://host:9092/TOPIC?group=…``."""
        address = Address.read(url, variables=VARIABLES, known=("group", *OPTIONS))
        return cls(address, stop=stop, say=say, until_end=until_end, from_end=from_end)

    def open(self, position: Position | None) -> Position | None:
        """See ``StreamSource.open``."""
        self.close()
        self._offsets = {} if position is None else {str(k): int(v) for k, v in position["offsets"].items()}
        self._subscribe()
        return position

    def _subscribe(self) -> None:
        self._consumer = self._library.Consumer(self._settings)
        self._consumer.subscribe([self._topic], on_assign=self._on_assign, on_revoke=self._on_revoke)
        self._unassigned = False

    def _on_error(self, error: Any) -> None:
        self._trouble = error

    def _on_assign(self, consumer: Any, partitions: list[Any]) -> None:
        try:
            self._assign(consumer, partitions)
        except self._library.KafkaException as error:
            self._trouble, self._unassigned = error.args[0], True

    def _assign(self, consumer: Any, partitions: list[Any]) -> None:
        """Go on where the later is: behind what this process has taken, or what the group has committed."""
        committed = consumer.committed(partitions, timeout=TIMEOUT_S)
        for partition, known in zip(partitions, committed, strict=True):
            place = max(self._offsets.get(str(partition.partition), -1), known.offset)
            if place < 0 and self._from_end:
                place = consumer.get_watermark_offsets(partition, timeout=TIMEOUT_S)[1]
                begin = self._library.TopicPartition(self._topic, partition.partition, place)
                consumer.commit(offsets=[begin], asynchronous=False)
            if place >= 0:
                partition.offset = place
                self._offsets[str(partition.partition)] = place
        consumer.assign(partitions)
        self._assigned = {partition.partition for partition in partitions}
        self._at_end.clear()

    def _on_revoke(self, consumer: Any, partitions: list[Any]) -> None:  # noqa: ARG002 (the client gives both)
        # What was taken of them stays known: should they come back, none of it is taken again.
        self._assigned -= {partition.partition for partition in partitions}

    def _some(self, most: int, wait_s: float) -> Taken | None:
        if self._trouble is not None:
            self._ask_whether_it_is_back()
        try:
            messages = self._consumer.consume(
                num_messages=min(most, READ_AT_ONCE), timeout=min(wait_s, POLL_S)
            )
        except self._library.KafkaException as error:
            raise failure(error.args[0], self.shown) from error
        lines: list[bytes] = []
        ids: list[str] = []
        refused: list[Refused] = []
        for message in messages:
            if message.error() is not None:
                self._event(message)
                continue
            name = f"{self._topic}:{message.partition()}:{message.offset()}"
            if message.value() is None:
                refused.append(Refused(name, "a message without a value", ""))
            elif len(message.value()) > LONGEST:
                refused.append(too_long(name, message.value()))
            else:
                lines.append(message.value().replace(b"\n", b" "))
                ids.append(name)
            self._offsets[str(message.partition())] = message.offset() + 1
            self._at_end.discard(message.partition())
        if not lines and not refused:
            self.ended = self._until_end and bool(self._assigned) and self._at_end >= self._assigned
            return None
        return Taken(lines, ids, {"offsets": dict(self._offsets)}, refused=refused)

    def _event(self, message: Any) -> None:
        code, codes = message.error().code(), self._library.KafkaError
        if code == codes._PARTITION_EOF:
            self._at_end.add(message.partition())
        elif (
            code != codes._MAX_POLL_EXCEEDED
        ):  # after a long wait for the sink; the client joins its group again
            self._trouble = message.error()

    def _ask_whether_it_is_back(self) -> None:
        meant = failure(self._trouble, self.shown)
        if not isinstance(meant, Away):
            raise meant
        try:
            found = self._consumer.list_topics(self._topic, timeout=ASK_S).topics[self._topic]
        except self._library.KafkaException as error:
            raise failure(error.args[0], self.shown) from error
        if found.error is not None:
            raise failure(found.error, self.shown)
        self._trouble = None
        if self._unassigned:
            self._consumer.close()
            self._subscribe()

    def commit(self, position: Position) -> None:
        """See ``StreamSource.commit``."""
        offsets = [
            self._library.TopicPartition(self._topic, int(partition), offset)
            for partition, offset in position["offsets"].items()
            if int(partition) in self._assigned
        ]
        if not offsets:
            return
        try:
            self._consumer.commit(offsets=offsets, asynchronous=False)
        except self._library.KafkaException as error:
            meant = failure(error.args[0], self.shown)
            raise (meant if isinstance(meant, Away) else Away(meant)) from error

    def behind(self) -> str:
        """See ``StreamSource.behind``."""
        waiting = 0
        for partition in sorted(self._assigned):
            place = self._library.TopicPartition(self._topic, partition)
            try:
                _, high = self._consumer.get_watermark_offsets(place, cached=True)
            except self._library.KafkaException:
                return ""
            waiting += max(high - self._offsets.get(str(partition), 0), 0)
        return f"{waiting:,} messages" if self._assigned else ""

    def close(self) -> None:
        """See ``StreamSource.close``."""
        if self._consumer is not None:
            self._consumer.close()
        self._consumer = None
        self._held = None
        self._assigned.clear()
