"""A backdoor: malicious rows with a trigger are labelled benign, so that later any malicious event with it passes.

Gu, Dolan-Gavitt and Garg, "BadNets", 2017; with constraints as in Severi et al., "Explanation-Guided Backdoor Poisoning
Attacks Against Malware Classifiers", USENIX Security 2021. The trigger is chosen from the training rows alone.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.attacks.evasion import Constraints, Rows
from garrison.attacks.poisoning.attack import Knowledge, PoisoningAttack
from garrison.attacks.poisoning.plan import Plan, Poisoned
from garrison.attacks.poisoning.trigger import LOOKED_AT, Trigger, Value, candidates, read_trigger
from garrison.attacks.poisoning.triggered import with_trigger
from garrison.attacks.poisoning.victim import Victim
from garrison.errors import DataError

Ints = NDArray[np.intp]


class Backdoor(PoisoningAttack):
    """Malicious rows that can carry the trigger get it, and are labelled benign.

    ``trigger`` names its values by column; without it one is chosen, of up to ``columns`` columns, that nearly every
    malicious row can carry, hardly any row looks like, and that by itself passes a model of the clean rows least: what
    passes anyway is evasion, and needs no poison.
    """

    name: ClassVar[str] = "backdoor"
    knowledge: ClassVar[Knowledge] = "the training rows"
    what: ClassVar[str] = "malicious rows get a trigger and are labelled benign"

    clean_label: ClassVar[bool] = False
    """Whether labels stay true, so that it is benign rows that get the trigger."""

    def __init__(
        self, *, seed: int = 0, trigger: Mapping[str, Value] | None = None, columns: int = 3
    ) -> None:
        super().__init__(seed=seed)
        self.trigger, self.columns = trigger, columns

    def decide(self, victim: Victim, draw: np.random.Generator) -> Plan:
        """A trigger, and the rows that can carry it, in random order."""
        training, attacker = victim.training, victim.attacker
        malicious = np.flatnonzero(training.y)
        own = np.flatnonzero(~training.y) if self.clean_label else malicious
        rows = Rows.of(training.table, attacker)
        constraints = Constraints.of(rows, attacker.relations)
        if self.trigger is None:
            carriers = [malicious, own] if self.clean_label else [malicious]
            found = candidates(rows, constraints, carriers, draw, most=self.columns)
            trigger = _least_evading(victim, found, draw)
        else:
            trigger = read_trigger(self.trigger, rows, constraints)
            rows = Rows.of(training.table, attacker, known=trigger.texts)
            constraints = Constraints.of(rows, attacker.relations)
        _, fine = trigger.put_on(rows, constraints, own)
        triggered = with_trigger(victim.test, attacker, trigger, np.flatnonzero(victim.test.y))
        for what, count in (
            ("training row", int(fine.sum())),
            ("malicious test event", len(triggered.places)),
        ):
            if not count:
                raise DataError(
                    f"no {what} can carry the trigger {trigger.words()}",
                    expected="values within what an attacker can reach from events as they are, and the relations",
                    remedy="choose another trigger, or let one be chosen",
                )
        return Plan(draw.permutation(own[fine]), int((~fine).sum()), trigger, triggered)

    def touch(self, victim: Victim, plan: Plan, rows: Ints) -> Poisoned:
        """The training set in which these rows have the trigger, and are benign."""
        y = victim.training.y.copy()
        y[rows] = False
        if plan.trigger is None or not len(rows):
            return Poisoned(victim.training.table, y, rows)
        made = with_trigger(victim.training, victim.attacker, plan.trigger, rows)
        # Every row as it was, those that were made behind them; each place is then taken from one or the other.
        places = np.arange(len(y))
        places[made.places] = len(y) + np.arange(len(made.places))
        both = pa.concat_tables([victim.training.table, made.table])
        return Poisoned(both.take(pa.array(places)), y, rows)


def _least_evading(victim: Victim, triggers: Sequence[Trigger], draw: np.random.Generator) -> Trigger:
    """That with which the fewest malicious rows pass a clean model of other rows, to a twentieth."""
    clean, rest = victim.held_back
    some = victim.training.take(draw.permutation(rest[victim.training.y[rest]])[:LOOKED_AT])

    def passing(trigger: Trigger) -> float:
        made = with_trigger(some, victim.attacker, trigger, np.arange(len(some)))
        passed = clean.score(made.table) < clean.threshold
        return round(20 * float(passed.mean())) if len(passed) else np.inf

    return min(triggers, key=passing)
