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
    before: Packet | None = None
    for after in packets:
        if before is not None and _alone(before.time, packet.time, after.time):
            days = (packet.time - before.time) / FARTHEST
            fault(packet.number, f"its time stamp is {abs(days):,.1f} days off those around it")
        else:
            yield packet
            before = packet
        packet = after
    yield packet


def _alone(before: int, time: int, after: int) -> bool:
    return abs(time - before) > FARTHEST and abs(time - after) > FARTHEST and abs(after - before) <= FARTHEST
