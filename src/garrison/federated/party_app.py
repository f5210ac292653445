"""What runs at a party: the one client code of simulation, deployment and tests, as a Flower ``ClientApp``."""

import json
import math
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from garrison.errors import ModelError, UsageError
from garrison.federated.extra import need_flower
from garrison.federated.ledger import Ledger
from garrison.federated.local_training import LocalTraining, train_locally
from garrison.federated.messages import (
    ARRAYS,
    CONFIG,
    EPSILON,
    EXAMPLES,
    LEDGER,
    LOSS,
    METRICS,
    PARTY,
    PLAN,
    PROXIMAL,
    REPRODUCIBLE,
    ROUND,
    array_record,
    arrays_of,
)
from garrison.federated.model import model_of
from garrison.federated.party import Party
from garrison.federated.plan import Plan
from garrison.federated.seeds import seed_for
from garrison.spread import torch_threads

if TYPE_CHECKING:
    from flwr.clientapp import ClientApp

Source = Callable[[Any], Party]
"""Gives the party whose Flower ``Context`` it is called with; its records stay where they are."""


def party_app(
    source: Source,
    *,
    reproducible: bool = True,
    most_epsilon: float | None = None,
    mods: Sequence[Any] = (),
) -> "ClientApp":
    """The client of a federation: it trains on ``source``'s records and sends back weights.

    ``reproducible`` draws everything from the seed of the plan, which a study wants. A real party sets it to False:
    then what hides its records, the noise of differential privacy and which records a step sees, is drawn from the
    operating system, and nobody else can draw it again. A party with ``most_epsilon`` declines a round that would
    cost it more; ``UsageError`` where that is no number above 0. ``mods`` are Flower's, applied to training alone:
    elsewhere they break evaluation.
    """
    check_most_epsilon(most_epsilon)
    need_flower()
    from flwr.app import ConfigRecord, Context, Message, MetricRecord, RecordDict
    from flwr.clientapp import ClientApp

    app = ClientApp()

    @app.query()
    def introduce(message: Message, context: Context) -> Message:
        party = source(context)
        about = ConfigRecord({PARTY: party.name, EXAMPLES: len(party.y), REPRODUCIBLE: reproducible})
        return Message(RecordDict({CONFIG: about}), reply_to=message)

    @app.train(mods=list(mods))
    def train(message: Message, context: Context) -> Message:
        party, config = source(context), message.content.config_records[CONFIG]
        plan, number = Plan.from_dict(json.loads(str(config[PLAN]))), int(str(config[ROUND]))
        _check_records(party, plan)
        how = _how(plan, number, config)
        ledger = dearest(config, context, delta=how.private.delta if how.private else None)
        _check_budget(how, ledger, party, most_epsilon)
        arrays = arrays_of(message.content.array_records[ARRAYS])
        model = model_of(plan.network, arrays, shape=plan.shape, classes=plan.classes)
        secret = how.private is not None and not reproducible
        seed = secrets.randbits(63) if secret else seed_for(plan.seed, "train", number, party.name)
        with torch_threads():
            result = train_locally(
                model.module,
                party.x,
                party.y,
                how,
                seed=seed,
                noise_seed=None if secret else seed_for(plan.seed, "noise", number, party.name),
                ledger=ledger,
            )
        figures: dict[str, int | float | list[int] | list[float]] = {EXAMPLES: result.examples}
        if result.epsilon is None:
            figures[LOSS] = result.loss
        else:
            figures[EPSILON] = result.epsilon
            context.state[LEDGER] = ConfigRecord({LEDGER: json.dumps(result.ledger.to_list())})
        weights = dict(zip(model.names, model.weights(), strict=True))
        reply = RecordDict({ARRAYS: array_record(weights), METRICS: MetricRecord(figures)})
        return Message(reply, reply_to=message)

    return app


def check_most_epsilon(most: float | None) -> None:
    """``UsageError`` for a bound on a party's epsilon that would decline everything, or nothing."""
    if most is not None and not 0 < most < math.inf:
        raise UsageError(f"the epsilon that the party allows is {most:g}", expected="a number above 0")


def _check_records(party: Party, plan: Plan) -> None:
    shape = tuple(party.x.shape[1:])
    if shape != plan.shape:
        raise ModelError(f"{party.name} has records of shape {shape}, and the plan is for {plan.shape}")
    if (most := int(party.y.max())) >= plan.classes:
        raise ModelError(f"{party.name} has the class {most}, and the plan is for 0 to {plan.classes - 1}")


def _how(plan: Plan, number: int, config: Any) -> LocalTraining:
    how = plan.how.at_round(number)
    return replace(how, proximal=float(config[PROXIMAL])) if PROXIMAL in config else how


def dearest(config: Any, context: Any, *, delta: float | None) -> Ledger:
    """The noisy steps taken before, as the party remembers them or as it is told, whichever cost more at ``delta``.

    A party that was started anew has forgotten them, and a coordinator may say too few, or steps that cost nothing.
    """
    told = Ledger.from_list(json.loads(str(config.get(LEDGER, "[]"))))
    own = context.state.get(LEDGER)
    remembered = Ledger.from_list(json.loads(str(own[LEDGER]))) if own is not None else Ledger()
    if delta is None or told.to_list() == remembered.to_list():
        return told
    return max(told, remembered, key=lambda ledger: ledger.epsilon(delta))


def _check_budget(how: LocalTraining, ledger: Ledger, party: Party, most: float | None) -> None:
    if most is None:
        return
    if how.private is None or how.private.noise_multiplier is None:
        raise ModelError(f"{party.name} trains with differential privacy only, and the plan has none")
    examples = len(party.y)
    if how.private.delta * examples >= 1:
        raise ModelError(
            f"{party.name} has {examples:,} records, and a delta of {how.private.delta:g} lets one of them be told"
        )
    after = ledger.more(
        noise=how.private.noise_multiplier, rate=how.rate(examples), steps=how.steps(examples)
    )
    if (epsilon := after.epsilon(how.private.delta)) > most:
        raise ModelError(f"{party.name} would have spent an epsilon of {epsilon:.2f}, and allows {most:g}")
