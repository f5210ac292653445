"""Benign: our own inventory and health checks, which look like a scan."""

import numpy as np
from numpy.random import Generator

from garrison.data.simulator.draws import bursts, choices, packets_for, sizes
from garrison.data.simulator.events import ICMP, TCP, UDP, Events
from garrison.data.simulator.scene import MONITOR, SERVERS, Hour

KNOWN_PORTS = (22, 80, 443, 445, 3389, 8080, 21, 23, 25, 53, 161, 993, 587, 873, 8443, 5900, 1433, 3306)
"""Ports that are looked at first, by those who may and by those who may not."""


def monitoring(count: int, hour: Hour, rng: Generator) -> Events:
    """Sweeps of 40 checks, 0.5 s apart, by the monitor, or, one in four, by a client that looks for a printer.

    70 % over TCP, 15 % SNMP and other UDP, 15 % pings; one in six at any port. 45 % find nobody, and nothing is sent in
    half of all checks; otherwise a banner: median 60 bytes, spread 0.9.
    """
    sweeps = bursts(rng, hour, count, size=40, gap_s=0.5, spread=1.2)
    by_client = rng.random(sweeps.count) < 0.25
    source = np.where(by_client, hour.clients(rng, sweeps.count), hour.scene.servers[MONITOR])
    inside = len(hour.scene.clients) + SERVERS
    known = np.array(KNOWN_PORTS)[rng.integers(0, len(KNOWN_PORTS), count)]
    size = np.where(rng.random(count) < 0.5, 0, sizes(rng, count, median=60, spread=0.9))
    return Events(
        at=sweeps.at,
        source=source[sweeps.number],
        target=rng.integers(0, inside, count),
        protocol=np.array([TCP, UDP, ICMP])[choices(rng, count, (0.70, 0.15, 0.15))],
        port=np.where(rng.random(count) < 1 / 6, rng.integers(1, 65_536, count), known),
        size=size,
        duration=np.where(rng.random(count) < 0.3, 0.0, rng.exponential(0.08, count)),
        packets=packets_for(rng, size, fewest=1),
        failed=rng.random(count) < 0.45,
    )
