"""What a unit costs, and how that grows: events, training rows, parties, cipher messages, encrypted rows.

    python benchmarks/growth.py
    python benchmarks/growth.py --only scored trained

Every kind is measured at sizes over two or three decades, each in a process of its own. Printed are the processor's
seconds of the work (imports and making the input are left out), microseconds a unit, and the peak resident memory;
and for each kind the power of the size with which the seconds grow, fitted to all sizes but the smallest, where
starting still counts. What this means for larger numbers stands in docs/scale.md.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Work = Callable[[], object]
"""What is timed."""


def ingested(size: int, folder: Path) -> Work:
    """Events from a CSV file into the embedded store, addresses replaced."""
    from garrison.data import ingest, open_source, open_store
    from garrison.data.configs import config_folder
    from garrison.data.pseudonyms import Pseudonyms
    from garrison.data.schema import Schema
    from garrison.data.simulator import write_simulated

    write_simulated(folder / "events.csv", size, seed=0)
    schema = Schema.read(config_folder("threats") / "features.json")

    def work() -> object:
        source = open_source(folder / "events.csv", pseudonyms=Pseudonyms(bytes(range(32))))
        with open_store(f"duckdb:///{folder / 'store.duckdb'}") as store:
            return ingest(source, store, "events", schema=schema)

    return work


def _events(folder: Path, size: int, seed: int) -> Any:
    import pyarrow.parquet

    from garrison.data.configs import config_folder
    from garrison.data.schema import Schema
    from garrison.data.simulator import write_simulated

    write_simulated(folder / f"{seed}.parquet", size, seed=seed)
    schema = Schema.read(config_folder("threats") / "features.json")
    return schema.validate(pyarrow.parquet.read_table(folder / f"{seed}.parquet")).table, schema


def transformed(size: int, folder: Path) -> Work:
    """Events to numbers, their sources' past included."""
    from garrison.features import EventProcessor

    table, schema = _events(folder, 20_000, 1)
    processor = EventProcessor(scale=True).fit(table, schema)
    more, _ = _events(folder, size, 0)
    return lambda: processor.transform(more)


def trained(size: int, folder: Path) -> Work:
    """Rows that 100 trees of XGBoost learn from: one trial of one fold."""
    from garrison.detection import FAMILIES
    from garrison.features import EventProcessor

    table, schema = _events(folder, size, 0)
    processor = EventProcessor(scale=True).fit(table, schema)
    X, y = processor.transform(table), schema.labels(table)
    FAMILIES["xgboost"].fit(X[:2000], y[:2000], params={"trees": 2}, seed=0)
    return lambda: FAMILIES["xgboost"].fit(X, y, params={"trees": 100}, seed=0)


def scored(size: int, folder: Path) -> Work:
    """Numbers that 100 trees score."""
    from garrison.detection import FAMILIES
    from garrison.features import EventProcessor

    table, schema = _events(folder, 20_000, 1)
    processor = EventProcessor(scale=True).fit(table, schema)
    X, y = processor.transform(table), schema.labels(table)
    model = FAMILIES["xgboost"].fit(X, y, params={"trees": 100}, seed=0)
    rows = X[np.random.default_rng(0).integers(len(X), size=size)]
    return lambda: model.score(rows)


def parties(size: int, folder: Path) -> Work:  # noqa: ARG001 (it writes nothing)
    """Parties of 20 records each that all take part in one round, the server's work included."""
    from garrison.federated import Federation, LocalTraining, Plan, parties_of, read_images

    images = read_images("digits")
    draw = np.random.default_rng(0)
    own = [draw.integers(len(images.x), size=20) for _ in range(size)]
    plan = Plan(
        network="mlp",
        shape=images.shape,
        classes=images.classes,
        rounds=1,
        how=LocalTraining(epochs=1, batch=10, learning_rate=0.05),
    )
    federation = Federation(parties_of(images.x, images.y, own), plan)
    warm = Federation(parties_of(images.x, images.y, own[:2]), plan)
    warm.train(jobs=1)
    return lambda: federation.train(jobs=1)


def masked(size: int, folder: Path) -> Work:  # noqa: ARG001
    """Parties of one secure sum of 10,000 weights: the work of all of them, and the server's."""
    from garrison.federated.secure_aggregation import MaskedSum, PartyRound, Terms

    draw = np.random.default_rng(0)
    updates = {party: draw.normal(size=10_000) * 0.01 for party in range(1, size + 1)}

    def work() -> object:
        begun = {party: PartyRound.begin(party, 1, Terms()) for party in updates}
        told = [advertisement for _, advertisement in begun.values()]
        server = MaskedSum.open(1, Terms(), told)
        relayed = server.relay({party: one.share(told) for party, (one, _) in begun.items()})
        for party, pieces in relayed.items():
            begun[party][0].take(pieces)
            server.add(party, begun[party][0].mask(updates[party], 20), size=10_000)
        survivors = server.survivors()
        return server.unmask([begun[party][0].reveal(survivors) for party in survivors])

    return work


def messages(size: int, folder: Path) -> Work:
    """Messages of 104 letters through the M-209, each with a key of its own, written as shards."""
    from garrison.ciphers.m209 import random_keys

    random_keys(1, seed=0)
    from garrison.ciphers import M209

    def work() -> None:
        for number, start in enumerate(range(0, size, 50_000)):
            now = min(50_000, size - start)
            keys = random_keys(now, seed=number)
            letters = np.random.default_rng(number).integers(26, size=(now, 104), dtype=np.uint8)
            np.save(folder / f"{number}.npy", M209().encrypt(keys, letters))

    return work


def encrypted(size: int, folder: Path) -> Work:  # noqa: ARG001
    """Rows of 30 numbers, encrypted, scored by the server, decrypted."""
    from garrison.detection.circuit import Circuit, Dense
    from garrison.encrypted import Client, Server, terms_for

    draw = np.random.default_rng(0)
    circuit = Circuit((Dense(draw.normal(size=(1, 30)), np.zeros(1)),), limits=np.full(30, 2.0))
    client, server = Client.create(terms_for(circuit)), Server(circuit, terms_for(circuit))
    server.accept(client.evaluation_keys())
    rows = draw.uniform(-1, 1, size=(min(size, 20_480), 30))

    def work() -> None:
        for start in range(0, size, len(rows)):
            some = rows[: size - start]
            client.decrypt(server.score(client.encrypt(some, circuit.limits, packing="columns")))

    return work


KINDS: dict[str, tuple[Callable[[int, Path], Work], tuple[int, ...]]] = {
    "ingested": (ingested, (1_000, 10_000, 100_000, 1_000_000)),
    "transformed": (transformed, (1_000, 10_000, 100_000, 1_000_000)),
    "scored": (scored, (1_000, 10_000, 100_000, 1_000_000)),
    "trained": (trained, (1_000, 10_000, 100_000, 1_000_000)),
    "parties": (parties, (10, 100, 1_000)),
    "masked": (masked, (3, 10, 30, 100)),
    "messages": (messages, (1_000, 10_000, 100_000, 1_000_000)),
    "encrypted": (encrypted, (2_048, 20_480, 204_800)),
}


def measured(kind: str, size: int) -> dict[str, Any]:
    """Do it once, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        work = KINDS[kind][0](size, Path(folder))
        before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        work()
        seconds = time.perf_counter() - begun
        after = resource.getrusage(resource.RUSAGE_SELF)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "kind": kind,
        "size": size,
        "processor_seconds": busy,
        "seconds": seconds,
        "peak_mib": after.ru_maxrss / 1024,
    }


def main() -> None:
    """Measure and print a table, and all of it as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=sorted(KINDS), default=list(KINDS))
    parser.add_argument("--one", nargs=2, metavar=("KIND", "SIZE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measured(asked.one[0], int(asked.one[1]))))
        return
    results = []
    print(f"{'kind':12} {'size':>10} {'processor s':>12} {'µs a unit':>12} {'peak MiB':>9}")
    for kind in asked.only:
        own = []
        for size in KINDS[kind][1]:
            command = [sys.executable, __file__, "--one", kind, str(size)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            found = json.loads(done.splitlines()[-1])
            own.append(found)
            each = found["processor_seconds"] / size * 1e6
            print(
                f"{kind:12} {size:10,} {found['processor_seconds']:12.3f} {each:12,.1f} {found['peak_mib']:9,.0f}",
                flush=True,
            )
        sizes, seconds = zip(*((one["size"], one["processor_seconds"]) for one in own[1:]), strict=True)
        power = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
        print(f"{kind:12} grows with the size to the power {power:.2f}", flush=True)
        results += [*own, {"kind": kind, "power": round(float(power), 3)}]
    print(json.dumps(results))


if __name__ == "__main__":
    main()
