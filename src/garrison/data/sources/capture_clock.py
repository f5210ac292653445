"""Packets whose time stamp cannot be true: they would split the flow that they belong to, and end all others."""

from collections.abc import Iterator

from garrison.data.sources.capture_file import Fault, Packet

FARTHEST = 86_400 * 10**9
"""Nanoseconds: a packet that is farther than that from both packets beside it is damaged, if they are not from each
other. Smaller jumps are believed, as are longer gaps and captures that were put together in any order."""


def on_the_clock(packets: Iterator[Packet], fault: Fault) -> Iterator[Packet]:
    """The packets without those whose time stamp stands alone, a day or more off; these go to ``fault``.

    The first and the last packet, and damaged ones that follow each other, are believed.
    """
    packet = next(packets, None)
    if packet is None:
        return
    before = packet.time
    for after in packets:
        off = abs(packet.time - before)
        if (
            off > FARTHEST
            and abs(packet.time - after.time) > FARTHEST
            and abs(after.time - before) <= FARTHEST
        ):
            fault(packet.number, f"its time stamp is {off / FARTHEST:,.1f} days off those around it")
        else:
            yield packet
            before = packet.time
        packet = after
    yield packet
