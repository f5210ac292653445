"""Rounds a second of the in-process federation beside Flower's own simulation (Ray), in one run.

    python benchmarks/federated_rounds.py --network mlp --parties 20 --rounds 10 --jobs 2

Both run the same client app, coordinator, strategy, network, parties and seeds, on as many processes (``--jobs``), one
thread each; the weights at the end are compared and must be equal to the last bit. ``rounds/s`` leaves out the first
round, in which processes start and PyTorch is loaded; ``in all`` is everything from the call to the model. The two take
turns ``--repeats`` times, and the median is printed. ``--data mnist`` deals out MNIST; the default, the digits that
come with scikit-learn, needs no file. Needs ``pip install 'garrison[federated,flower-simulation]'``.
"""

import argparse
import os
import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from garrison.federated import Federation, LocalTraining, Plan, Trained, parties_of, read_images
from garrison.federated.flower_simulation import train_in_flower
from garrison.federated.partitions import iid


def main() -> None:
    """Measure both and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", choices=["digits", "mnist"], default="digits")
    parser.add_argument("--network", default="mlp")
    parser.add_argument("--parties", type=int, default=20)
    parser.add_argument("--fraction", type=float, default=0.5)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    images = read_images(asked.data)
    parties = parties_of(images.x, images.y, iid(images.y, parties=asked.parties, seed=0))
    plan = Plan(
        network=asked.network,
        shape=images.shape,
        classes=images.classes,
        rounds=asked.rounds,
        how=LocalTraining(epochs=asked.epochs, batch=10, learning_rate=0.05),
        fraction=asked.fraction,
    )
    federation = Federation(parties, plan)
    ways: dict[str, Callable[[], Trained]] = {
        "garrison, 1 process": lambda: federation.train(jobs=1),
        f"garrison, {asked.jobs} processes": lambda: federation.train(jobs=asked.jobs),
        f"flower simulation, {asked.jobs} actors": lambda: train_in_flower(federation, jobs=asked.jobs),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    weights: list[list[NDArray[np.float32]]] = []
    for _ in range(asked.repeats):
        for name, train in ways.items():
            begun = time.monotonic()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                trained = train()
            later = [one.seconds for one in trained.rounds[1:]]
            found[name].append((len(later) / sum(later), time.monotonic() - begun))
            weights.append(trained.model.weights())
    equal = all(
        np.array_equal(one, other)
        for each in weights[1:]
        for one, other in zip(each, weights[0], strict=True)
    )
    many = round(asked.fraction * asked.parties)
    print(
        f"{asked.network} on {asked.data}: {many} of {asked.parties} parties a round, {asked.rounds} rounds"
    )
    for name, each in found.items():
        rates, whole = zip(*each, strict=True)
        print(f"{name:32s} {statistics.median(rates):8.3f} rounds/s {statistics.median(whole):8.1f} s in all")
    print(f"weights equal to the last bit: {'yes' if equal else 'NO'}; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
