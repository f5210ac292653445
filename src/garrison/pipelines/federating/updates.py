"""Stage 5, gradient inversion: what the updates of a round show of a party's images.

It is tried where it is easiest: in the first round, on a party that has a single batch. A curious server sees one
party's update, or behind secure aggregation the mean of several; a curious party sees that mean in any case.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.privacy.gradient_inversion import (
    GRADIENT_INVERSIONS,
    GradientInversion,
    LocalSteps,
    Reconstructed,
    Recovered,
    SeenUpdate,
    judge,
)
from garrison.errors import UsageError
from garrison.evaluation import paired_images
from garrison.federated import Party, new_model, seed_for
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.federating.cells import Cell
from garrison.pipelines.federating.data import Sides
from garrison.pipelines.federating.findings import Measured
from garrison.pipelines.federating.round_seen import RoundSeen, one_round, training_in_round
from garrison.pipelines.federating.settings import FederatedSettings, UpdatesSettings
from garrison.spread import run_all

Pictures = NDArray[np.float32]
Adversary = Literal["curious server", "curious party"]
ADVERSARIES: tuple[Adversary, ...] = get_args(Adversary)
MEASURES = {"curious server": "updates_server", "curious party": "updates_party"}
SHOWN = 8
"""Images of each kind that are kept for the report, of the first seed."""


@dataclass(frozen=True)
class Trial:
    """One attack on one round: who attacks what, and what was recovered."""

    cell: str
    seed: int
    adversary: Adversary
    images: int
    epochs: int
    recovered: Recovered

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**self.__dict__, "recovered": self.recovered.to_dict()}

    @property
    def name(self) -> str:
        """A name for files."""
        who = self.adversary.partition(" ")[2]
        return f"{self.cell}-{who}-{self.images}-{self.epochs}-{self.recovered.attack}-{self.seed}"


@dataclass(frozen=True)
class InvertedUpdates(Artifact):
    """Every trial, and the size (images, epochs) that stands in the table; pictures of the first seed lie beside it."""

    trials: tuple[Trial, ...]
    headline: tuple[int, int]

    def facts(self) -> dict[str, Any]:
        """As JSON values."""
        return {"trials": [trial.to_dict() for trial in self.trials], "headline": list(self.headline)}

    @classmethod
    def restore(cls, folder: Path, facts: dict[str, Any]) -> "InvertedUpdates":
        """As the finished stage left it."""
        trials = tuple(
            Trial(**{**each, "recovered": Recovered.from_dict(each["recovered"])}) for each in facts["trials"]
        )
        images, epochs = facts["headline"]
        return cls(folder=folder, trials=trials, headline=(images, epochs))

    def best(self, *, size: tuple[int, int] | None = None) -> dict[tuple[str, Adversary, int], Trial]:
        """By cell, adversary and seed, the trial whose attack finds most; of the table's size, or another."""
        found: dict[tuple[str, Adversary, int], Trial] = {}
        for trial in self.trials:
            if (trial.images, trial.epochs) == (size or self.headline):
                place = (trial.cell, trial.adversary, trial.seed)
                if place not in found or _reached(trial) > _reached(found[place]):
                    found[place] = trial
        return found

    def measured(self) -> list[Measured]:
        """The figures of the table."""
        return [
            Measured(cell, seed, MEASURES[adversary], trial.recovered.identified.value)
            for (cell, adversary, seed), trial in self.best().items()
        ]

    def pictures(self, trial: Trial) -> tuple[Pictures, Pictures] | None:
        """True images and what was made of them, where they were kept."""
        paths = [self.folder / f"{trial.name}-{kind}.npy" for kind in ("true", "made")]
        if not all(path.is_file() for path in paths):
            return None
        true, made = (np.load(path, allow_pickle=False) for path in paths)
        return true, made


def invert_updates(settings: FederatedSettings, sides: Sides, out: Path) -> InvertedUpdates:
    """Attack every federated cell, for every seed and size; the networks are as they are before the first round."""
    given = settings.attacks.updates
    assert given is not None
    tasks = [
        (settings, given, sides, cell, seed, adversary, images, epochs, out)
        for cell in settings.cells
        if cell.federated
        for adversary in ADVERSARIES
        for images in given.images
        for epochs in given.epochs
        for seed in range(settings.seeds)
    ]
    found = run_all(attacked, tasks, jobs=settings.jobs, title="gradient inversion")
    trials = tuple(trial for each in found for trial in each)
    return InvertedUpdates(folder=out, trials=trials, headline=(given.images[-1], given.epochs[0]))


def attacked(
    settings: FederatedSettings,
    given: UpdatesSettings,
    sides: Sides,
    cell: Cell,
    seed: int,
    adversary: Adversary,
    images: int,
    epochs: int,
    out: Path,
) -> tuple[Trial, ...]:
    """What each attack recovers of one round; the true images go to the judgement, and never to an attack."""
    own = seed_for(settings.seed, cell.network, seed)
    alone = adversary == "curious server" and cell.way != "secure"
    parties, others = _victims(sides, own, count=1 if alone else given.parties, images=images, given=given)
    how = replace(
        training_in_round(settings, cell, sides, smallest=images, seed=own), epochs=epochs, batch=images
    )
    model = new_model(cell.network, shape=sides.shape, classes=sides.classes, seed=seed_for(own, "model"))
    seen = one_round(model, parties, how, seed=seed_for(own, "first round"))
    truth = np.concatenate([party.x for party in parties])
    labels = np.concatenate([party.y for party in parties]) if given.labels else None
    update = _observed(seen, sides, images, labels)
    trials = []
    for name in given.attacks:
        found = _tried(_with_steps(GRADIENT_INVERSIONS[name], given.steps), update, seed)
        if found is None:
            continue
        trial = Trial(cell.key, seed, adversary, images, epochs, judge([found], [truth], others))
        trials.append(trial)
        if seed == 0:
            _keep_pictures(out, trial, truth, found)
    return tuple(trials)


def _victims(
    sides: Sides, own: int, *, count: int, images: int, given: UpdatesSettings
) -> tuple[tuple[Party, ...], Pictures]:
    """Parties with so many images each, and other images among which theirs are to be found."""
    order = np.random.default_rng([own % 2**32, 7]).permutation(len(sides.pool_y))
    wanted = count * images
    if wanted >= len(order):
        raise UsageError(
            f"{count} parties with {images} images each, of a pool of {len(order):,}",
            where="attacks.updates",
            expected="fewer images than the pool has",
        )
    rows = order[:wanted].reshape(count, images)
    parties = tuple(
        Party(f"party-{place:03}", sides.pool_x[each], sides.pool_y[each]) for place, each in enumerate(rows)
    )
    left = np.concatenate([sides.pool_x[order[wanted:]], sides.test_x])
    return parties, left[: max(given.candidates - wanted, 1)]


def _observed(seen: RoundSeen, sides: Sides, images: int, labels: NDArray[np.int64] | None) -> SeenUpdate:
    how = seen.how
    steps = LocalSteps(
        examples=images,
        batch=how.batch,
        learning_rate=how.learning_rate,
        epochs=how.epochs,
        momentum=how.momentum,
        weight_decay=how.weight_decay,
    )
    return SeenUpdate.of(
        seen.before.module,
        seen.before.weights(),
        seen.after.weights(),
        steps,
        shape=sides.shape,
        classes=sides.classes,
        labels=labels,
        parties=seen.parties,
    )


def _with_steps(attack: GradientInversion, steps: int) -> GradientInversion:
    return replace(attack, iterations=steps) if hasattr(attack, "iterations") else attack  # type: ignore[type-var]


def _tried(attack: GradientInversion, update: SeenUpdate, seed: int) -> Reconstructed | None:
    """What the attack makes of the update; None where it does not work on such a network."""
    try:
        return attack.run(update, seed=seed)
    except UsageError:
        return None


def _reached(trial: Trial) -> tuple[float, float]:
    return trial.recovered.identified.value, trial.recovered.ssim.value


def _keep_pictures(out: Path, trial: Trial, truth: Pictures, found: Reconstructed) -> None:
    if not len(found.images):
        return
    ours, theirs = paired_images(found.images, truth)
    np.save(out / f"{trial.name}-true.npy", truth[theirs[:SHOWN]])
    np.save(out / f"{trial.name}-made.npy", found.images[ours[:SHOWN]])
