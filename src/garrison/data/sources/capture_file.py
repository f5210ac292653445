"""The packets in a capture file: pcap and pcapng, of either byte order, in micro- or nanoseconds."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from garrison.errors import SourceError

LINKS = {
    0: "BSD loopback",
    1: "Ethernet",
    12: "raw IP",
    14: "raw IP",
    101: "raw IP",
    108: "OpenBSD loopback",
    113: "Linux cooked",
    228: "raw IPv4",
    229: "raw IPv6",
    276: "Linux cooked 2",
}
"""The link types that are read, by the number that tcpdump.org lists."""

LARGEST_PACKET = 1 << 24
"""Bytes beyond which a packet's length is taken for damage."""

LAST_TIME = 1 << 63
"""Nanoseconds since 1970 at which time stamps end (in 2262)."""

_PCAP = {b"\xa1\xb2\xc3\xd4": (">", 1000), b"\xd4\xc3\xb2\xa1": ("<", 1000)} | {
    b"\xa1\xb2\x3c\x4d": (">", 1),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
}
_PCAPNG = b"\x0a\x0d\x0d\x0a"
_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 0x0A0D0D0A, 1, 2, 3, 6

Fault = Callable[[int, str], None]
"""Sets a packet aside, by its number in the file, the first being 1, and the reason."""


class Packet(NamedTuple):
    """A packet: its number in the file, nanoseconds since 1970, link type, and the bytes that were kept of it."""

    number: int
    time: int
    link: int
    data: bytes


@dataclass(frozen=True)
class _Interface:
    link: int
    ticks: int
    offset: int


class _Bytes:
    """A stream from which so many bytes are taken at a time."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = b""
        self._at = 0

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes, fewer at the end."""
        end = self._at + count
        if end > len(self._held):
            parts = [self._held[self._at :]]
            have = len(parts[0])
            while have < count and (chunk := next(self._chunks, b"")):
                parts.append(chunk)
                have += len(chunk)
            self._held, self._at, end = b"".join(parts), 0, count
        taken = self._held[self._at : end]
        self._at = min(end, len(self._held))
        return taken

    def rest(self) -> Iterator[bytes]:
        """What has not been taken, in pieces."""
        yield self._held[self._at :]
        yield from self._chunks


def read_packets(chunks: Iterator[bytes], fault: Fault, *, where: str) -> Iterator[Packet]:
    """The packets in order; one that is cut off or damaged goes to ``fault``.

    After the first packet whose length cannot be believed there is nothing that could be read. ``SourceError``
    when the file is empty, is no capture, or is of a link type that is not read.
    """
    stream = _Bytes(chunks)
    magic = stream.take(4)
    if magic in _PCAP:
        yield from _pcap(stream, fault, *_PCAP[magic], where=where)
    elif magic == _PCAPNG:
        yield from _pcapng(stream, fault, where=where)
    else:
        raise SourceError(
            "the file is no packet capture" if magic else "the file is empty",
            where=where,
            expected="a capture as tcpdump, Wireshark or dumpcap write it: pcap or pcapng",
        )


def check_link(link: int, *, where: str) -> None:
    """Raise ``SourceError`` when a link type is not one that is read."""
    if link not in LINKS:
        raise SourceError(
            f"packets of link type {link} are not read",
            where=where,
            expected=", ".join(dict.fromkeys(LINKS.values())),
        )


def _pcap(stream: _Bytes, fault: Fault, order: str, unit: int, *, where: str) -> Iterator[Packet]:
    head = stream.take(20)
    if len(head) < 20:
        raise SourceError("the capture ends in its header", where=where, expected="a capture that is whole")
    link = struct.unpack(order + "I", head[16:])[0] & 0xFFFF
    check_link(link, where=where)
    unpack = struct.Struct(order + "IIII").unpack_from
    number = at = 0
    held = b""
    for chunk in stream.rest():
        held, at = held[at:] + chunk, 0
        while at + 16 <= len(held):
            seconds, fraction, kept, _ = unpack(held, at)
            end = at + 16 + kept
            if kept > LARGEST_PACKET:
                fault(number + 1, f"damaged: it claims {kept:,} bytes; nothing after it can be read")
                return
            if end > len(held):
                break
            number += 1
            yield Packet(number, seconds * 10**9 + fraction * unit, link, held[at + 16 : end])
            at = end
    left = len(held) - at
    if left >= 16:
        kept = unpack(held, at)[2]
        fault(number + 1, f"cut off: {left - 16:,} of its {kept:,} bytes are there")
    elif left:
        fault(number + 1, f"cut off: {left} of the 16 bytes of its head are there")


def _pcapng(stream: _Bytes, fault: Fault, *, where: str) -> Iterator[Packet]:
    order, number = "", 0
    interfaces: list[_Interface] = []
    head = _PCAPNG + stream.take(4)
    while head:
        if head[:4] == _PCAPNG:
            bytes_of_order = stream.take(4)
            order, interfaces = _ORDERS.get(bytes_of_order, ""), []
            if not order and not number:
                raise SourceError("the file is no packet capture", where=where, expected="pcap or pcapng")
            if not order:
                fault(number + 1, "damaged: a section begins without its mark; nothing after it can be read")
                return
            head += bytes_of_order
        wanted, length = struct.unpack(order + "II", head[:8]) if len(head) >= 8 else (0, 0)
        if len(head) >= 8 and (length < len(head) + 4 or length % 4 or length > LARGEST_PACKET):
            fault(number + 1, f"damaged: a block claims {length:,} bytes; nothing after it can be read")
            return
        rest = stream.take(length - len(head)) if len(head) >= 8 else b""
        if len(head) < 8 or len(rest) < length - len(head):
            fault(number + 1, f"cut off: the capture ends after {len(head) + len(rest):,} bytes of a block")
            return
        body = rest[:-4]
        if wanted == _INTERFACE:
            interfaces.append(_interface(body, order))
        elif wanted in (_PACKET, _OLD_PACKET, _SIMPLE_PACKET):
            number += 1
            found = _packet(wanted, body, order, interfaces, number)
            if isinstance(found, Packet):
                yield found
            else:
                fault(number, found)
        head = stream.take(8)


def _interface(body: bytes, order: str) -> _Interface:
    """What an interface block says: its link type, and ticks a second and offset of its time stamps."""
    if len(body) < 8:
        return _Interface(-1, 10**6, 0)
    link = struct.unpack(order + "H", body[:2])[0]
    ticks, offset, at = 10**6, 0, 8
    while at + 4 <= len(body):
        code, length = struct.unpack(order + "HH", body[at : at + 4])
        value = body[at + 4 : at + 4 + length]
        if code == 0:
            break
        if code == 9 and len(value) == 1:
            ticks = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else 10 ** value[0]
        elif code == 14 and len(value) == 8:
            offset = struct.unpack(order + "q", value)[0]
        at += 4 + -(-length // 4) * 4
    return _Interface(link, ticks, offset)


def _packet(kind: int, body: bytes, order: str, interfaces: list[_Interface], number: int) -> Packet | str:
    """The packet in a block, or why there is none."""
    if kind == _SIMPLE_PACKET:
        return "it has no time stamp (a simple packet block)"
    if len(body) < 20:
        return "damaged: its block is too short"
    which, high, low, kept, _ = struct.unpack(order + "IIIII", body[:20])
    if kind == _OLD_PACKET:
        which = struct.unpack(order + "H", body[:2])[0]
    if which >= len(interfaces):
        return "damaged: it is of an interface that is not described"
    if kept > len(body) - 20:
        return "damaged: it claims more bytes than its block has"
    interface = interfaces[which]
    ticks = high << 32 | low
    time = interface.offset * 10**9 + ticks * 10**9 // interface.ticks
    if not 0 <= time < LAST_TIME:
        return "its time stamp is out of range"
    return Packet(number, time, interface.link, body[20 : 20 + kept])
