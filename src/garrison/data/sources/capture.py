"""Packet captures, pcap and pcapng, metered into bidirectional flows.

Why a reader of our own: of the libraries that were tried on the captures of the tests, NFStream 6.6 leaves out, without
a word, packets with two VLAN tags, all later fragments of an IPv4 packet, and the cut packet at the end of a capture,
and counts either bytes or payload, not both; dpkt 1.9.8 takes the cut packet of a pcap for a whole one, ends with
``NeedData`` on that of a pcapng, and takes packets apart one object at a time. What is needed here is short: see
``capture_file``, ``capture_decode`` and ``capture_flows``.
"""

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Unpack

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from garrison.data.sources.base import Numbered, Reading, Refuse, row_numbers
from garrison.data.sources.capture_clock import on_the_clock
from garrison.data.sources.capture_decode import Decoder
from garrison.data.sources.capture_file import Fault, Packet, read_packets
from garrison.data.sources.capture_flows import FLAGS, Flows, FlowTable, Timeouts
from garrison.data.sources.compression import chunks
from garrison.data.sources.flows import EVENT_COLUMNS, FlowSource, column
from garrison.data.sources.protocols import ports_of, protocol_name

BLOCK = 16_384
"""Packets that are taken apart at a time, at most."""

BLOCK_BYTES = 16 * 1024 * 1024
"""Bytes of packets that are taken apart at a time, but for the last packet."""

_WAYS = (("", "both ways"), ("src_", "from the source"), ("dst_", "from the destination"))
_WHATS = (("mean", "mean"), ("std", "standard deviation"), ("min", "least"), ("max", "greatest"))


class CaptureSource(FlowSource):
    """The bidirectional flows of a capture: one row a 5-tuple, until ``timeouts`` end it.

    Rows are numbered as they are given. A packet that is damaged or cut off, or whose time stamp stands alone a day
    off, is refused by its number in the capture, the rest is kept; packets that are no IP are counted in
    ``left_out``. ``SourceError``: an empty file, one that is no capture, a link type that is not read.
    """

    format = "pcap"
    endings = (".pcap", ".pcapng", ".cap")
    choices = ("timeouts",)
    columns = (
        *(each for each in EVENT_COLUMNS if each.name != "service"),
        *(
            column(f"{way}size_{what}", "number", f"{words} size of packets {whose}, bytes of IP")
            for way, whose in _WAYS
            for what, words in _WHATS
        ),
        *(
            column(f"{way}gap_{what}", "number", f"{words} time between packets {whose}, seconds")
            for way, whose in _WAYS
            for what, words in _WHATS
        ),
        *(column(f"{flag}_flags", "integer", f"packets with TCP's flag {flag.upper()}") for flag in FLAGS),
    )

    def __init__(
        self,
        path: Path,
        *,
        timeouts: Timeouts | None = None,
        **reading: Unpack[Reading],
    ) -> None:
        super().__init__(path, **reading)
        self.timeouts = timeouts or Timeouts()
        next(self._packets(_ignored), None)

    def _packets(self, fault: Fault) -> Iterator[Packet]:
        return read_packets(chunks(self.path), fault, where=str(self.path))

    def _raw(self, refuse: Refuse) -> Iterator[Numbered]:
        def fault(number: int, reason: str) -> None:
            refuse(number, f"packet: {reason}", f"packet {number} of the capture")

        decoder = Decoder(fault, self.left_out)
        table = FlowTable(self.timeouts)
        done = 0
        for block in _blocks(on_the_clock(self._packets(fault), fault)):
            table.add(decoder.decode(block))
            if table.full:
                flows = table.ended()
                yield from self._given(flows, done)
                done += len(flows.first)
        yield from self._given(table.ended(all_of_them=True), done)

    def _given(self, flows: Flows, done: int) -> Iterator[Numbered]:
        yield from self._parts(row_numbers(done + 1, len(flows.first)), _events(flows))


def _ignored(_number: int, _reason: str) -> None:
    """What is done with faults while only the header is looked at."""


def _blocks(packets: Iterator[Packet]) -> Iterator[list[Packet]]:
    """Packets in blocks whose bounds hang on nothing but the packets, so that flows come in the same order."""
    block: list[Packet] = []
    size = 0
    for packet in packets:
        block.append(packet)
        size += len(packet.data)
        if len(block) == BLOCK or size >= BLOCK_BYTES:
            yield block
            block, size = [], 0
    if block:
        yield block


def _events(flows: Flows) -> dict[str, pa.Array]:
    protocol = _named(flows.protocol)
    there, back = flows.sizes
    gaps, gaps_there, gaps_back = flows.gaps
    events: dict[str, pa.Array] = {
        "timestamp": pa.array(flows.first // 1000).cast(pa.timestamp("us", tz="UTC")),
        "src_ip": _addresses(flows.src),
        "dst_ip": _addresses(flows.dst),
        "src_port": ports_of(protocol, pa.array(flows.src_port)),
        "dst_port": ports_of(protocol, pa.array(flows.dst_port)),
        "protocol": protocol,
        "payload_len": pa.array(flows.payload.sum(axis=1)),
        "duration": pa.array((flows.last - flows.first) / 1e9),
        "packets": pa.array(there.count + back.count),
        "failed": pa.array(flows.failed),
        "src_packets": pa.array(there.count),
        "dst_packets": pa.array(back.count),
        "src_bytes": pa.array(flows.bytes[:, 0]),
        "dst_bytes": pa.array(flows.bytes[:, 1]),
        "src_payload": pa.array(flows.payload[:, 0]),
        "dst_payload": pa.array(flows.payload[:, 1]),
    }
    for series, name in (
        (there.merged(back), "size"),
        (there, "src_size"),
        (back, "dst_size"),
        (gaps, "gap"),
        (gaps_there, "src_gap"),
        (gaps_back, "dst_gap"),
    ):
        events |= {key: pa.array(values, from_pandas=True) for key, values in series.table(name).items()}
    return events | {f"{flag}_flags": pa.array(flows.flags[:, bit]) for bit, flag in enumerate(FLAGS)}


def _named(numbers: NDArray[np.int64]) -> pa.Array:
    coded = pc.dictionary_encode(pa.array(numbers))
    names = [protocol_name(number) for number in coded.dictionary.to_pylist()]
    return pa.array(names, pa.string()).take(coded.indices)


def _addresses(values: NDArray[np.uint8]) -> pa.Array:
    """Addresses of 16 bytes as text, each distinct one written once."""
    coded = pc.dictionary_encode(pa.array([each.tobytes() for each in values], pa.binary()))
    texts = [_address(each) for each in coded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(coded.indices)


def _address(packed: bytes) -> str:
    address = ipaddress.IPv6Address(packed)
    return str(address.ipv4_mapped or address)
