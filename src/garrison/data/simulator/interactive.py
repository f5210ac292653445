"""Benign: mail, shells and remote desktops, and the passwords that people mistype."""

import numpy as np
from numpy.random import Generator

from garrison.data.simulator.draws import bursts, choices, lognormal, packets_for, sizes
from garrison.data.simulator.events import TCP, Events
from garrison.data.simulator.scene import DOOR, MAIL, SHELL, Hour

LOGINS = (993, 587, 22, 3389)
"""Ports at which somebody logs in: mail read, mail sent, shell, remote desktop."""
LOGIN_SERVERS = (MAIL, MAIL, SHELL, DOOR)


def interactive(count: int, hour: Hour, rng: Generator) -> Events:
    """Logins: 60 % read mail, 15 % send it, 20 % open a shell, 5 % a remote desktop.

    Sessions come in groups of 3, 20 s apart. A session has a median of 6,000 bytes (spread 1.6) and 8 s (spread 1.8).
    16 % fail and look as a failing login does: 1,500 bytes, 1.8 s. Half of those are a device with an old password,
    which tries again about every minute; the others are people, who do so some seconds later.
    """
    groups = bursts(rng, hour, count, size=3, gap_s=20.0, spread=1.0)
    which = choices(rng, groups.count, (0.60, 0.15, 0.20, 0.05))[groups.number]
    source = hour.clients(rng, groups.count)[groups.number]
    failed = rng.random(count) < 0.16
    old_password = failed & (rng.random(count) < 0.5)
    source = np.where(old_password, rng.choice(hour.scene.stale, count), source)
    size = np.where(
        failed,
        sizes(rng, count, median=1_500, spread=0.45),
        sizes(rng, count, median=6_000, spread=1.6),
    )
    duration = np.where(
        failed,
        lognormal(rng, count, median=1.8, spread=0.7),
        lognormal(rng, count, median=8.0, spread=1.8),
    )
    return Events(
        at=np.where(old_password, hour.moments(rng, count), groups.at),
        source=source,
        target=hour.scene.servers[np.array(LOGIN_SERVERS)[which]],
        protocol=np.full(count, TCP),
        port=np.array(LOGINS)[which],
        size=size,
        duration=duration,
        packets=packets_for(rng, size, fewest=9),
        failed=failed,
    )
