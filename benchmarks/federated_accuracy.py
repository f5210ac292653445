"""The accuracy of each way to train on MNIST, held against what was published.

    python benchmarks/federated_accuracy.py --case iid --jobs 2 --state STATE --test

The first 55,000 training pictures are learnt from; the last 5,000 judge every round, choose the settings, and end a
case that has a goal. With ``--test`` the test part is looked at, once, when the training is over. ``--all`` learns from
all 60,000, for settings that were chosen before. With ``--state`` a federated case that was broken off goes on after
its last round. Needs MNIST (``garrison datasets fetch mnist``); minutes to hours on two cores.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from garrison.evaluation.shares import wilson
from garrison.federated.conventional import train_conventionally
from garrison.federated.coordinator import Judge
from garrison.federated.federation import Federation
from garrison.federated.images import Images, read_images
from garrison.federated.local_training import LocalTraining
from garrison.federated.partitions import PARTITIONS
from garrison.federated.party import parties_of
from garrison.federated.party_privacy import PartyPrivacy
from garrison.federated.plan import Plan
from garrison.federated.rounds import Round
from garrison.spread import torch_threads

HELD_OUT = 5_000


@dataclass(frozen=True)
class Case:
    """One way to train: the network, how a step is made, and for federations who has what and how it is averaged."""

    network: str
    how: LocalTraining
    published: str
    partition: str | None = None
    rounds: int = 0
    every: int = 1
    goal: float | None = None
    strategy: str = "fedavg"
    params: Mapping[str, float] = field(default_factory=dict)


CASES = {
    "iid": Case(
        "cnn",
        LocalTraining(epochs=5, batch=10, learning_rate=0.1, decay=0.95),
        "99 % in 20 rounds (McMahan et al. 2017, table 2)",
        partition="iid",
        rounds=20,
        strategy="fedavgm",
        params={"server_momentum": 0.6},
    ),
    "iid_fedavg": Case(
        "cnn",
        LocalTraining(epochs=5, batch=10, learning_rate=0.1, decay=0.97),
        "99 % in 20 rounds (McMahan et al. 2017, table 2)",
        partition="iid",
        rounds=20,
    ),
    "two_digits": Case(
        "cnn",
        LocalTraining(epochs=1, batch=10, learning_rate=0.1, decay=0.985),
        "99 % in 229 rounds (McMahan et al. 2017, table 2)",
        partition="two_digits",
        rounds=228,
        every=2,
        goal=0.9925,
        strategy="fedavgm",
        params={"server_momentum": 0.8},
    ),
    "cnn": Case(
        "cnn",
        LocalTraining(epochs=12, batch=64, learning_rate=0.05, momentum=0.9, weight_decay=1e-4, decay=0.75),
        "99.2 % asked for",
    ),
    "mlp": Case(
        "mlp",
        LocalTraining(epochs=25, batch=32, learning_rate=0.05, momentum=0.9, weight_decay=1e-4, decay=0.85),
        "98.3 % asked for",
    ),
    "dp": Case(
        "tanh_cnn",
        LocalTraining(
            epochs=40,
            batch=512,
            learning_rate=0.5,
            momentum=0.9,
            private=PartyPrivacy(max_grad_norm=0.1, target_epsilon=2.93, physical_batch=512),
        ),
        "96.8 % at epsilon 3.0; 98.1 % at 2.93 (Papernot et al. 2021)",
    ),
}


def main() -> None:
    """Run one case and print a line for every round or epoch."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--case", choices=CASES, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--rate", type=float, help="another learning rate than the case's")
    parser.add_argument("--decay", type=float)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--state", type=Path)
    asked = parser.parse_args()
    case, images = CASES[asked.case], read_images("mnist")
    changes = {"learning_rate": asked.rate, "decay": asked.decay}
    how = LocalTraining(
        **{**vars(case.how), **{name: value for name, value in changes.items() if value is not None}}
    )
    x, y, judge = _parts(images, everything=asked.all)
    print(f"# {asked.case}, seed {asked.seed}, {how}")
    print(f"# published: {case.published}; rounds are judged by held-out training pictures", flush=True)
    begun = time.monotonic()
    if case.partition is None:
        with torch_threads():
            trained = train_conventionally(
                x, y, case.network, how, seed=asked.seed, test=judge, on_epoch=_told(begun)
            )
    else:
        parties = parties_of(x, y, PARTITIONS[case.partition](y, parties=100, seed=asked.seed))
        plan = Plan(
            network=case.network,
            shape=images.shape,
            classes=images.classes,
            rounds=asked.rounds or case.rounds,
            how=how,
            strategy=case.strategy,
            strategy_params=case.params,
            fraction=0.1,
            minimum_parties=5,
            evaluate_every=case.every,
            until_accuracy=case.goal,
            seed=asked.seed,
        )
        trained = Federation(parties, plan).train(
            test=judge, folder=asked.state, jobs=asked.jobs, on_round=_told(begun)
        )
    print(f"# {len(trained.rounds)} rounds or epochs, {time.monotonic() - begun:.0f} s")
    if trained.spent is not None:
        print(f"# spent: epsilon {trained.spent.epsilon:.3f} at delta {trained.spent.delta:g}")
    if asked.test:
        accuracy = trained.model.judged_by(images.test_x, images.test_y)[1]
        low, high = (float(each) for each in wilson(accuracy, len(images.test_y)))
        print(f"# test: {accuracy:.4f}, 95 % interval {low:.4f} to {high:.4f}")


def _parts(images: Images, *, everything: bool) -> tuple[Any, Any, Judge | None]:
    if everything:
        return images.x, images.y, None
    held = slice(len(images.y) - HELD_OUT, None)
    return images.x[:-HELD_OUT], images.y[:-HELD_OUT], (images.x[held], images.y[held])


def _told(begun: float) -> Callable[[Round], None]:
    def tell(one: Round) -> None:
        if one.accuracy is not None:
            print(
                f"{one.number:4d}  accuracy {one.accuracy:.4f}  loss {one.loss:.4f}  "
                f"{one.seconds:6.1f} s  {time.monotonic() - begun:8.0f} s in all",
                flush=True,
            )

    return tell


if __name__ == "__main__":
    main()
