"""The thief asks where its copy is least sure: rounds of asking and learning, each about as long as half of all before.

Papernot et al., "Practical Black-Box Attacks against Machine Learning", 2017, and uncertainty sampling (Lewis and Gale
1994): an answer far from the copy's boundary says little that it does not know.
"""

from typing import ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.attacks.stealing.attack import Asked, StealingAttack
from garrison.attacks.stealing.copying import copied
from garrison.attacks.stealing.made_events import made_events
from garrison.attacks.stealing.mixed_events import mixing
from garrison.attacks.stealing.theft import Oracle, Theft, score
from garrison.errors import SchemaError

Floats = NDArray[np.float64]

FIRST = 50
"""Events, drawn at random, that are asked before there is a copy."""
LOOKED_AT = 4
"""Candidates for each event that is asked."""
BY_CHANCE = 0.3
"""The share of each round that is drawn at random, lest the copy stays blind where it is wrongly sure."""
LEARNER, LEARNER_PARAMS = "random_forest", {"trees": 60}
"""The family of the copy that is asked which events to ask about."""


class UncertainEvents(StealingAttack):
    """Events it has, and mixtures of them where it can make some, whose copied score is nearest the threshold."""

    name: ClassVar[str] = "uncertain_events"
    what: ClassVar[str] = "events its copy is least sure of"

    def ask(self, theft: Theft, oracle: Oracle, count: int, draw: np.random.Generator) -> Asked:
        """A first round at random, then round after round nearest the copy's threshold."""
        waiting = draw.permutation(len(theft.pool))
        first, waiting = waiting[: min(FIRST, count)], waiting[min(FIRST, count) :]
        table = theft.pool.take(first).table
        answers = oracle.ask(table)
        while oracle.asked < count:
            size = min(max(FIRST, oracle.asked // 2), count - oracle.asked)
            near, waiting = waiting[: size * LOOKED_AT], waiting[size * LOOKED_AT :]
            some = theft.pool.take(near).table
            made = self._made(theft, size * LOOKED_AT // 2, draw)
            events = pa.concat_tables([some, made.select(some.column_names)])
            if not events.num_rows:
                break
            chosen = self._nearest(theft, oracle, (table, answers), events, size, draw)
            left = np.setdiff1d(np.arange(len(near)), chosen)
            waiting = np.concatenate([waiting, near[left]])
            asked = events.take(pa.array(chosen))
            table = pa.concat_tables([table, asked])
            answers = np.concatenate([answers, oracle.ask(asked)])
        return table, answers

    def _nearest(
        self,
        theft: Theft,
        oracle: Oracle,
        known: Asked,
        events: pa.Table,
        size: int,
        draw: np.random.Generator,
    ) -> NDArray[np.intp]:
        copy = copied(theft, oracle, *known, family=LEARNER, params=LEARNER_PARAMS, seed=self.seed)
        anyhow = draw.permutation(events.num_rows)
        if copy is None:
            return anyhow[:size]
        far = np.abs(score(copy, events) - copy.threshold.value)
        order = np.lexsort((draw.random(len(far)), far))
        sure = order[: size - int(BY_CHANCE * size)]
        return np.concatenate([sure, anyhow[~np.isin(anyhow, sure)][: size - len(sure)]])

    def _made(self, theft: Theft, count: int, draw: np.random.Generator) -> pa.Table:
        try:
            return made_events(theft, count, draw, mixing(theft))
        except SchemaError:  # nothing can be changed: there are only the events it has
            return theft.pool.table.slice(0, 0)
