"""The coordinator's side: the rounds, from the first or from where a killed one stopped, to the trained model.

A loop of our own around Flower's grid and strategies: Flower's has no place for refusing a party's update, for going on
after a restart, nor for ending early.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.errors import ModelError
from garrison.federated.aggregation import Aggregator
from garrison.federated.budget import after_round, within_budget
from garrison.federated.choosing import chosen, participations
from garrison.federated.exchange import Exchange, Exchanged, in_the_clear
from garrison.federated.extra import need_flower
from garrison.federated.ledger import Ledger, Spent
from garrison.federated.messages import told
from garrison.federated.model import NetworkModel, new_model
from garrison.federated.plan import Plan
from garrison.federated.roster import Member, Roster
from garrison.federated.rounds import Round
from garrison.federated.seeds import seed_for
from garrison.federated.spent import spent_so_far
from garrison.federated.state import State, read_state, write_state
from garrison.federated.trained import Trained
from garrison.federated.updates import TOO_LARGE, Refused, Update, usable
from garrison.spread import torch_threads

Judge = tuple[NDArray[np.float32], NDArray[np.int64]]
OnRound = Callable[[Round], None]


def coordinate(
    grid: Any,
    plan: Plan,
    *,
    test: Judge | None = None,
    folder: Path | None = None,
    exchange: Exchange = in_the_clear,
    noise_secret: int | None = None,
    on_round: OnRound | None = None,
) -> Trained:
    """Train with whoever is on the ``grid``, a ``flwr.serverapp.Grid`` or what sends and receives as one does.

    ``test`` are records that the model is judged by after a round; whatever is chosen by that must not be reported on
    them. With ``folder``, the state is written there after every round, and a training that finds a state goes on
    after it, to the same bytes as one that was never broken off. ``exchange`` brings the updates. ``noise_secret``
    draws the noise of central privacy; None draws it from the plan's seed, which stands in the run's record.
    ``on_round`` is told of every round as it ends.

    ``ModelError`` when a round has fewer usable updates than the plan's minimum, with every party's reason;
    ``UsageError`` when the folder holds the rounds of another plan.
    """
    need_flower("safetensors")
    rounds = _Rounds(grid, plan, test=test, folder=folder, exchange=exchange, secret=noise_secret)
    while not rounds.finished():
        one = rounds.run_next()
        if on_round is not None:
            on_round(one)
    return rounds.trained()


class _Rounds:
    """The training as it stands between two rounds."""

    def __init__(
        self,
        grid: Any,
        plan: Plan,
        *,
        test: Judge | None,
        folder: Path | None,
        exchange: Exchange,
        secret: int | None,
    ) -> None:
        self.grid, self.test, self.folder, self.exchange, self.secret = grid, test, folder, exchange, secret
        self.asked = plan
        self.roster = Roster(plan.patience_s, plan.minimum_parties)
        fresh = new_model(
            plan.network, shape=plan.shape, classes=plan.classes, seed=seed_for(plan.seed, "model")
        )
        kept = read_state(folder, asked=plan.digest) if folder is not None else None
        self.state = (
            replace(kept, weights={name: kept.weights[name] for name in fresh.names})
            if kept is not None
            else State(self._solved(), dict(zip(fresh.names, fresh.weights(), strict=True)))
        )
        self.plan = self.state.plan.lasting(plan)
        self.model = _with(fresh, self.state)
        self.aggregator = Aggregator(self.plan, fresh.names, self.state.memory)

    def finished(self) -> bool:
        """Whether the last round was run, or one reached the accuracy that was asked for."""
        if self.state.number >= self.plan.rounds:
            return True
        wanted, last = self.plan.until_accuracy, self.state.rounds[-1:]
        return bool(wanted is not None and last and (last[0].accuracy or 0.0) >= wanted)

    def run_next(self) -> Round:
        """Run the next round and write down where the training stands."""
        begun, number = time.monotonic(), self.state.number + 1
        there = self.roster.present(self.grid, where=f"round {number}")
        asked = [there[name] for name in chosen([*there], self.plan, number)]
        limit = self.asked.how.private.target_epsilon if self.asked.how.private is not None else None
        affordable, declined = within_budget(self.plan, asked, self.state.ledgers, limit=limit)
        came = self._exchange(number, affordable)
        most = TOO_LARGE if self.plan.central is None else None
        updates, refused = usable(came.updates, self.state.weights, most=most)
        refused = tuple(sorted((*declined, *came.lost, *refused), key=lambda each: each.party))
        answered = sum(update.parties for update in updates)
        self._check_enough(number, answered, len(asked), refused)
        self.state = self._next_state(number, updates, affordable, there=len(there))
        self.model = _with(self.model, self.state)
        loss, accuracy = self._judged(number)
        spent = self._privacy()
        one = Round(
            number=number,
            loss=loss,
            accuracy=accuracy,
            seconds=time.monotonic() - begun,
            bytes_sent=came.bytes_sent,
            bytes_received=came.bytes_received,
            epsilon=spent.epsilon if spent is not None else None,
            asked=len(asked),
            answered=answered,
            refused=refused,
        )
        self.state = replace(self.state, rounds=(*self.state.rounds, one))
        if self.folder is not None:
            write_state(self.state, self.folder, asked=self.asked.digest)
        return one

    def trained(self) -> Trained:
        """The model as it stands."""
        spent = self._privacy()
        facts = {
            "training": "federated",
            "plan": self.plan.to_dict(),
            "rounds": self.state.number,
            "spent": spent.to_dict() if spent is not None else None,
        }
        return Trained(replace(self.model, facts=facts), self.state.rounds, spent)

    def _solved(self) -> Plan:
        if not self.asked.aims_at_epsilon:
            return self.asked
        there = self.roster.present(self.grid, where="before round 1")
        return self.asked.solved(
            smallest=min(member.examples for member in there.values()),
            participations=participations([*there], self.asked),
        )

    def _exchange(self, number: int, members: Sequence[Member]) -> Exchanged:
        nodes = {member.node: member.party for member in members}
        messages = self.aggregator.messages(number, self.state.weights, sorted(nodes))
        if not messages:
            return Exchanged((), (), 0, 0)
        ledgers = self.state.ledgers
        if self.plan.how.private is not None:
            for message in messages:
                told(message, ledger=ledgers.get(nodes[message.metadata.dst_node_id], Ledger()))
        return self.exchange(
            self.grid,
            messages,
            names=nodes,
            sent=self.state.weights,
            number=number,
            patience_s=self.plan.patience_s,
        )

    def _check_enough(self, number: int, answered: int, asked: int, refused: Sequence[Refused]) -> None:
        least = self.plan.minimum_parties
        if self.plan.central is not None:
            least = min(least, asked)
        if answered < least:
            reasons = "; ".join(f"{each.party}: {each.reason}" for each in refused)
            raise ModelError(
                f"round {number} has {answered} usable updates of {asked} parties",
                where=reasons or f"{asked} parties were asked",
                expected=f"{least} or more (minimum_parties)",
                remedy=f"mend the parties that are named, or ask more; round {number - 1} is the last good one"
                + (" and is kept" if self.folder is not None and number > 1 else ""),
            )

    def _next_state(
        self, number: int, updates: Sequence[Update], trained: Sequence[Member], *, there: int
    ) -> State:
        seed = self.secret if self.secret is not None else self.plan.seed
        weights = self.aggregator.weights(number, updates, self.state.weights, parties=there, noise_seed=seed)
        ledgers, central = dict(self.state.ledgers), self.state.central
        if self.plan.how.private is not None:
            ledgers |= {each.party: after_round(self.plan, each, ledgers) for each in trained}
        if self.plan.central is not None and self.plan.central.noise_multiplier is not None:
            central = central.more(noise=self.plan.central.noise_multiplier, rate=self.plan.fraction, steps=1)
        memory = self.aggregator.memory()
        return replace(self.state, weights=weights, memory=memory, ledgers=ledgers, central=central)

    def _judged(self, number: int) -> tuple[float | None, float | None]:
        if self.test is None or (number % self.plan.evaluate_every and number != self.plan.rounds):
            return None, None
        with torch_threads():
            return self.model.judged_by(*self.test)

    def _privacy(self) -> Spent | None:
        return spent_so_far(
            self.plan,
            self.state.ledgers,
            self.state.central,
            members=self.roster.known.values(),
            secret=self.secret is not None,
        )


def _with(model: NetworkModel, state: State) -> NetworkModel:
    return model.with_weights([state.weights[name] for name in model.names])
