"""Attack: so much that a server has no time for anybody else."""

import numpy as np
from numpy.random import Generator

from garrison.data.simulator.draws import bursts, choices, lognormal, packets_for, sizes
from garrison.data.simulator.events import ICMP, TCP, UDP, Events
from garrison.data.simulator.scene import CLOCK, DNS, WEB, Hour


def flood(count: int, hour: Hour, rng: Generator) -> Events:
    """Floods of 300 events, 0.01 s apart (spread 1.0), from 1 to 40 addresses outside.

    60 % at the web server over TCP (half of them whole requests, median 900 bytes, the others open a connection and
    say nothing), 20 % at the name server (median 90 bytes), 10 % at the clock (48 bytes), 10 % pings. 40 % fail.
    """
    floods = bursts(rng, hour, count, size=300, gap_s=0.01, spread=1.0)
    of = floods.number
    kind = choices(rng, floods.count, (0.6, 0.2, 0.1, 0.1))[of]
    crowd = rng.integers(1, 41, floods.count)
    member = (rng.random(count) * crowd[of]).astype(np.int64)
    first = rng.integers(0, len(hour.scene.outside), floods.count)
    spoken = sizes(rng, count, median=900, spread=1.0)
    request = np.where(rng.random(count) < 0.5, 0, spoken)
    size = np.select(
        [kind == 0, kind == 1, kind == 2],
        [request, sizes(rng, count, median=90, spread=0.5), np.full(count, 48)],
        sizes(rng, count, median=64, spread=0.7),
    )
    port = np.where(rng.random(count) < 0.85, 443, 80)
    return Events(
        at=floods.at,
        source=hour.scene.outside[(first[of] + member) % len(hour.scene.outside)],
        target=hour.scene.servers[np.array([WEB, DNS, CLOCK, WEB])[kind]],
        protocol=np.array([TCP, UDP, UDP, ICMP])[kind],
        port=np.select([kind == 1, kind == 2], [53, 123], port),
        size=size,
        duration=np.where(
            kind == 0,
            lognormal(rng, count, median=0.12, spread=1.3),
            lognormal(rng, count, median=0.02, spread=1.0),
        ),
        packets=packets_for(rng, size, fewest=np.where(kind == 0, 3, 0)),
        failed=rng.random(count) < 0.4,
    )
