"""How often, and how soon, a crib gives the key of an M-209 message, by the length of the crib.

    python benchmarks/m209_recovery.py --keys 40 --seed 2026
    python benchmarks/m209_recovery.py --keys 20 --seed 2026 --believed 0.9    # beside a start that knows something

Fresh random keys by the rules of the manual, messages out of the part of the texts that is for testing, Z for the
space, 1,000 letters longer than the crib; one process. Solved: the key that is given first deciphers at least 99 % of
those 1,000 letters. Fixed: the command would say that the key is fixed; wrongly: and it was not solved. Keys: how many
were found that fit the crib. With ``--believed`` each search is done twice: from a random start, and from one that has
so many of the pins right, each lug count within about one, and knows nothing of where two lugs share a bar. Prints a
table and JSON.
"""

import argparse
import json
import time
from typing import Any

import numpy as np

from garrison.ciphers import M209
from garrison.ciphers.corpus import Corpus, books_or_fail
from garrison.ciphers.letters import Bytes
from garrison.ciphers.m209 import M209Keys, acting_pins, random_keys
from garrison.ciphers.recovery import Crib, Plan, Start, recover
from garrison.ciphers.seeds import branch
from garrison.errors import CheckFailed

BEYOND = 1000
ENOUGH = 0.99


def believing(key: M209Keys, right: float, generator: np.random.Generator) -> Start:
    """A start that has a share ``right`` of the pins right."""
    pins = acting_pins(key)[0]
    guessed = np.where(generator.random(len(pins)) < right, pins, ~pins)
    lugs = np.clip(key.lugs[0] + generator.normal(scale=1.25, size=6), 0, 13)
    return Start(np.where(guessed, right, 1 - right), lugs, np.full(15, key.overlaps[0] / 15))


def one(
    key: M209Keys, text: Bytes, length: int, start: Start | None, seed: np.random.SeedSequence, plan: Plan
) -> dict[str, Any]:
    """One message, attacked with its first letters."""
    message = M209().encrypt(key, text[None])[0]
    began, busy = time.perf_counter(), time.process_time()
    try:
        found = recover(message, Crib.of(message, text[:length]), start=start, plan=plan, seed=seed)
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
    parser.add_argument("--believed", type=float, help="share of pins that a start has right")
    parser.add_argument("--uniform", action="store_true", help="messages of uniform letters, not of text")
    options = parser.parse_args()
    print(
        f"{'letters':>7} {'start':>8} {'solved':>8} {'fixed':>6} {'wrongly':>6} {'keys':>7} {'agreed':>7} "
        f"{'first steps':>12} {'seconds':>8} {'slowest':>8} {'cpu':>8}"
    )
    everything = []
    corpus = Corpus.read(books_or_fail(), "test")
    for length in options.lengths:
        keys = random_keys(options.keys, seed=branch(options.seed, length))
        generator = np.random.default_rng(branch(options.seed, length, 1))
        if options.uniform:
            texts = generator.integers(26, size=(options.keys, length + BEYOND), dtype=np.uint8)
        else:
            texts = corpus.draw(options.keys, length + BEYOND, generator)
        for way in ("random", *(["believed"] if options.believed else [])):
            found = []
            for number in range(options.keys):
                generator = np.random.default_rng(branch(options.seed, length, number, 0))
                start = believing(keys[[number]], options.believed, generator) if way == "believed" else None
                seed = branch(options.seed, length, number, 1)
                found.append(
                    one(keys[[number]], texts[number], length, start, seed, Plan(seconds=options.seconds))
                )
            print(told(length, way, found), flush=True)
            everything.append({"letters": length, "start": way, "messages": found})
    print(json.dumps(everything))


if __name__ == "__main__":
    main()
