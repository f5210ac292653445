"""Packets metered into bidirectional flows, with memory bounded by the flows that are open."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from garrison.data.sources.capture_decode import TCP, Decoded
from garrison.data.sources.moments import Moments
from garrison.errors import UsageError

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SWEEP = 65_536
"""Flows that are held, at least, before those that have ended are looked for."""

FLAGS = ("fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr")
"""The TCP flags from the lowest bit on."""

_SYN, _RST, _ACK = 2, 4, 16
_KEY = 37


@dataclass(frozen=True)
class Timeouts:
    """When a flow ends: after ``idle`` seconds without a packet, and ``active`` seconds after its first.

    The defaults are those of NFStream, and the usual ones of NetFlow's active timer. None: never, so that all
    packets of a 5-tuple are one flow and all flows are held until the end of the capture.
    """

    idle: float | None = 120.0
    active: float | None = 1800.0

    def __post_init__(self) -> None:
        for name, seconds in (("idle", self.idle), ("active", self.active)):
            if seconds is not None and not 0 < seconds < math.inf:
                raise UsageError(f"an {name} timeout of {seconds} seconds", expected="more than 0, or none")


@dataclass(frozen=True)
class Flows:
    """Flows that have ended, ordered by when they began; each array has one entry a flow.

    ``src`` and ``dst`` (n, 16) bytes; ``first`` and ``last`` in nanoseconds since 1970; arrays of two columns are
    (n, 2): from the source, from the destination. ``flags`` (n, 8) counts as in ``FLAGS``.
    """

    src: NDArray[np.uint8]
    dst: NDArray[np.uint8]
    src_port: Ints
    dst_port: Ints
    protocol: Ints
    first: Ints
    last: Ints
    payload: Ints
    bytes: Ints
    flags: Ints
    failed: Bools
    sizes: tuple[Moments, Moments]
    gaps: tuple[Moments, Moments, Moments]


class FlowTable:
    """Open flows, by 5-tuple.

    A slot is a flow; of its two lanes the first is for packets from the lower end, the second from the higher. A
    slot goes when the flow has ended and ``ended`` has given it. The source is who sent the first packet, or, if
    that is the second step of TCP's handshake (SYN and ACK), who got it.
    """

    def __init__(self, timeouts: Timeouts) -> None:
        self._idle = math.inf if timeouts.idle is None else timeouts.idle * 1e9
        self._active = math.inf if timeouts.active is None else timeouts.active * 1e9
        self._open: dict[bytes, int] = {}
        self._keys: list[bytes] = []
        self._first: list[int] = []
        self._last: list[int] = []
        self._now = 0
        self._limit = SWEEP
        self._from_low: Bools = np.zeros(0, dtype=bool)
        self._sums: Ints = np.zeros((0, 2, 4), dtype=np.int64)
        self._flags: Ints = np.zeros((0, 8), dtype=np.int64)
        self._before: tuple[Ints, Ints] = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        self._sizes, self._lane_gaps, self._gaps = Moments(), Moments(), Moments()

    def __len__(self) -> int:
        """How many flows are held."""
        return len(self._keys)

    def add(self, packets: Decoded) -> None:
        """Meter some packets, in the capture's order."""
        if not len(packets.time):
            return
        low, keys = _keys(packets)
        before = len(self._keys)
        slots = self._slots(keys, packets.time.tolist())
        self._resize(len(self._keys))
        new = np.unique(slots, return_index=True)
        opened = new[1][new[0] >= before]
        apart = (packets.src != packets.dst).any(axis=1) | (packets.src_port != packets.dst_port)
        answer = ((packets.flags & (_SYN | _ACK)) == _SYN | _ACK) & apart
        self._from_low[slots[opened]] = low[opened] ^ answer[opened]
        lanes = 2 * slots + ~low
        order = np.argsort(lanes, kind="stable")
        self._sizes.add(lanes[order], packets.size[order].astype(np.float64))
        self._count(lanes[order], packets, order)
        self._gap(self._lane_gaps, self._before[0], lanes[order], packets.time[order])
        order = np.argsort(slots, kind="stable")
        self._gap(self._gaps, self._before[1], slots[order], packets.time[order])

    def _slots(self, keys: list[bytes], times: list[int]) -> Ints:
        """The slot of each packet; a new one where there is none that is open."""
        slots = np.empty(len(keys), dtype=np.int64)
        first, last = self._first, self._last
        for place, (key, time) in enumerate(zip(keys, times, strict=True)):
            slot = self._open.get(key)
            if slot is None or time - last[slot] > self._idle or time - first[slot] > self._active:
                slot = self._open[key] = len(self._keys)
                self._keys.append(key)
                first.append(time)
                last.append(time)
            elif time > last[slot]:
                last[slot] = time
            slots[place] = slot
        self._now = max(self._now, *times)
        return slots

    def _resize(self, slots: int) -> None:
        more = slots - len(self._from_low)
        self._from_low = np.concatenate([self._from_low, np.zeros(more, dtype=bool)])
        self._sums = np.concatenate([self._sums, np.zeros((more, 2, 4), dtype=np.int64)])
        self._flags = np.concatenate([self._flags, np.zeros((more, 8), dtype=np.int64)])
        lanes, both = self._before
        self._before = (
            np.concatenate([lanes, np.full(2 * more, -1, dtype=np.int64)]),
            np.concatenate([both, np.full(more, -1, dtype=np.int64)]),
        )
        self._sizes.resize(2 * slots)
        self._lane_gaps.resize(2 * slots)
        self._gaps.resize(slots)

    def _count(self, lanes: Ints, packets: Decoded, order: Ints) -> None:
        starts = np.concatenate([[0], np.flatnonzero(np.diff(lanes)) + 1])
        lane = lanes[starts]
        flags = packets.flags[order]
        pure_syn = (flags & (_SYN | _ACK)) == _SYN
        other_than_rst = (flags & _RST) == 0
        columns = (packets.payload[order], packets.size[order], pure_syn, other_than_rst)
        values = np.stack([np.asarray(column, dtype=np.int64) for column in columns], axis=1)
        self._sums.reshape(-1, 4)[lane] += np.add.reduceat(values, starts)
        bits = (flags[:, None] >> np.arange(8)) & 1
        np.add.at(self._flags, lane // 2, np.add.reduceat(bits, starts))

    def _gap(self, gaps: Moments, before: Ints, lanes: Ints, times: Ints) -> None:
        """Feed the seconds since the packet before in the same lane; a packet out of order has none, 0."""
        starts = np.concatenate([[0], np.flatnonzero(np.diff(lanes)) + 1])
        previous = np.concatenate([[-1], times[:-1]])
        previous[starts] = before[lanes[starts]]
        known = previous >= 0
        gaps.add(lanes[known], np.maximum(times[known] - previous[known], 0) / 1e9)
        ends = np.concatenate([starts[1:], [len(lanes)]]) - 1
        before[lanes[ends]] = times[ends]

    @property
    def full(self) -> bool:
        """Whether so many flows are held that it is time to look for those that have ended."""
        return len(self._keys) >= self._limit

    def ended(self, *, all_of_them: bool = False) -> Flows:
        """The flows that have ended, or that are taken to have; they are then forgotten."""
        first, last = np.array(self._first, dtype=np.int64), np.array(self._last, dtype=np.int64)
        over = np.ones(len(first), dtype=bool)
        if not all_of_them:
            over[np.fromiter(self._open.values(), dtype=np.int64)] = False
            over |= (self._now - last > self._idle) | (self._now - first > self._active)
        gone = np.flatnonzero(over)
        flows = self._flows(gone[np.argsort(first[gone], kind="stable")], first, last)
        self._keep(np.flatnonzero(~over))
        self._limit = max(SWEEP, 2 * len(self._keys))
        return flows

    def _keep(self, slots: Ints) -> None:
        kept = slots.tolist()
        self._keys = [self._keys[slot] for slot in kept]
        self._first = [self._first[slot] for slot in kept]
        self._last = [self._last[slot] for slot in kept]
        self._open = {key: slot for slot, key in enumerate(self._keys)}
        lanes = _lanes(slots)
        self._from_low, self._sums, self._flags = self._from_low[slots], self._sums[slots], self._flags[slots]
        self._before = (self._before[0][lanes], self._before[1][slots])
        self._sizes, self._lane_gaps = self._sizes.only(lanes), self._lane_gaps.only(lanes)
        self._gaps = self._gaps.only(slots)

    def _flows(self, slots: Ints, first: Ints, last: Ints) -> Flows:
        keys = np.frombuffer(b"".join([self._keys[slot] for slot in slots.tolist()]), dtype=np.uint8)
        keys = keys.reshape(len(slots), _KEY)
        from_low = self._from_low[slots]
        low, high = keys[:, :18], keys[:, 18:36]
        src, dst = np.where(from_low[:, None], low, high), np.where(from_low[:, None], high, low)
        there, back = 2 * slots + ~from_low, 2 * slots + from_low
        sums = self._sums.reshape(-1, 4)
        protocol = keys[:, 36].astype(np.int64)
        failed = (protocol == TCP) & (sums[there, 2] > 0) & (sums[back, 3] == 0)
        return Flows(
            src=src[:, :16],
            dst=dst[:, :16],
            src_port=_number(src[:, 16:]),
            dst_port=_number(dst[:, 16:]),
            protocol=protocol,
            first=first[slots],
            last=last[slots],
            payload=np.stack([sums[there, 0], sums[back, 0]], axis=1),
            bytes=np.stack([sums[there, 1], sums[back, 1]], axis=1),
            flags=self._flags[slots],
            failed=failed,
            sizes=(self._sizes.only(there), self._sizes.only(back)),
            gaps=(self._gaps.only(slots), self._lane_gaps.only(there), self._lane_gaps.only(back)),
        )


def _lanes(slots: Ints) -> Ints:
    return (2 * slots[:, None] + np.arange(2)).ravel()


def _number(two: NDArray[np.uint8]) -> Ints:
    return two[:, 0].astype(np.int64) << 8 | two[:, 1]


def _keys(packets: Decoded) -> tuple[Bools, list[bytes]]:
    """Whether each packet comes from the lower end, and its 5-tuple, lower end first, as 37 bytes."""
    ends = []
    for address, port in ((packets.src, packets.src_port), (packets.dst, packets.dst_port)):
        two = np.stack([port >> 8, port & 255], axis=1).astype(np.uint8)
        ends.append(np.concatenate([address, two], axis=1))
    differ = ends[0] != ends[1]
    place = np.argmax(differ, axis=1)
    rows = np.arange(len(place))
    low = ends[0][rows, place] <= ends[1][rows, place]
    protocol = packets.protocol[:, None].astype(np.uint8)
    joined = np.concatenate(
        [np.where(low[:, None], ends[0], ends[1]), np.where(low[:, None], ends[1], ends[0]), protocol], axis=1
    ).tobytes()
    return low, [joined[at : at + _KEY] for at in range(0, len(joined), _KEY)]
