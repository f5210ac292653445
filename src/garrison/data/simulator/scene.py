"""The simulated place: who is there, when they are awake, and whom they talk to."""

import ipaddress
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.random import Generator

from garrison.data.simulator.events import Floats, Ints

US = 1_000_000
HOUR_US = 3_600 * US
DAY_HOURS, WEEK_HOURS = 24, 168

WEB, MAIL, DNS, FILES, SHELL, CLOCK, MONITOR, DOOR = range(8)
"""The servers inside, by their place in ``Scene.servers``; ``DOOR`` is the remote desktop."""
SERVERS = 8
FAVOURITES = 12
IMPLANTS = 512
OUTSIDE_V6 = 500
"""Addresses of 2001:db8::/32 that occur; of the three documentation ranges of IPv4 all 762 hosts do."""

LEAST_CLIENTS, MOST_CLIENTS = 12, 500
EVENTS_A_CLIENT = 10_000
"""Events of the whole stream for which there is one client more."""
EVENTS_AN_HOUR = 62.5
"""Events a client makes in an hour, over the whole week: 1,500 a day."""


@dataclass(frozen=True)
class Implants:
    """What calls home, if a beacon is among the attacks; every field has shape (512,).

    ``host`` is a client, ``home`` an address outside; ``period_s`` is log-normal (median 240 s, spread 1.0, from 20 s
    to 1 h), ``size`` the usual number of bytes (200 to 1,500), ``port`` that of ``home``: 443 for six of ten, 80 for
    two, 8443 and 53 for one each.
    """

    host: Ints
    home: Ints
    period_s: Floats
    size: Ints
    port: Ints


@dataclass(frozen=True)
class Scene:
    """Addresses and habits that stay the same for the whole stream; drawn once from the seed.

    Addresses are numbers into ``addresses``. Clients have shape (c,): ``activity`` (log-normal, spread 0.7, mean 1),
    ``shift`` (hours by which a day is later than others', normal, spread 1.2), ``always_on`` (one in eight: a device
    that does not sleep), ``poll_s`` (seconds between two looks for updates). ``favourites`` (c, 12) are servers
    outside, popular ones first. ``stale`` are the clients that go on trying an old password: one in sixteen, at
    least one.
    """

    addresses: pa.StringArray
    clients: Ints
    servers: Ints
    outside: Ints
    activity: Floats
    shift: Floats
    always_on: Floats
    poll_s: Floats
    favourites: Ints
    stale: Ints
    implants: "Implants"

    @property
    def events_an_hour(self) -> float:
        """Events of an average hour of the week."""
        return len(self.clients) * EVENTS_AN_HOUR


def draw_scene(events: int, rng: Generator) -> Scene:
    """A place whose size fits a stream of so many events: 12 clients for 10⁵, 100 for 10⁶, at most 500."""
    count = int(np.clip(events // EVENTS_A_CLIENT, LEAST_CLIENTS, MOST_CLIENTS))
    inside = [f"10.20.{n // 250}.{n % 250 + 1}" for n in range(count)]
    servers = [f"10.10.0.{n + 1}" for n in range(SERVERS)]
    ranges = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
    outside = [str(host) for block in ranges for host in ipaddress.ip_network(block).hosts()]
    outside += [f"2001:db8:{n // 50:x}::{n % 50 + 1:x}" for n in range(OUTSIDE_V6)]
    clients = np.arange(count)
    activity = rng.lognormal(0.0, 0.7, count)
    shuffled = rng.permutation(np.arange(len(outside)) + count + SERVERS)
    popular = np.minimum(rng.zipf(1.3, (count, FAVOURITES)), len(shuffled)) - 1
    return Scene(
        addresses=pa.array([*inside, *servers, *outside]),
        clients=clients,
        servers=np.arange(SERVERS) + count,
        outside=shuffled,
        activity=activity / activity.mean(),
        shift=rng.normal(0.0, 1.2, count),
        always_on=(rng.random(count) < 1 / 8).astype(np.float64),
        poll_s=rng.choice([64.0, 256.0, 300.0, 900.0, 1800.0, 3600.0], count),
        favourites=shuffled[popular],
        stale=rng.permutation(clients)[: max(1, count // 16)],
        implants=_draw_implants(rng, clients, shuffled),
    )


def _draw_implants(rng: Generator, clients: Ints, outside: Ints) -> Implants:
    return Implants(
        host=rng.choice(clients, IMPLANTS),
        home=rng.choice(outside, IMPLANTS),
        period_s=np.clip(rng.lognormal(np.log(240.0), 1.0, IMPLANTS), 20.0, 3_600.0),
        size=rng.integers(200, 1_500, IMPLANTS),
        port=rng.choice([443, 443, 443, 443, 443, 443, 80, 80, 8443, 53], IMPLANTS),
    )


def rhythm(hour_of_week: Floats) -> Floats:
    """How busy an hour of the week is beside the average one; 0 is Monday, 00:00 UTC.

    A bell around 13:30 with a width of 4 hours over a floor of 0.15; Saturday and Sunday have 0.35 of it.

    >>> rhythm(np.array([3.5, 13.5, 5 * 24 + 13.5])).round(2).tolist()
    [0.41, 2.46, 0.86]
    """
    wrapped = np.mod(hour_of_week, WEEK_HOURS)
    bell = np.exp(-0.5 * ((np.mod(wrapped, DAY_HOURS) - 13.5) / 4.0) ** 2)
    day = np.where(wrapped >= 5 * DAY_HOURS, 0.35, 1.0)
    return np.asarray(day * (0.15 + bell) / 0.4674)


@dataclass(frozen=True)
class Hour:
    """One hour of simulated time: what one shard of the stream is made from."""

    scene: Scene
    start_us: int

    @property
    def of_week(self) -> float:
        """Hours since Monday, 00:00 UTC, at the middle of this hour."""
        since_monday = (self.start_us + HOUR_US / 2) / HOUR_US + 3 * DAY_HOURS
        return float(since_monday % WEEK_HOURS)

    def clients(self, rng: Generator, count: int) -> Ints:
        """So many clients, each as likely as it is busy at this hour."""
        scene = self.scene
        awake = np.where(scene.always_on > 0, 1.0, rhythm(self.of_week - scene.shift))
        bounds = np.cumsum(scene.activity * awake)
        return np.asarray(np.searchsorted(bounds, rng.random(count) * bounds[-1]), dtype=np.int64)

    def anywhere(self, rng: Generator, count: int) -> Ints:
        """So many addresses outside, each as likely as another."""
        return rng.choice(self.scene.outside, count)

    def moments(self, rng: Generator, count: int) -> Ints:
        """So many moments of the hour, in microseconds since 1970."""
        return self.start_us + rng.integers(0, HOUR_US, count)

    def wrapped(self, at: Ints) -> Ints:
        """Moments after the end of the hour come again from its beginning, so that hours do not overlap."""
        return self.start_us + np.mod(at - self.start_us, HOUR_US)
