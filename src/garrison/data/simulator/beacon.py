"""Attack: an implant that calls home and asks what to do."""

import numpy as np
from numpy.random import Generator

from garrison.data.simulator.draws import lognormal, packets_for
from garrison.data.simulator.events import TCP, UDP, Events
from garrison.data.simulator.periodic import ticks
from garrison.data.simulator.scene import Hour


def beacon(count: int, hour: Hour, rng: Generator) -> Events:
    """The implants of the scene, each at its period with a jitter of a fifth; 6 % of the calls fail.

    Sizes are nearly the same each time (spread 0.15); over UDP, port 53, they are those of a name looked up: 40 to
    260 bytes.
    """
    implants = hour.scene.implants
    calls = ticks(rng, hour, count, period_s=implants.period_s, jitter=0.2)
    of = calls.number
    port = implants.port[of]
    size = (implants.size[of] * lognormal(rng, count, median=1.0, spread=0.15)).astype(np.int64)
    return Events(
        at=calls.at,
        source=implants.host[of],
        target=implants.home[of],
        protocol=np.where(port == 53, UDP, TCP),
        port=port,
        size=np.where(port == 53, size % 220 + 40, size),
        duration=lognormal(rng, count, median=0.35, spread=0.6),
        packets=packets_for(rng, size, fewest=np.where(port == 53, 0, 6)),
        failed=rng.random(count) < 0.06,
    )
