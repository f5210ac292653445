"""A detector of malicious events that organisations train together, each keeping its events to itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.schema import Schema
from garrison.data.validate import labels_of_any_class
from garrison.errors import DataError, ModelError
from garrison.federated.central_privacy import CentralPrivacy
from garrison.federated.coordinator import OnRound
from garrison.federated.federation import Federation
from garrison.federated.local_training import LocalTraining
from garrison.federated.model import NetworkModel
from garrison.federated.party import Party
from garrison.federated.plan import Plan
from garrison.federated.saved import load_model, save_model
from garrison.federated.tables.numbers import TableNumbers, agree_on_numbers
from garrison.federated.trained import Trained

NETWORK = "rows"
_NUMBERS = "numbers"


@dataclass(frozen=True)
class FederatedDetector:
    """The network that was trained together, and the numbers that were agreed on for it."""

    model: NetworkModel
    numbers: TableNumbers

    def score(self, table: pa.Table) -> NDArray[np.float64]:
        """How likely each event is malicious, float64 (n,) in [0, 1], for rows that the schema has validated."""
        return self.model.probabilities(self.numbers.transform(table))[:, 1]

    def probabilities(self, records: pa.Table, /) -> NDArray[np.float64]:
        """The probability of benign and of malicious, float64 (n, 2); every row sums to 1."""
        return self.model.probabilities(self.numbers.transform(records))

    def save(self, folder: Path) -> str:
        """Write it to ``folder`` as ``save_model`` does; the numbers stand in the manifest's facts."""
        facts = {**self.model.facts, _NUMBERS: self.numbers.to_dict()}
        return save_model(replace(self.model, facts=facts), folder)

    @classmethod
    def load(cls, folder: Path) -> "FederatedDetector":
        """The detector saved in ``folder``; raises what ``load_model`` does, ``ModelError`` for another model."""
        model = load_model(folder)
        if model.network != NETWORK or not isinstance(model.facts.get(_NUMBERS), dict):
            raise ModelError(
                "the model is no detector of events",
                where=str(folder),
                expected="one that federate_detector made",
            )
        numbers = TableNumbers.from_dict(model.facts[_NUMBERS])
        if model.shape != (len(numbers.names),):
            raise ModelError(
                "the network does not take these numbers", where=str(folder), remedy="train again"
            )
        facts = {name: value for name, value in model.facts.items() if name != _NUMBERS}
        return cls(replace(model, facts=facts), numbers)


@dataclass(frozen=True)
class DetectorTrained:
    """The ``detector``, its training, and how many events each organisation had, malicious ones among them."""

    detector: FederatedDetector
    trained: Trained
    events: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def federate_detector(
    parties: Mapping[str, pa.Table],
    schema: Schema,
    *,
    rounds: int,
    how: LocalTraining | None = None,
    strategy: str = "fedavg",
    strategy_params: Mapping[str, float] | None = None,
    fraction: float = 1.0,
    minimum_parties: int = 1,
    central: CentralPrivacy | None = None,
    test: pa.Table | None = None,
    seed: int = 0,
    folder: Path | None = None,
    jobs: int = 1,
    on_round: OnRound | None = None,
) -> DetectorTrained:
    """Train one detector of the events that each organisation has, by its name; ``schema`` has validated the tables.

    An organisation may have benign events alone, or attacks alone, but not all of them may. Numbers are agreed on by
    sums (see ``agree_on_numbers``), then the network ``rows`` is trained by rounds. With ``test``, validated too, each
    round is judged by it. The events themselves are nobody's but their organisation's; what the sums and the updates
    give away, and what differential privacy takes from that, is what the attacks on privacy measure. ``folder``,
    ``jobs`` and ``on_round`` as in ``Federation.train``.

    ``DataError`` when all events of all organisations are of one class.
    """
    numbers = agree_on_numbers([*parties.values()], schema)
    members, events = [], {}
    for name, table in parties.items():
        truth = labels_of_any_class(schema, table)
        events[name] = (len(truth), int(truth.sum()))
        members.append(Party(name, numbers.transform(table), truth.astype(np.int64)))
    malicious, total = (sum(each[place] for each in events.values()) for place in (1, 0))
    if malicious in (0, total):
        raise DataError(
            f"all {total:,} events of all parties are {'malicious' if malicious else 'benign'}",
            expected="events of both classes, at one party or another",
        )
    plan = Plan(
        network=NETWORK,
        shape=(len(numbers.names),),
        classes=2,
        rounds=rounds,
        how=how or LocalTraining(epochs=1, batch=64, learning_rate=0.05, momentum=0.9),
        strategy=strategy,
        strategy_params=strategy_params or {},
        fraction=fraction,
        minimum_parties=minimum_parties,
        central=central,
        seed=seed,
    )
    judge: Any = None
    if test is not None:
        judge = (numbers.transform(test), labels_of_any_class(schema, test).astype(np.int64))
    trained = Federation(members, plan).train(test=judge, folder=folder, jobs=jobs, on_round=on_round)
    return DetectorTrained(FederatedDetector(trained.model, numbers), trained, events)
