"""What secure aggregation costs: all parties' and the server's work for one round; beside Flower's SecAgg+.

    python benchmarks/secure_aggregation.py --weights 1663370 --parties 10 --lost 2

No network: the phases are called one after the other in this process, for both sides on the same updates, and the
seconds of all parties are added up. Flower's phases are those of its client (`secaggplus_mod`), with its defaults and
a share for every party; its server's part is done here with its functions, for a round in which nobody is lost (its
keys of lost parties would come on top). Prints seconds and how far the mean is from the plain weighted mean.
"""

import argparse
import importlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from garrison.federated.secure_aggregation import MaskedSum, PartyRound, Terms

Updates = dict[int, np.ndarray]


@contextmanager
def timed(into: dict[str, float], name: str) -> Iterator[None]:
    """Add the seconds that are spent inside."""
    begun = time.perf_counter()
    yield
    into[name] = into.get(name, 0.0) + time.perf_counter() - begun


def by_garrison(updates: Updates, examples: dict[int, int], lost: int) -> tuple[dict[str, float], np.ndarray]:
    """Seconds by phase, and the mean."""
    spent: dict[str, float] = {}
    with timed(spent, "parties: keys and pieces"):
        begun = {party: PartyRound.begin(party, 1, Terms()) for party in updates}
        told = [advertisement for _, advertisement in begun.values()]
        sealed = {party: one.share(told) for party, (one, _) in begun.items()}
    server = MaskedSum.open(1, Terms(), told)
    relayed = server.relay(sealed)
    for party, pieces in list(relayed.items())[: len(updates) - lost]:
        with timed(spent, "parties: masking"):
            begun[party][0].take(pieces)
            vector = begun[party][0].mask(updates[party], examples[party])
        with timed(spent, "server"):
            server.add(party, vector, size=updates[party].size)
    survivors = server.survivors()
    revealed = [begun[party][0].reveal(survivors) for party in survivors]
    with timed(spent, "server"):
        mean = server.unmask(revealed)
    return spent, mean.update


def by_flower(updates: Updates, examples: dict[int, int]) -> tuple[dict[str, float], np.ndarray]:
    """The same by Flower's own functions."""
    from flwr.common import bytes_to_ndarray, ndarrays_to_parameters
    from flwr.common.secure_aggregation.ndarrays_arithmetic import (
        factor_extract,
        parameters_addition,
        parameters_mod,
        parameters_subtraction,
    )
    from flwr.common.secure_aggregation.quantization import dequantize
    from flwr.common.secure_aggregation.secaggplus_utils import pseudo_rand_gen

    # By its name: the package gives the function of the same name instead.
    flower: Any = importlib.import_module("flwr.client.mod.secure_aggregation.secaggplus_mod")
    clip, target, ring = 8.0, 1 << 22, 1 << 32
    settings: Any = {
        "sample_num": len(updates),
        "share_num": len(updates),
        "threshold": Terms().threshold(len(updates)),
        "clipping_range": clip,
        "target_range": target,
        "mod_range": ring,
        "max_weight": float(max(examples.values())),
    }
    spent: dict[str, float] = {}
    states, said = {}, {}
    with timed(spent, "parties: keys and pieces"):
        keys: Any = {}
        for party in updates:
            states[party] = flower.SecAggPlusState()
            for name, value in vars(flower.SecAggPlusState).items():
                if not name.startswith("_") and not callable(value):
                    setattr(states[party], name, value)
            states[party].nid = party
            states[party].rd_seed_share_dict, states[party].sk1_share_dict = {}, {}
            pair = flower._setup(states[party], settings)
            keys[str(party)] = [pair["pk1"], pair["pk2"]]
        for party in updates:
            said[party] = flower._share_keys(states[party], keys)
    masked: list[np.ndarray] = []
    for party in updates:
        sources = [other for other in updates if other != party]
        sent: Any = {
            "srcs": sources,
            "ctxts": [said[other]["ctxts"][said[other]["dsts"].index(party)] for other in sources],
        }
        with timed(spent, "parties: masking"):
            told: Any = flower._collect_masked_vectors(
                states[party], sent, examples[party], ndarrays_to_parameters([updates[party]])
            )
        with timed(spent, "server"):
            vector = [bytes_to_ndarray(one) for one in told["masked_params"]]
            masked = parameters_mod(parameters_addition(masked, vector), ring) if masked else vector
    with timed(spent, "server"):
        shapes = [one.shape for one in masked]
        for state in states.values():
            masked = parameters_subtraction(masked, pseudo_rand_gen(state.rd_seed, ring, shapes))
        ratio, quantized = factor_extract(parameters_mod(masked, ring))
        inverse = 1 / (ratio / target)
        offset = -(len(updates) - 1) * clip
        mean = (dequantize(quantized, clip, target)[0] + offset) * inverse
    return spent, mean


def main() -> None:
    """Measure both and print the lines."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weights", type=int, default=1_663_370)
    parser.add_argument("--parties", type=int, default=10)
    parser.add_argument("--lost", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    draws = np.random.default_rng(0)
    updates = {
        party: draws.normal(0, 0.01, asked.weights).astype(np.float32)
        for party in range(1, asked.parties + 1)
    }
    examples = {party: 500 + 10 * party for party in updates}
    survivors = [*updates][: asked.parties - asked.lost]
    print(f"{asked.parties} parties, {asked.weights:,} weights, {os.cpu_count()} cores")
    kinds: list[tuple[str, list[int], Callable[[], tuple[dict[str, float], np.ndarray]]]] = [
        ("Garrison", [*updates], lambda: by_garrison(updates, examples, 0)),
        (f"Garrison, {asked.lost} lost", survivors, lambda: by_garrison(updates, examples, asked.lost)),
        ("Flower SecAgg+", [*updates], lambda: by_flower(updates, examples)),
    ]
    for name, who, run in kinds:
        rounds = [run() for _ in range(asked.repeats)]
        spent = min((one for one, _ in rounds), key=lambda one: sum(one.values()))
        plain = np.average(
            [updates[party].astype(float) for party in who], axis=0, weights=[examples[p] for p in who]
        )
        off = np.abs(rounds[-1][1] - plain).max()
        phases = "; ".join(f"{phase} {seconds:.2f} s" for phase, seconds in spent.items())
        print(f"{name}: {sum(spent.values()):.2f} s ({phases}); farthest entry {off:.1e} off")


if __name__ == "__main__":
    main()
