"""A Redis stream of verdicts."""

import contextlib
import json
from collections.abc import Sequence
from typing import Any

from garrison.errors import UsageError
from garrison.serving.stream.address import Address
from garrison.serving.stream.redis_client import VARIABLES, connect, redis_errors, stream_of
from garrison.serving.stream.sinks.base import Sink
from garrison.serving.stream.taken import Position

READ_AT_ONCE = 1_000

_FIRST = "0-0"
_FIELD = b"verdict"


class RedisSink(Sink):
    """One entry a verdict, JSON in its field ``verdict``; a batch is added as a whole or not at all.

    ``maxlen=N`` lets Redis forget old entries beyond about N. How safe a verdict is that Redis took is Redis's own
    setting (``appendfsync``).
    """

    def __init__(self, address: Address) -> None:
        super().__init__(address.shown)
        self._stream = stream_of(address)
        longest = address.options.get("maxlen")
        if longest is not None and not longest.isdigit():
            raise UsageError(f"maxlen is {longest!r}", where=address.shown, expected="a number of entries")
        self._longest = None if longest is None else int(longest)
        self._client = connect(address)
        self._last = _FIRST

    @classmethod
    def at(cls, url: str) -> "RedisSink":
        """The sink at ``redis://host:6379/0?stream=NAME&maxlen=…``."""
        return cls(Address.read(url, variables=VARIABLES, known=("stream", "maxlen")))

    def open(self, position: Position | None) -> set[str]:
        """See ``Sink.open``."""
        names: set[str] = set()
        with redis_errors(self.shown):
            if position is None:
                newest: Any = self._client.xrevrange(self._stream, count=1)
                self._last = newest[0][0].decode() if newest else _FIRST
                return names
            self._last = str(position["last"])
            while True:
                found: Any = self._client.xrange(self._stream, min=f"({self._last}", count=READ_AT_ONCE)
                for entry, fields in found:
                    self._last = entry.decode()
                    with contextlib.suppress(ValueError, KeyError, TypeError):
                        names.add(str(json.loads(fields[_FIELD])["id"]))
                if not found:
                    return names

    def write(self, verdicts: Sequence[tuple[str, bytes]]) -> None:
        """See ``Sink.write``."""
        if not verdicts:
            return
        with redis_errors(self.shown), self._client.pipeline(transaction=True) as pipeline:
            for _, line in verdicts:
                pipeline.xadd(self._stream, {_FIELD: line}, maxlen=self._longest, approximate=True)
            self._last = pipeline.execute()[-1].decode()

    def flush(self) -> None:
        """See ``Sink.flush``: Redis has what it has answered."""

    def position(self) -> Position:
        """See ``Sink.position``."""
        return {"last": self._last}

    def close(self) -> None:
        """See ``Sink.close``."""
        self._client.close()
