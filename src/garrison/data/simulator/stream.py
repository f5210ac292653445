"""The stream of simulated events: an hour of simulated time after the other, each from a seed of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from numpy.random import Generator, SeedSequence

from garrison.data.batches import rebatched
from garrison.data.simulator.events import as_batch
from garrison.data.simulator.kinds import ATTACKS, BENIGN
from garrison.data.simulator.scene import HOUR_US, US, Hour, Scene, draw_scene, rhythm
from garrison.errors import UsageError

START = datetime(2024, 1, 8, 8, tzinfo=UTC)
"""When the simulated time begins: a Monday morning."""
LATEST_START = datetime(2200, 1, 1, tzinfo=UTC)
MOST_EVENTS = 10**10
MIXED = 8.0
"""How little the mix of attacks varies from hour to hour (a Dirichlet's concentration)."""


def simulate(
    events: int,
    *,
    seed: int,
    malicious_share: float = 0.05,
    start: datetime = START,
    batch_rows: int = 65_536,
) -> Iterator[pa.RecordBatch]:
    """Exactly ``events`` simulated events in time order, in batches of ``batch_rows`` (the last may be smaller).

    The columns are those of ``SCHEMA``. The same ``seed`` gives the same events whatever the size of the batches.
    Each hour of simulated time is drawn on its own, so memory is bounded by an hour: at most some hundred thousand
    events. 10⁵ to 10⁶ events are about a week of 12 to 100 clients; beyond 5·10⁶ time grows, not the place.
    ``malicious_share`` in [0, 1) holds on average in every hour. No quality claim rests on simulated data.

    Raises:
        UsageError: a number out of range, or a ``start`` without a time zone.

    >>> batches = list(simulate(1_000, seed=7, batch_rows=400))
    >>> [batch.num_rows for batch in batches]
    [400, 400, 200]
    >>> batches[0].schema.metadata
    {b'garrison.simulated': b'true'}
    """
    faults = (
        (not 1 <= events <= MOST_EVENTS, f"{events} events", f"from 1 to {MOST_EVENTS:,}"),
        (seed < 0, f"the seed {seed}", "a whole number from 0 on"),
        (not 0 <= malicious_share < 1, f"the malicious share {malicious_share}", "from 0 up to, not with, 1"),
        (batch_rows < 1, f"batches of {batch_rows} rows", "at least one row a batch"),
        (start.tzinfo is None, f"the start {start} has no time zone", "a time zone, such as UTC"),
    )
    for wrong, what, expected in faults:
        if wrong:
            raise UsageError(f"cannot simulate: {what}", expected=expected)
    if not datetime(1970, 1, 1, tzinfo=UTC) <= start <= LATEST_START:
        raise UsageError(f"cannot simulate: the start {start}", expected="a year from 1970 to 2199")
    return rebatched(_hours(events, seed, malicious_share, start), batch_rows)


def _hours(events: int, seed: int, malicious_share: float, start: datetime) -> Iterator[pa.RecordBatch]:
    scene = draw_scene(events, _generator(seed, 0))
    begin = round(start.timestamp() * US)
    number, left = 0, events
    while left > 0:
        batch = _one_hour(scene, begin + number * HOUR_US, seed, number, malicious_share)
        number += 1
        if batch is not None:
            yield batch.slice(0, left)
            left -= batch.num_rows


def _generator(seed: int, *path: int) -> Generator:
    """A generator of its own for every place in the stream, so that one draw more changes no other."""
    return Generator(np.random.PCG64(SeedSequence(seed, spawn_key=path)))


def _one_hour(
    scene: Scene, start_us: int, seed: int, number: int, malicious_share: float
) -> pa.RecordBatch | None:
    hour = Hour(scene, start_us)
    busy = float(rhythm(np.array([hour.of_week]))[0])
    rng = _generator(seed, 1, number)
    total = int(rng.poisson(scene.events_an_hour * busy))
    malicious = int(rng.binomial(total, malicious_share))
    shares = np.array([kind.share * busy**kind.follows for kind in BENIGN.values()])
    benign_counts = rng.multinomial(total - malicious, shares / shares.sum())
    mix = rng.dirichlet([kind.share * MIXED for kind in ATTACKS.values()])
    counts = [*benign_counts, *rng.multinomial(malicious, mix)]
    names = ["benign"] * len(BENIGN) + list(ATTACKS)
    kinds = [*BENIGN.values(), *ATTACKS.values()]
    drawn = [
        (name, kind.draw(int(count), hour, _generator(seed, 2, number, place)))
        for place, (name, kind, count) in enumerate(zip(names, kinds, counts, strict=True))
        if count
    ]
    if not drawn:
        return None
    return as_batch([part for _, part in drawn], [name for name, _ in drawn], addresses=scene.addresses)
