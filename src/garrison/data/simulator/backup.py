"""Benign: copies of disks, which leave as stolen data would."""

import numpy as np
from numpy.random import Generator

from garrison.data.simulator.draws import bursts, choices, lognormal, packets_for, sizes
from garrison.data.simulator.events import TCP, Events
from garrison.data.simulator.scene import FILES, Hour


def backup(count: int, hour: Hour, rng: Generator) -> Events:
    """Copies in groups of 12, 15 s apart, more of them at night; 4 % fail.

    Half go to our own file server (rsync, SMB), the others to a cloud outside (HTTPS, SSH), always the same for one
    client. Sizes: median 6 MB, spread 1.9, at about 3 MB/s.
    """
    groups = bursts(rng, hour, count, size=12, gap_s=15.0, spread=0.7)
    client = rng.choice(hour.scene.clients, groups.count)
    place = choices(rng, groups.count, (0.3, 0.2, 0.4, 0.1))
    target = np.where(place < 2, hour.scene.servers[FILES], hour.scene.favourites[client, 1])
    size = sizes(rng, count, median=6e6, spread=1.9)
    return Events(
        at=groups.at,
        source=client[groups.number],
        target=target[groups.number],
        protocol=np.full(count, TCP),
        port=np.array([873, 445, 443, 22])[place][groups.number],
        size=size,
        duration=0.2 + size / lognormal(rng, count, median=3e6, spread=0.8),
        packets=packets_for(rng, size, fewest=8),
        failed=rng.random(count) < 0.04,
    )
