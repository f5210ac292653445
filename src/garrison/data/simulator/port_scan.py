"""Attack: which hosts are there, and which of their ports answer?"""

import numpy as np
from numpy.random import Generator

from garrison.data.simulator.draws import bursts, choices, packets_for, sizes
from garrison.data.simulator.events import ICMP, TCP, UDP, Events
from garrison.data.simulator.monitoring import KNOWN_PORTS
from garrison.data.simulator.scene import SERVERS, Hour


def port_scan(count: int, hour: Hour, rng: Generator) -> Events:
    """Scans of 80 probes, 0.05 s apart (spread 1.5): from some a millisecond to one every few seconds.

    Three in ten probes belong to a slow scan that lasts the whole hour. 40 % of scans are vertical (one host, many
    ports; every second port is a well-known one), the others horizontal (one port, many hosts). Seven in ten come
    from outside, the others from a client inside. 90 % over TCP, 6 % UDP, 4 % pings. 78 % of probes fail; most send
    nothing.
    """
    scans = bursts(rng, hour, count, size=80, gap_s=0.05, spread=1.5)
    slow = rng.random(scans.count) < 0.3
    vertical = rng.random(scans.count) < 0.4
    source = np.where(
        rng.random(scans.count) < 0.7,
        hour.anywhere(rng, scans.count),
        rng.choice(hour.scene.clients, scans.count),
    )
    inside = len(hour.scene.clients) + SERVERS
    known = np.array(KNOWN_PORTS)
    port_of_scan = known[rng.integers(0, len(known), scans.count)]
    port_of_probe = np.where(
        rng.random(count) < 0.5,
        known[rng.integers(0, len(known), count)],
        rng.integers(1, 65_536, count),
    )
    host_of_scan = rng.integers(0, inside, scans.count)
    of, upright = scans.number, vertical[scans.number]
    size = np.where(rng.random(count) < 0.6, 0, sizes(rng, count, median=50, spread=0.9))
    return Events(
        at=np.where(slow[of], hour.moments(rng, count), scans.at),
        source=source[of],
        target=np.where(upright, host_of_scan[of], rng.integers(0, inside, count)),
        protocol=np.array([TCP, UDP, ICMP])[choices(rng, scans.count, (0.90, 0.06, 0.04))][of],
        port=np.where(upright, port_of_probe, port_of_scan[of]),
        size=size,
        duration=np.where(rng.random(count) < 0.4, 0.0, rng.exponential(0.06, count)),
        packets=packets_for(rng, size, fewest=1),
        failed=rng.random(count) < 0.78,
    )
