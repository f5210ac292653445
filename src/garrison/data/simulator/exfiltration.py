"""Attack: data carried out, in large pieces or in names that are looked up."""

import numpy as np
from numpy.random import Generator

from garrison.data.simulator.draws import bursts, choices, lognormal, packets_for, sizes
from garrison.data.simulator.events import TCP, UDP, Events
from garrison.data.simulator.scene import Hour


def exfiltration(count: int, hour: Hour, rng: Generator) -> Events:
    """Series of 15 pieces, 12 s apart (spread 1.0), from one client to one address outside; 3 % fail.

    Half by HTTPS, a quarter by SSH (median 3 MB, spread 1.8, at about 2 MB/s), a quarter as names looked up (median
    190 bytes, spread 0.3).
    """
    series = bursts(rng, hour, count, size=15, gap_s=12.0, spread=1.0)
    of = series.number
    way = choices(rng, series.count, (0.50, 0.25, 0.25))[of]
    names = way == 2
    size = np.where(
        names,
        sizes(rng, count, median=190, spread=0.3),
        sizes(rng, count, median=3e6, spread=1.8),
    )
    return Events(
        at=series.at,
        source=rng.choice(hour.scene.clients, series.count)[of],
        target=hour.anywhere(rng, series.count)[of],
        protocol=np.where(names, UDP, TCP),
        port=np.array([443, 22, 53])[way],
        size=size,
        duration=lognormal(rng, count, median=0.03, spread=0.8)
        + np.where(names, 0.0, size / lognormal(rng, count, median=2e6, spread=0.8)),
        packets=packets_for(rng, size, fewest=np.where(names, 0, 8)),
        failed=rng.random(count) < 0.03,
    )
