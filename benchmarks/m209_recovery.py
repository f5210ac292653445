"""How often, and how soon, a crib gives the key of an M-209 message, by the length of the crib.

    python benchmarks/m209_recovery.py --keys 40 --seed 2026
    python benchmarks/m209_recovery.py --keys 20 --seed 2027 --network    # beside a start from what the network reads

Fresh random keys by the rules of the manual, messages out of the part of the texts that is for testing, Z for the
space, 1,000 letters longer than the crib; one process. Solved: the key that is given first deciphers at least 99 % of
those 1,000 letters. Fixed: the command would say that the key is fixed; wrongly: and it was not solved. Keys: how many
were found that fit the crib. With ``--network`` each search is done twice: from a random start, and from what the
network that comes along reads of the known letters (its time is counted; cribs of less than 52 letters it does not
read). Prints a table and JSON.
"""

import argparse
import json
import time
from typing import Any

import numpy as np

from garrison.ciphers import M209
from garrison.ciphers.corpus import Corpus, books_or_fail
from garrison.ciphers.letters import Bytes
from garrison.ciphers.m209 import M209Keys, random_keys
from garrison.ciphers.networks import SavedNetwork, open_network
from garrison.ciphers.recovery import Crib, Plan, network_start, recover
from garrison.ciphers.seeds import branch
from garrison.errors import CheckFailed

BEYOND = 1000
ENOUGH = 0.99


def one(
    key: M209Keys,
    text: Bytes,
    length: int,
    network: SavedNetwork | None,
    seed: np.random.SeedSequence,
    plan: Plan,
) -> dict[str, Any]:
    """One message, attacked with its first letters."""
    message = M209().encrypt(key, text[None])[0]
    began, busy = time.perf_counter(), time.process_time()
    crib = Crib.of(message, text[:length])
    start = None if network is None else network_start(crib, network)
    try:
        found = recover(message, crib, start=start, plan=plan, seed=seed)
    except CheckFailed:
        found = None
    seconds = {"seconds": time.perf_counter() - began, "busy": time.process_time() - busy}
    if found is None:
        return {"found": False, "right": 0.0, "fixed": False, "keys": 0, "agreed": 0.0, **seconds}
    right, agreed = found.plaintext[length:] == text[length:], found.agreed[length:]
    return {
        "found": True,
        "right": float(right.mean()),
        "fixed": found.fixed,
        "keys": len(found.keys),
        "agreed": float(agreed.mean()),
        "agreed_wrong": int((~right & agreed).sum()),
        "first": found.steps_to_first,
        **seconds,
    }


def told(length: int, way: str, found: list[dict[str, Any]]) -> str:
    """A row of the table."""
    solved = sum(each["right"] >= ENOUGH for each in found)
    fixed = sum(each["fixed"] for each in found)
    wrong = sum(each["fixed"] and each["right"] < ENOUGH for each in found)
    first = [each["first"] for each in found if each["found"]]
    seconds, busy = ([each[name] for each in found] for name in ("seconds", "busy"))
    return (
        f"{length:7} {way:>8} {solved:4}/{len(found):<3} {fixed:6} {wrong:6} "
        f"{np.median([each['keys'] for each in found]):7.0f} {np.mean([each['agreed'] for each in found]):7.1%} "
        f"{np.median(first) if first else float('nan'):12,.0f} {np.median(seconds):8.1f} {max(seconds):8.1f} "
        f"{np.median(busy):8.1f}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--lengths", type=int, nargs="+", default=[200, 104, 75, 50])
    parser.add_argument("--keys", type=int, default=40)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--network", action="store_true", help="start from what the network reads, too")
    parser.add_argument("--uniform", action="store_true", help="messages of uniform letters, not of text")
    options = parser.parse_args()
    print(
        f"{'letters':>7} {'start':>8} {'solved':>8} {'fixed':>6} {'wrongly':>6} {'keys':>7} {'agreed':>7} "
        f"{'first steps':>12} {'seconds':>8} {'slowest':>8} {'cpu':>8}"
    )
    everything = []
    opened = {"network": open_network()} if options.network else {}
    corpus = Corpus.read(books_or_fail(), "test")
    for length in options.lengths:
        keys = random_keys(options.keys, seed=branch(options.seed, length))
        generator = np.random.default_rng(branch(options.seed, length, 1))
        if options.uniform:
            texts = generator.integers(26, size=(options.keys, length + BEYOND), dtype=np.uint8)
        else:
            texts = corpus.draw(options.keys, length + BEYOND, generator)
        for way, network in {"random": None, **opened}.items():
            found = []
            for number in range(options.keys):
                seed = branch(options.seed, length, number, 1)
                found.append(
                    one(keys[[number]], texts[number], length, network, seed, Plan(seconds=options.seconds))
                )
            print(told(length, way, found), flush=True)
            everything.append({"letters": length, "start": way, "messages": found})
    print(json.dumps(everything))


if __name__ == "__main__":
    main()
