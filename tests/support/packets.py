"""Packets and captures made by hand, byte by byte, for tests."""

import struct
from collections.abc import Sequence
from ipaddress import ip_address

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def tcp(sport: int, dport: int, flags: int, payload: bytes = b"", *, options: bytes = b"") -> bytes:
    words = 5 + len(options) // 4
    return struct.pack("!HHIIBBHHH", sport, dport, 1, 0, words << 4, flags, 1024, 0, 0) + options + payload


def udp(sport: int, dport: int, payload: bytes = b"") -> bytes:
    return struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


def icmp(kind: int, payload: bytes = b"") -> bytes:
    return struct.pack("!BBHHH", kind, 0, 0, 1, 1) + payload


def ipv4(
    src: str,
    dst: str,
    protocol: int,
    content: bytes,
    *,
    ident: int = 1,
    offset: int = 0,
    more: bool = False,
    total: int | None = None,
    options: bytes = b"",
) -> bytes:
    words = 5 + len(options) // 4
    length = 4 * words + len(content) if total is None else total
    field = (0x2000 if more else 0) | offset // 8
    head = struct.pack("!BBHHHBBH", 0x40 | words, 0, length, ident, field, 64, protocol, 0)
    return head + ip_address(src).packed + ip_address(dst).packed + options + content


def ipv6(src: str, dst: str, following: int, content: bytes) -> bytes:
    head = struct.pack("!IHBB", 6 << 28, len(content), following, 64)
    return head + ip_address(src).packed + ip_address(dst).packed + content


def extension(following: int, *, words: int = 0) -> bytes:
    """A hop-by-hop or destination-options header of 8 bytes and ``words`` times 8 more."""
    return bytes([following, words]) + b"\1\4\0\0\0\0" + b"\0" * (8 * words)


def ipv6_fragment(following: int, ident: int, *, offset: int, more: bool) -> bytes:
    return struct.pack("!BBHI", following, 0, offset | more, ident)


def ethernet(content: bytes, *, kind: int | None = None, tags: Sequence[tuple[int, int]] = ()) -> bytes:
    """A frame; ``tags`` are (type, VLAN) from the outermost, padded to 60 bytes as on the wire."""
    if kind is None:
        kind = 0x86DD if content[0] >> 4 == 6 else 0x0800
    stack = b"".join(struct.pack("!HH", tag, vlan) for tag, vlan in tags)
    frame = b"\2\0\0\0\0\1\2\0\0\0\0\2" + stack + struct.pack("!H", kind) + content
    return frame.ljust(60, b"\0")


def pcap(
    frames: Sequence[tuple[float, bytes]],
    *,
    order: str = "<",
    nano: bool = False,
    link: int = 1,
    snaplen: int = 262144,
) -> bytes:
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    unit = 10**9 if nano else 10**6
    parts = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, link)]
    for time, frame in frames:
        ticks = round(time * unit)
        kept = frame[:snaplen]
        parts.append(struct.pack(order + "IIII", ticks // unit, ticks % unit, len(kept), len(frame)) + kept)
    return b"".join(parts)


def _block(order: str, kind: int, content: bytes) -> bytes:
    content = content.ljust(-(-len(content) // 4) * 4, b"\0")
    length = struct.pack(order + "I", len(content) + 12)
    return struct.pack(order + "I", kind) + length + content + length


def pcapng(
    frames: Sequence[tuple[float, bytes]],
    *,
    order: str = "<",
    resolution: int = 6,
    link: int = 1,
    simple: bool = False,
) -> bytes:
    section = _block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    options = struct.pack(order + "HHB3xHH", 9, 1, resolution, 0, 0)
    parts = [section, _block(order, 1, struct.pack(order + "HHI", link, 0, 0) + options)]
    for time, frame in frames:
        ticks = round(time * 10**resolution)
        if simple:
            parts.append(_block(order, 3, struct.pack(order + "I", len(frame)) + frame))
        else:
            head = struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
            parts.append(_block(order, 6, head + frame))
    return b"".join(parts)


def connection(
    src: str = "10.0.0.1",
    dst: str = "10.0.0.2",
    *,
    sport: int = 40000,
    dport: int = 80,
    start: float = 1000.0,
) -> list[tuple[float, bytes]]:
    """A whole small TCP connection: 3 packets there and 2 back before the close, 100 bytes and 300 bytes."""

    def there(flags: int, payload: bytes = b"") -> bytes:
        return ethernet(ipv4(src, dst, 6, tcp(sport, dport, flags, payload)))

    def back(flags: int, payload: bytes = b"") -> bytes:
        return ethernet(ipv4(dst, src, 6, tcp(dport, sport, flags, payload)))

    return [
        (start, there(SYN)),
        (start + 0.25, back(SYN | ACK)),
        (start + 0.5, there(ACK)),
        (start + 0.75, there(PSH | ACK, b"x" * 100)),
        (start + 1.5, back(PSH | ACK, b"y" * 300)),
        (start + 2.0, there(FIN | ACK)),
    ]
