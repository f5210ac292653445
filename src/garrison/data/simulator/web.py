"""Benign: people reading web pages, and visitors of our own."""

import numpy as np
from numpy.random import Generator

from garrison.data.simulator.draws import bursts, choices, lognormal, packets_for, sizes
from garrison.data.simulator.events import TCP, UDP, Events
from garrison.data.simulator.scene import FAVOURITES, WEB, Hour


def web(count: int, hour: Hour, rng: Generator) -> Events:
    """Pages of 8 requests on average, 0.4 s apart; every fifth page is a visitor's, at our own server.

    Nine of ten pages are at one of a client's twelve favourites. Sizes: median 2,600 bytes, spread 1.7; 2 % are
    uploads, median 400,000 bytes, spread 2.0. 5 % fail: the server is away, and nothing is sent.
    """
    pages = bursts(rng, hour, count, size=8, gap_s=0.4, spread=1.0)
    client = hour.clients(rng, pages.count)
    favourite = hour.scene.favourites[client, rng.integers(0, FAVOURITES, pages.count)]
    server = np.where(rng.random(pages.count) < 0.9, favourite, hour.anywhere(rng, pages.count))
    visitor = rng.random(pages.count) < 0.2
    source = np.where(visitor, hour.anywhere(rng, pages.count), client)
    target = np.where(visitor, hour.scene.servers[WEB], server)
    failed = (rng.random(count) < 0.05) | (rng.random(pages.count) < 0.01)[pages.number]
    upload = rng.random(count) < 0.02
    size = np.where(
        upload,
        sizes(rng, count, median=400_000, spread=2.0),
        sizes(rng, count, median=2_600, spread=1.7),
    )
    size = np.where(failed, np.where(rng.random(count) < 0.7, 0, size % 120), size)
    duration = lognormal(rng, count, median=0.25, spread=1.3) + size / 4e6
    port = np.array([443, 80, 8080, 8443])[choices(rng, count, (0.86, 0.1, 0.03, 0.01))]
    quick = (port == 443) & (rng.random(count) < 0.25)
    return Events(
        at=pages.at,
        source=source[pages.number],
        target=target[pages.number],
        protocol=np.where(quick, UDP, TCP),
        port=port,
        size=size,
        duration=np.where(failed & (size == 0), rng.exponential(0.05, count), duration),
        packets=np.where(failed, rng.integers(1, 4, count), packets_for(rng, size, fewest=5)),
        failed=failed,
    )
