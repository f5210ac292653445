"""Attack: one password after the other, until one is right."""

import numpy as np
from numpy.random import Generator

from garrison.data.simulator.draws import bursts, choices, lognormal, packets_for, sizes
from garrison.data.simulator.events import TCP, Events
from garrison.data.simulator.interactive import LOGIN_SERVERS, LOGINS
from garrison.data.simulator.scene import Hour


def password_guessing(count: int, hour: Hour, rng: Generator) -> Events:
    """Series of 60 guesses, 0.6 s apart (spread 1.2); a quarter of the series is slow and lasts the whole hour.

    45 % at the shell, 35 % at mail, 20 % at the remote desktop; four in five from outside, the others from a client
    inside. 95 % fail. A guess has 1,450 bytes (spread 0.4) and 1.6 s (spread 0.6): what any failing login has.
    """
    series = bursts(rng, hour, count, size=60, gap_s=0.6, spread=1.2)
    of = series.number
    slow = rng.random(series.count) < 0.25
    source = np.where(
        rng.random(series.count) < 0.8,
        hour.anywhere(rng, series.count),
        rng.choice(hour.scene.clients, series.count),
    )
    which = choices(rng, series.count, (0.25, 0.10, 0.45, 0.20))[of]
    size = sizes(rng, count, median=1_450, spread=0.4)
    return Events(
        at=np.where(slow[of], hour.moments(rng, count), series.at),
        source=source[of],
        target=hour.scene.servers[np.array(LOGIN_SERVERS)[which]],
        protocol=np.full(count, TCP),
        port=np.array(LOGINS)[which],
        size=size,
        duration=lognormal(rng, count, median=1.6, spread=0.6),
        packets=packets_for(rng, size, fewest=9),
        failed=rng.random(count) < 0.95,
    )
