"""Benign: clocks that are set and updates that are looked for, as regular as a beacon."""

import numpy as np
from numpy.random import Generator

from garrison.data.simulator.draws import lognormal, packets_for
from garrison.data.simulator.events import TCP, UDP, Events
from garrison.data.simulator.periodic import ticks
from garrison.data.simulator.scene import CLOCK, Hour


def polling(count: int, hour: Hour, rng: Generator) -> Events:
    """Every client asks at its own period of 64 s to 1 h with a jitter of a tenth; 3 % fail.

    A third of the clients ask our clock (NTP, 48 bytes); the others a server outside by HTTPS, with nearly the same
    number of bytes each time: between 300 and 1,500.
    """
    scene = hour.scene
    kept = ticks(rng, hour, count, period_s=scene.poll_s, jitter=0.1)
    client = kept.number
    clock = client % 3 == 0
    usual = 300 + (client * 389) % 1_200
    size = np.where(clock, 48, (usual * lognormal(rng, count, median=1.0, spread=0.15)).astype(np.int64))
    return Events(
        at=kept.at,
        source=client,
        target=np.where(clock, scene.servers[CLOCK], scene.favourites[client, 2]),
        protocol=np.where(clock, UDP, TCP),
        port=np.where(clock, 123, 443),
        size=size,
        duration=np.where(clock, 0.0, lognormal(rng, count, median=0.3, spread=0.6))
        + lognormal(rng, count, median=0.02, spread=0.5),
        packets=packets_for(rng, size, fewest=np.where(clock, 0, 6)),
        failed=rng.random(count) < 0.03,
    )
