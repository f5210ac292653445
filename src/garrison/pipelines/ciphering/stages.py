"""The stages of the pipeline, each with what it made: shards and networks stay in the run's folder, facts are kept."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from garrison.ciphers.networks.figures import Figures
from garrison.ciphers.seeds import Split
from garrison.ciphers.shards import Made
from garrison.ciphers.stages import arrays, encrypt, keys, open_arrays
from garrison.errors import UsageError
from garrison.files import sha256_of_json, write_json
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.ciphering.settings import CipherSettings
from garrison.progress import say
from garrison.run.fingerprint import versions

FIGURES = "figures.json"


@dataclass(frozen=True)
class Shards(Artifact):
    """What a stage of the road made: how many rows, and the digest of its manifest."""

    rows: int
    identity: str

    @classmethod
    def of(cls, out: Path, made: Made) -> "Shards":
        """The facts of finished shards."""
        return cls(out, made.manifest.rows, made.manifest.identity)


@dataclass(frozen=True)
class Learnt(Artifact):
    """The network's folder within that of the run, its digest, and a record a validation."""

    network: str
    digest: str
    curve: list[dict[str, Any]]


@dataclass(frozen=True)
class Tested(Artifact):
    """The figures on keys of testing, as JSON values."""

    by_length: list[dict[str, Any]]

    def figures(self) -> tuple[Figures, ...]:
        """The figures, a record a length."""
        return tuple(Figures.from_dict(each) for each in self.by_length)


def make_keys(settings: CipherSettings, split: Split, place: Path, out: Path) -> Shards:
    """Keys of a split."""
    asked = settings.keys
    count = asked.train if split == "train" else asked.test
    make = partial(keys, place, split, count=count, rules=asked.rules, seed=settings.seed, shard=asked.shard)
    return Shards.of(out, _made(make))


def _made(make: Callable[..., Made]) -> Made:
    """Go on with what is there; what other settings of this run made is made anew."""
    try:
        return make(replace=False)
    except UsageError:
        return make(replace=True)


def make_messages(settings: CipherSettings, split: Split, place: Path, out: Path) -> Shards:
    """A message for every key, with its key stream."""
    asked = settings.messages
    make = partial(
        encrypt,
        place,
        split,
        mode="known-plaintext",
        length=asked.length,
        texts=[Path(text) for text in asked.texts],
        control=asked.control,
        seed=settings.seed,
    )
    return Shards.of(out, _made(make))


def make_arrays(split: Split, place: Path, out: Path) -> Shards:
    """What the network reads, beside what it should find."""
    return Shards.of(out, _made(partial(arrays, place, split)))


def learn(settings: CipherSettings, place: Path, out: Path, *, command: str) -> Learnt:
    """Train the network; its checkpoints stay in ``place``, so that a broken run goes on."""
    from garrison.ciphers.networks.decoder import Shape
    from garrison.ciphers.networks.kept_arrays import KeptArrays
    from garrison.ciphers.networks.training import Training
    from garrison.ciphers.stages.train import train

    asked = settings.training
    how = Training(
        shape=Shape.of_width(asked.width, rounds=asked.rounds),
        steps=asked.steps,
        batch=asked.batch,
        last=min(3, asked.rounds),
        rate=asked.rate,
        every=asked.every,
        patience=asked.patience,
        precision=asked.precision,
        seed=settings.seed,
    )
    examples = KeptArrays(open_arrays(place, "train"), most_validation=asked.validation, seed=settings.seed)
    question = [how.identity, dict(examples.identity), asked.device, versions("torch")]
    name = f"network-{sha256_of_json(question)[:12]}"
    made = train(place / name, examples, how, device=asked.device, command=command, told=_told)
    return Learnt(out, made.folder.relative_to(place).as_posix(), made.digest, list(made.curve))


def _told(found: Any) -> None:
    say(
        f"step {found['step']:,}: loss {found['loss']:.4f}, {found['accuracy']:.2%} of pins of keys set aside"
    )


def judge_on_arrays(settings: CipherSettings, learnt: Learnt, place: Path, out: Path) -> Tested:
    """The network on the arrays for testing."""
    from garrison.ciphers.networks.saved_network import open_network
    from garrison.ciphers.stages.testing import batches_of, judge_network

    network = open_network(place / learnt.network)
    judged = judge_network(network, batches_of(open_arrays(place, "test")), device=settings.training.device)
    facts = judged.to_dict()
    write_json(out / FIGURES, facts)
    return Tested(out, facts["by_length"])
