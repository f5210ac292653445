"""How well pins are read: one network that knows the machine, beside one network for every pin of wheel 1.

    python benchmarks/m209_pins.py --seconds 50 --pins 2 --length 104

Ours is trained for ``--seconds`` of one core, all 131 pins at once; each network of the other approach for as long
again, for one pin (``--pins`` of the 26 are trained; all of them would take 26 times as long). Both draw fresh keys by
the same rules, and are tested on the same keys, which neither saw. Prints accuracies on wheel 1 as a table and as JSON.
"""

import argparse
import importlib
import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from garrison.ciphers.m209.wheels import pins_of
from garrison.ciphers.networks.fresh_keys import FreshKeys
from garrison.ciphers.networks.fresh_test_keys import fresh_test_keys
from garrison.ciphers.networks.reading import read_streams
from garrison.ciphers.networks.saved_network import open_network
from garrison.ciphers.networks.training import Training
from garrison.ciphers.stages.train import train

BATCH = 256
PEER = "peers.one_network_per_pin"


class _Enough(Exception):
    """The time is up; the best network is in its folder."""


def ours(length: int, seconds: float, seed: int, folder: Path) -> dict[str, Any]:
    """Train one network for all pins for so many seconds of the processor."""
    began = time.process_time()
    spent: dict[str, Any] = {}

    def stop(found: Mapping[str, Any]) -> None:
        spent.update(keys=found["keys"], seconds=time.process_time() - began)
        if spent["seconds"] >= seconds:
            raise _Enough

    how = Training(steps=10**6, every=20, precision="bfloat16", seed=seed)
    try:
        train(folder, FreshKeys(lengths=(length,), validation=64, seed=seed), how, told=stop)
    except _Enough:
        return spent
    raise RuntimeError("the training ended before its time")


def main() -> None:
    """Train both, test both, print both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--pins", type=int, default=2)
    parser.add_argument("--length", type=int, default=104)
    parser.add_argument("--keys", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    test = next(fresh_test_keys(asked.keys, lengths=(asked.length,), seed=asked.seed))
    first = pins_of(0)
    with tempfile.TemporaryDirectory() as place:
        spent = ours(asked.length, asked.seconds, asked.seed, Path(place))
        network = open_network(Path(place) / "network")
        right = (read_streams(network, test.stream).pins > 0.5) == test.pins.astype(bool)
    found = [
        {
            "what": "one network, all pins",
            **spent,
            "wheel 1": float(right[:, first].mean()),
            "all": float(right.mean()),
        }
    ]
    fresh = FreshKeys(lengths=(asked.length,), seed=asked.seed)
    for pin in range(asked.pins):
        peer, seen = importlib.import_module(PEER).train_for(
            pin, lambda step: fresh.batch(step, BATCH), seconds=asked.seconds, seed=asked.seed
        )
        share = float(
            (importlib.import_module(PEER).told(peer, test.stream) == test.pins[:, pin].astype(bool)).mean()
        )
        found.append(
            {"what": f"a network for pin {pin + 1}", "keys": seen, "seconds": asked.seconds, "wheel 1": share}
        )
    for each in found:
        print(
            f"{each['what']:24} {each['keys']:>10,} keys  {each['seconds']:6.0f} s  wheel 1: {each['wheel 1']:.2%}"
            + (f"  all: {each['all']:.2%}" if "all" in each else "")
        )
    print(json.dumps({"length": asked.length, "test keys": asked.keys, "found": found}))


if __name__ == "__main__":
    main()
