"""Packets taken apart, many at a time: who sent how many bytes to whom, by which protocol and with which TCP flags."""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from garrison.data.sources.capture_file import LINKS, Fault, Packet

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

FRAGMENTED = 4096
"""Fragmented packets whose ports are remembered for their later fragments."""

TCP, UDP, ICMP, ICMP6, SCTP, DCCP, UDPLITE = 6, 17, 1, 58, 132, 33, 136
_PORTS = (TCP, UDP, SCTP, DCCP, UDPLITE)
_HEADERS = {UDP: 8, UDPLITE: 8, SCTP: 12, DCCP: 12, ICMP: 8, ICMP6: 8}
_TAGS = (0x8100, 0x88A8, 0x9100)
_IPV4, _IPV6 = 0x0800, 0x86DD
_EXTENSIONS = (0, 43, 60, 135, 139, 140)
_FRAGMENT = 44
_MOST_TAGS, _MOST_EXTENSIONS = 8, 16
_ROOM = 64


@dataclass(frozen=True)
class Decoded:
    """Packets of IP, in the capture's order; each array has one entry a packet.

    ``number`` in the file, ``time`` in nanoseconds since 1970, ``src`` and ``dst`` (n, 16) bytes, IPv4 as
    ``::ffff:0:0/96``, ports (0 where there are none), ``size`` and ``payload`` in bytes by the IP header, TCP
    ``flags`` (0 where it is not TCP).
    """

    number: Ints
    time: Ints
    src: Bytes
    dst: Bytes
    src_port: Ints
    dst_port: Ints
    protocol: Ints
    size: Ints
    payload: Ints
    flags: Ints

    def only(self, chosen: Bools) -> "Decoded":
        """Some of the packets."""
        return Decoded(**{each.name: getattr(self, each.name)[chosen] for each in fields(self)})


class Decoder:
    """Takes packets apart; it remembers the ports of fragmented packets from one call to the next.

    VLAN tags are stepped over, also several, and the extension headers of IPv6. A later fragment has the ports
    of its first one, if that came before. Tunnels are not opened.
    """

    def __init__(self, fault: Fault, left_out: Counter[str]) -> None:
        self._fault = fault
        self._left_out = left_out
        self._ports: OrderedDict[bytes, tuple[int, int]] = OrderedDict()

    def decode(self, packets: Sequence[Packet]) -> Decoded:
        """The packets of IP; those of something else are counted, those that are damaged go to ``fault``."""
        frames = _Frames(packets)
        at, kind = _above_link(frames)
        ip = np.isin(kind, (_IPV4, _IPV6))
        if not ip.all():
            self._left_out["packets of another protocol than IP"] += int((~ip).sum())
        layer = _network(frames, at, kind)
        decoded, cut = _transport(frames, layer)
        self._share_ports(decoded, layer)
        short = ip & ~layer.whole
        unread = ip & layer.whole & cut
        for place in np.flatnonzero(short | unread):
            reason = "its IP header is damaged or cut off" if short[place] else "cut off before its ports"
            self._fault(packets[int(place)].number, reason)
        return decoded.only(ip & ~short & ~unread)

    def _share_ports(self, decoded: Decoded, layer: "_Layer") -> None:
        """Give later fragments the ports of their first, in place."""
        for place in np.flatnonzero(layer.whole & (layer.later | layer.more)):
            name = b"".join(
                (
                    decoded.src[place].tobytes(),
                    decoded.dst[place].tobytes(),
                    int(decoded.protocol[place]).to_bytes(1, "big"),
                    int(layer.ident[place]).to_bytes(4, "big"),
                )
            )
            if not layer.later[place]:
                self._ports[name] = int(decoded.src_port[place]), int(decoded.dst_port[place])
                if len(self._ports) > FRAGMENTED:
                    self._ports.popitem(last=False)
            elif name in self._ports:
                decoded.src_port[place], decoded.dst_port[place] = self._ports[name]


class _Frames:
    """The bytes of some packets in one array, and reads from each packet at a place of its own."""

    def __init__(self, packets: Sequence[Packet]) -> None:
        lengths = np.array([len(packet.data) for packet in packets], dtype=np.int64)
        joined = b"".join([packet.data for packet in packets])
        self.data: Bytes = np.frombuffer(joined + bytes(_ROOM), dtype=np.uint8)
        self.end: Ints = np.cumsum(lengths)
        self.start: Ints = self.end - lengths
        self.number = np.array([packet.number for packet in packets], dtype=np.int64)
        self.time = np.array([packet.time for packet in packets], dtype=np.int64)
        self.link = np.array([packet.link for packet in packets], dtype=np.int64)

    def byte(self, at: Ints) -> Ints:
        """The byte at ``at``; where that is beyond the packet, some byte."""
        return self.data[np.clip(at, 0, len(self.data) - 1)].astype(np.int64)

    def short(self, at: Ints) -> Ints:
        """The two bytes from ``at`` on as a number."""
        return self.byte(at) << 8 | self.byte(at + 1)

    def some(self, at: Ints, count: int) -> Bytes:
        """``count`` bytes from ``at`` on, shape (n, count)."""
        places = np.clip(at[:, None] + np.arange(count), 0, len(self.data) - 1)
        found: Bytes = self.data[places]
        return found


@dataclass(frozen=True)
class _Layer:
    """What the IP headers say; ``whole`` is false where they are damaged or cut off, or it is not IP.

    ``at`` is where the transport header begins and ``left`` the bytes from there on; ``later`` and ``more`` say
    that it is a fragment with others before and after it, ``ident`` of which packet.
    """

    whole: Bools
    src: Bytes
    dst: Bytes
    protocol: Ints
    size: Ints
    at: Ints
    left: Ints
    later: Bools
    more: Bools
    ident: Ints


def _above_link(frames: _Frames) -> tuple[Ints, Ints]:
    """Where the network header of each packet begins, and its Ethernet type (-1: none, or cut off)."""
    start, link = frames.start, frames.link
    nibble = frames.byte(start + np.where(np.isin(link, (0, 108)), 4, 0)) >> 4
    by_version = np.where(nibble == 4, _IPV4, np.where(nibble == 6, _IPV6, -1))
    heads = {1: (12, 14), 113: (14, 16), 276: (0, 20)}
    at = start + np.where(np.isin(link, (0, 108)), 4, 0)
    kind = np.where(np.isin(link, list(LINKS)), by_version, -1)
    for each, (place, length) in heads.items():
        at = np.where(link == each, start + length, at)
        kind = np.where(link == each, frames.short(start + place), kind)
    for _ in range(_MOST_TAGS):
        tagged = np.isin(kind, _TAGS) & (at + 4 <= frames.end)
        if not tagged.any():
            break
        kind = np.where(tagged, frames.short(at + 2), kind)
        at = at + np.where(tagged, 4, 0)
    return at, np.where(at <= frames.end, kind, -1)


def _network(frames: _Frames, at: Ints, kind: Ints) -> _Layer:
    end, version = frames.end, frames.byte(at) >> 4
    four = (kind == _IPV4) & (version == 4) & (at + 20 <= end)
    six = (kind == _IPV6) & (version == 6) & (at + 40 <= end)
    head = (frames.byte(at) & 15) * 4
    told = frames.short(at + 2)
    size4 = np.where(told == 0, end - at, told)
    field = frames.short(at + 6)
    whole4 = four & (head >= 20) & (size4 >= head) & (at + head <= end)
    told6 = frames.short(at + 4)
    size6 = np.where(told6 == 0, end - at, 40 + told6)
    after, following, later6, more6, ident6, whole6 = _extensions(frames, at, six)
    size = np.where(six, size6, size4)
    begin = np.where(six, after, at + head)
    mapped = np.zeros((len(at), 16), dtype=np.uint8)
    mapped[:, 10:12] = 255
    src, dst = mapped.copy(), mapped.copy()
    src[:, 12:], dst[:, 12:] = frames.some(at + 12, 4), frames.some(at + 16, 4)
    src[six], dst[six] = frames.some(at[six] + 8, 16), frames.some(at[six] + 24, 16)
    return _Layer(
        whole=whole4 | whole6,
        src=src,
        dst=dst,
        protocol=np.where(six, following, frames.byte(at + 9)),
        size=size,
        at=begin,
        left=np.maximum(at + size - begin, 0),
        later=np.where(six, later6, field & 0x1FFF != 0),
        more=np.where(six, more6, field & 0x2000 != 0),
        ident=np.where(six, ident6, frames.short(at + 4)),
    )


def _extensions(frames: _Frames, at: Ints, six: Bools) -> tuple[Ints, Ints, Bools, Bools, Ints, Bools]:
    """Behind the extension headers of IPv6: where, which protocol, later fragment, more to come, of which, whole."""
    place, following = at + 40, frames.byte(at + 6)
    later, more = np.zeros(len(at), dtype=bool), np.zeros(len(at), dtype=bool)
    ident = np.zeros(len(at), dtype=np.int64)
    for _ in range(_MOST_EXTENSIONS):
        there = six & ~later & (place + 8 <= frames.end)
        fragment = there & (following == _FRAGMENT)
        option = there & np.isin(following, _EXTENSIONS)
        if not (fragment | option).any():
            break
        offset = frames.short(place + 2)
        later = np.where(fragment, offset & 0xFFF8 != 0, later)
        more = np.where(fragment, offset & 1 != 0, more)
        number = frames.short(place + 4) << 16 | frames.short(place + 6)
        ident = np.where(fragment, number, ident)
        length = np.where(fragment, 8, (frames.byte(place + 1) + 1) * 8)
        following = np.where(fragment | option, frames.byte(place), following)
        place = place + np.where(fragment | option, length, 0)
    unread = np.isin(following, (*_EXTENSIONS, _FRAGMENT)) & ~later
    return place, following, later, more, ident, six & ~unread & (place <= frames.end)


def _transport(frames: _Frames, layer: _Layer) -> tuple[Decoded, Bools]:
    """Ports, payload and flags; and which packets are cut off before them."""
    first = ~layer.later
    tcp = first & (layer.protocol == TCP)
    with_ports = first & np.isin(layer.protocol, _PORTS)
    ports = frames.some(layer.at, 4).astype(np.int64)
    head = np.zeros(len(layer.at), dtype=np.int64)
    for protocol, length in _HEADERS.items():
        head[first & (layer.protocol == protocol)] = length
    head = np.where(tcp, (frames.byte(layer.at + 12) >> 4) * 4, head)
    needed = np.where(tcp, 14, np.where(with_ports, 4, 0))
    cut = (layer.at + needed > frames.end) | (layer.left < needed)
    decoded = Decoded(
        number=frames.number,
        time=frames.time,
        src=layer.src,
        dst=layer.dst,
        src_port=np.where(with_ports, ports[:, 0] << 8 | ports[:, 1], 0),
        dst_port=np.where(with_ports, ports[:, 2] << 8 | ports[:, 3], 0),
        protocol=layer.protocol,
        size=layer.size,
        payload=np.maximum(layer.left - head, 0),
        flags=np.where(tcp, frames.byte(layer.at + 13), 0),
    )
    return decoded, cut
