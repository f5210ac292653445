"""What is killed: every pipeline at a size that takes seconds, and how a person goes on with it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from small_flows import write_flows
from small_sites import write_sites

WORK = "work"
"""The folder that a story writes into, beside its input."""


@dataclass(frozen=True)
class Step:
    """One command, and what is typed when it was broken off: the same again, where nothing is said."""

    command: tuple[str, ...]
    again: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Story:
    """Commands one after the other; ``prepare`` writes their input files into the folder they run in.

    It is told ``turns`` times as often as the longest stories.
    """

    prepare: Callable[[Path], object]
    steps: tuple[Step, ...]
    turns: int = 1


_HERE = ("--workspace", WORK)

_DETECTION = (
    *("--set", "training.families=[logistic_regression, lightgbm]", "--set", "training.folds=2"),
    *("--set", "evaluation.repeats=50", "--set", "jobs=1"),
)
_TOLD_LATER = ("--set", "tracking.uri=off")
_TOLD_NOBODY = ("--set", "tracking.enabled=false")

_FEDERATED = """
jobs: 1
networks: [mlp]
data: {name: digits, pool: 240, test: 120, validation: 60}
parties: {count: 3}
federation: {rounds: 2, epochs: 1, batch: 20, learning_rate: 0.3}
conventional: {epochs: 2, batch: 20, learning_rate: 0.3}
private: {epsilons: [8.0], batch: 20}
gates: {accuracy: ">= 0.1"}
pusher: {cell: mlp-federated}
"""

_EVERY_WAY = """
seeds: 1
attacks:
  inversion: {attacks: [confidence], steps: 10, taught: 100}
  updates: {images: [2], steps: 10, parties: 3, candidates: 200, attacks: [first_layer]}
  membership: null
"""

_MEMBERS = """
seeds: 6
ways: [federated]
attacks: {inversion: null, updates: null, membership: {records: 100}}
"""

_CIPHERS = """
seed: 3
keys: {train: 120, test: 40, overlaps: [1, 1], shard: 30}
messages: {length: 52}
training: {steps: 6, batch: 16, rounds: 2, width: 12, every: 2}
"""


def _run(pipeline: str, *arguments: str) -> Step:
    words = ("run", pipeline, *_HERE)
    return Step((*words, "--name", "first", *arguments), again=(*words, "--resume", "first"))


def _config(content: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "config.yml").write_text(content, encoding="utf-8")


def _cipher_stages() -> tuple[Step, ...]:
    folder = f"{WORK}/ciphers"
    steps: list[tuple[str, ...]] = []
    for split, count in (("train", "120"), ("test", "40")):
        of_split = ("--split", split, "--folder", folder)
        steps += [
            ("ciphers", "keys", *of_split, "--count", count, "--overlaps", "1", "--shard", "30"),
            ("ciphers", "encrypt", *of_split, "--mode", "known-plaintext", "--length", "52"),
            ("ciphers", "arrays", *of_split),
        ]
    small = ("--steps", "6", "--every", "2", "--batch", "16", "--rounds", "2", "--width", "12")
    network = f"{WORK}/network"
    steps += [
        ("ciphers", "train", "--folder", folder, "--network", network, *small),
        ("ciphers", "test", "--folder", folder, "--network", network, "--out", f"{WORK}/figures.json"),
    ]
    return tuple(Step(step) for step in steps)


STORIES = {
    "phishing": Story(
        write_sites,
        (_run("phishing", "--data", "sites.csv", "--features", "small.json", *_DETECTION, *_TOLD_LATER),),
        turns=2,
    ),
    "threats": Story(
        write_flows,
        (
            _run(
                *(
                    "threats",
                    "--data",
                    "train.parquet",
                    "--features",
                    "flows.json",
                    *_DETECTION,
                    *_TOLD_NOBODY,
                ),
                *("--set", "ingestion.test=[later.parquet]", "--set", "ingestion.split=official"),
            ),
        ),
        turns=2,
    ),
    "federated": Story(_config(_FEDERATED + _EVERY_WAY), (_run("federated", "--config", "config.yml"),)),
    "federated members": Story(
        _config(_FEDERATED + _MEMBERS), (_run("federated", "--config", "config.yml"),)
    ),
    "ciphers": Story(_config(_CIPHERS), (_run("ciphers", "--config", "config.yml"),), turns=2),
    "cipher stages": Story(lambda folder: None, _cipher_stages(), turns=3),
}
