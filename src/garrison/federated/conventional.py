"""The same networks trained in the usual way, on records that lie in one place: what a federation is held against."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.errors import ModelError
from garrison.federated.ledger import Spent
from garrison.federated.local_training import LocalTraining, train_locally
from garrison.federated.model import NetworkModel, new_model
from garrison.federated.rounds import Round
from garrison.federated.spent import SEEDED_NOISE
from garrison.federated.trained import Trained
from garrison.spread import torch_threads

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


def train_conventionally(
    x: Floats,
    y: Ints,
    network: str,
    how: LocalTraining,
    *,
    seed: int,
    classes: int | None = None,
    test: tuple[Floats, Ints] | None = None,
    on_epoch: Callable[[Round], None] | None = None,
) -> Trained:
    """Train the network called ``network`` for ``how.epochs`` epochs; one ``Round`` tells of each.

    ``x`` is float32 ``(n, …)``, ``y`` int64 ``(n,)`` from 0; ``classes`` defaults to the largest of ``y`` and one.
    With ``test``, the model is judged after every epoch; ``on_epoch`` is told of each. The learning rate of epoch e is
    ``learning_rate * decay ** (e - 1)``. With ``how.private`` the privacy spent is that of ``x``; its noise is drawn
    from ``seed``. ``ModelError`` for weights or a loss that are not finite, as after steps that were too long.
    """
    classes = int(y.max()) + 1 if classes is None else classes
    model = new_model(network, shape=tuple(x.shape[1:]), classes=classes, seed=seed)
    private = how.private.solved(rate=how.rate(len(y)), steps=how.steps(len(y))) if how.private else None
    rounds: list[Round] = []
    begun = time.monotonic()

    def note(number: int, _: float) -> None:
        nonlocal begun
        loss, accuracy = model.judged_by(*test) if test is not None else (None, None)
        rounds.append(Round(number=number, loss=loss, accuracy=accuracy, seconds=time.monotonic() - begun))
        begun = time.monotonic()
        model.module.train()
        if on_epoch is not None:
            on_epoch(rounds[-1])

    with torch_threads():
        result = train_locally(
            model.module,
            x,
            y,
            replace(how, private=private),
            seed=seed,
            noise_seed=seed if private else None,
            rates=[how.learning_rate * how.decay**epoch for epoch in range(how.epochs)],
            after_epoch=note,
        )
    if not (math.isfinite(result.loss) and all(np.isfinite(each).all() for each in model.weights())):
        raise ModelError(
            f"{network} learnt no numbers: its loss is {result.loss:g}",
            where=f"training with a learning rate of {how.learning_rate:g}",
            expected="finite weights",
            remedy="lower the learning rate",
        )
    spent = None
    if private is not None and result.epsilon is not None:
        spent = Spent(result.epsilon, private.delta, "example", (SEEDED_NOISE,))
        rounds[-1] = replace(rounds[-1], epsilon=spent.epsilon)
    facts = {"training": "conventional", "how": how.to_dict(), "seed": seed, "records": len(y)}
    return Trained(replace(model, facts=facts), tuple(rounds), spent)


@dataclass(frozen=True)
class ConventionalRecipe:
    """How a network is trained, before it sees a record: for attacks that train models of their own by it."""

    network: str
    how: LocalTraining
    classes: int

    def learn(self, records: Any, y: Ints, /, *, seed: int) -> NetworkModel:
        """A model of these records; equal seeds give equal models."""
        x = np.asarray(records, dtype=np.float32)
        return train_conventionally(x, y, self.network, self.how, seed=seed, classes=self.classes).model
