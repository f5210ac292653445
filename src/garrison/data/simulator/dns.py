"""Benign: names looked up."""

import numpy as np
from numpy.random import Generator

from garrison.data.simulator.draws import bursts, lognormal, packets_for, sizes
from garrison.data.simulator.events import TCP, UDP, Events
from garrison.data.simulator.scene import DNS, Hour


def dns(count: int, hour: Hour, rng: Generator) -> Events:
    """Look-ups in groups of 4, 0.1 s apart; 85 % ask our own server, the others one outside; 3 % fail.

    Sizes: median 95 bytes, spread 0.6. One in a hundred is over TCP.
    """
    groups = bursts(rng, hour, count, size=4, gap_s=0.1, spread=1.0)
    client = hour.clients(rng, groups.count)
    own = rng.random(groups.count) < 0.85
    target = np.where(own, hour.scene.servers[DNS], hour.scene.favourites[client, 0])
    size = sizes(rng, count, median=95, spread=0.6)
    return Events(
        at=groups.at,
        source=client[groups.number],
        target=target[groups.number],
        protocol=np.where(rng.random(count) < 0.01, TCP, UDP),
        port=np.full(count, 53),
        size=size,
        duration=lognormal(rng, count, median=0.02, spread=1.0),
        packets=packets_for(rng, size, fewest=0),
        failed=rng.random(count) < 0.03,
    )
