"""The same federation in Flower's own simulation, each party an actor of Ray: to compare with, and to trust ours by."""

import os
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from garrison.errors import ModelError
from garrison.federated.aggregation import quiet_flower
from garrison.federated.coordinator import Judge, OnRound, coordinate
from garrison.federated.extra import need_flower
from garrison.federated.federation import Federation
from garrison.federated.party import Party
from garrison.federated.trained import Trained

if TYPE_CHECKING:
    from flwr.app import Context
    from flwr.serverapp import Grid


def train_in_flower(
    federation: Federation,
    *,
    test: Judge | None = None,
    folder: Path | None = None,
    jobs: int = 1,
    on_round: OnRound | None = None,
) -> Trained:
    """As ``Federation.train``, in Flower's simulation with ``jobs`` actors, which takes seconds to start.

    The records lie in a temporary folder meanwhile, where the actors map them. ``UsageError`` where Ray is not
    installed.
    """
    need_flower("ray")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    from flwr.serverapp import ServerApp
    from flwr.simulation import run_simulation

    trained: list[Trained] = []
    server = ServerApp()

    @server.main()
    def main(grid: "Grid", _: "Context") -> None:
        trained.append(
            coordinate(
                grid,
                federation.plan,
                test=test,
                folder=folder,
                exchange=federation.exchange,
                on_round=on_round,
            )
        )

    with tempfile.TemporaryDirectory(prefix="garrison-parties-") as place, quiet_flower():
        client = federation.app_of(_OnDisk.written(federation.parties, Path(place)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run_simulation(
                server_app=server,
                client_app=client,
                num_supernodes=len(federation.parties),
                backend_config={
                    "client_resources": {"num_cpus": 1, "num_gpus": 0.0},
                    "init_args": {"num_cpus": jobs, "include_dashboard": False, "log_to_driver": False},
                },
            )
    if not trained:
        raise ModelError("Flower's simulation ended without a model", remedy="use Federation.train instead")
    return trained[0]


class _OnDisk:
    """The source of parties whose records lie in a folder, mapped by whoever asks for them."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        self._folder, self._names = folder, names

    @classmethod
    def written(cls, parties: Any, folder: Path) -> "_OnDisk":
        for place, party in enumerate(parties):
            np.save(folder / f"{place}-x.npy", party.x)
            np.save(folder / f"{place}-y.npy", party.y)
        return cls(folder, tuple(party.name for party in parties))

    def __call__(self, context: "Context") -> Party:
        place = int(str(context.node_config["partition-id"]))
        x, y = (
            np.load(self._folder / f"{place}-{each}.npy", mmap_mode="r", allow_pickle=False) for each in "xy"
        )
        return Party(self._names[place], x, y)
