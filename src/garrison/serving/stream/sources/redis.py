"""A Redis stream, read by a consumer group."""

import json
from typing import Any

from garrison.errors import StoreError, UsageError
from garrison.serving.stream.address import Address
from garrison.serving.stream.away import Away, Say
from garrison.serving.stream.redis_client import VARIABLES, connect, redis_errors, redis_library, stream_of
from garrison.serving.stream.sources.base import POLL_S, StreamSource
from garrison.serving.stream.sources.lines import LONGEST, too_long
from garrison.serving.stream.stopping import Stop
from garrison.serving.stream.taken import Position, Refused, Taken

ACK_AT_ONCE = READ_AT_ONCE = 1_000

_FIRST = "0-0"


class RedisSource(StreamSource):
    """Entries of a stream, each given once to the group; acknowledged when their verdicts are safe.

    An entry is an event: JSON in its field ``event`` (another with ``field=``), else the fields themselves. Entries
    that were given to this consumer before a break come again first. ``group`` and ``consumer`` are ``garrison``
    unless given; ``UsageError`` without a ``stream``.
    """

    def __init__(
        self, address: Address, *, stop: Stop, say: Say, until_end: bool = False, from_end: bool = False
    ) -> None:
        super().__init__(address.shown, stop=stop, say=say)
        self._stream = stream_of(address)
        self._group = address.options.get("group", "garrison")
        self._consumer = address.options.get("consumer", "garrison")
        self._field = address.options.get("field", "event").encode()
        self._until_end = until_end
        self._from_end = from_end
        self._client = connect(address)
        self._last = _FIRST
        self._safe = _FIRST
        # Where what was given to this consumer before is read from; None: there is no more of it.
        self._pending: str | None = _FIRST
        self._taken: list[str] = []

    @classmethod
    def at(
        cls, url: str, *, stop: Stop, say: Say, until_end: bool = False, from_end: bool = False
    ) -> "RedisSource":
        """The source at ``redis://host:6379/0?stream=NAME&group=…&consumer=…&field=…``."""
        address = Address.read(url, variables=VARIABLES, known=("stream", "group", "consumer", "field"))
        return cls(address, stop=stop, say=say, until_end=until_end, from_end=from_end)

    def open(self, position: Position | None) -> Position | None:
        """See ``StreamSource.open``."""
        self._last = self._safe = _FIRST if position is None else str(position["last"])
        self._make_group("$" if position is None and self._from_end else self._last)
        self._pending = _FIRST
        return position

    def _make_group(self, begin: str) -> None:
        with redis_errors(self.shown):
            try:
                self._client.xgroup_create(self._stream, self._group, id=begin, mkstream=True)
            except redis_library().exceptions.ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise

    def _some(self, most: int, wait_s: float) -> Taken | None:
        entries = self._entries(most)
        if not entries:
            self.ended = self._pending is None and self._until_end
            if self._pending is None:
                self.stop.wait(min(wait_s, POLL_S))
            self._pending = None
            return None
        new = [(name, fields) for name, fields in entries if _order(name) > _order(self._safe)]
        # What lies before the stored place is safe already: only its acknowledgement was lost.
        self._taken += [name for name, _ in entries]
        if self._pending is not None:
            self._pending = entries[-1][0]
        self._last = max(self._last, entries[-1][0], key=_order)
        return self._as_taken(new) if new else None

    def _entries(self, most: int) -> list[tuple[str, dict[bytes, bytes] | None]]:
        since = self._pending or ">"
        try:
            with redis_errors(self.shown):
                found: Any = self._client.xreadgroup(
                    self._group, self._consumer, {self._stream: since}, count=min(most, READ_AT_ONCE)
                )
        except StoreError as error:
            if "NOGROUP" not in error.what:
                raise
            self.say(f"{self.shown}: the group is gone; making it again behind {self._last}")
            self._make_group(self._last)
            return []
        except Away:
            # The server may have given entries that never arrived: they are asked for again.
            self._pending = self._last
            raise
        return [(name.decode(), fields or None) for _, entries in found or () for name, fields in entries]

    def _as_taken(self, entries: list[tuple[str, dict[bytes, bytes] | None]]) -> Taken:
        lines: list[bytes] = []
        ids: list[str] = []
        refused: list[Refused] = []
        for entry, fields in entries:
            name = f"{self._stream}:{entry}"
            if fields is None:
                refused.append(Refused(name, "deleted from the stream before it was read", ""))
                continue
            event = _event(fields, self._field)
            if len(event) > LONGEST:
                refused.append(too_long(name, event))
            else:
                lines.append(event)
                ids.append(name)
        return Taken(lines, ids, {"last": entries[-1][0]}, refused=refused)

    def commit(self, position: Position) -> None:
        """See ``StreamSource.commit``."""
        safe = _order(str(position["last"]))
        while self._taken and _order(self._taken[0]) <= safe:
            part = [name for name in self._taken[:ACK_AT_ONCE] if _order(name) <= safe]
            with redis_errors(self.shown):
                self._client.xack(self._stream, self._group, *part)
            self._taken = self._taken[len(part) :]

    def behind(self) -> str:
        """See ``StreamSource.behind``."""
        try:
            with redis_errors(self.shown):
                groups = self._client.xinfo_groups(self._stream)
        except Exception:
            return ""
        lag = next((each.get("lag") for each in groups if each["name"] == self._group.encode()), None)
        return "" if lag is None else f"{lag:,} entries"

    def close(self) -> None:
        """See ``StreamSource.close``."""
        self._client.close()


def _event(fields: dict[bytes, bytes], field: bytes) -> bytes:
    if field in fields:
        return fields[field].replace(b"\n", b" ")
    texts = {
        name.decode("utf-8", "replace"): value.decode("utf-8", "replace") for name, value in fields.items()
    }
    return json.dumps(texts).encode()


def _order(name: str) -> tuple[int, int]:
    """Where an entry's name lies among others.

    >>> _order("9-1") < _order("10-0")
    True
    """
    try:
        milliseconds, _, number = name.partition("-")
        return int(milliseconds), int(number or 0)
    except ValueError as error:
        raise UsageError(f"{name!r} is no name of an entry of a stream") from error
