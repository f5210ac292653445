"""An attack shard by shard: what is finished is kept, so that one that was broken off goes on where it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from garrison.attacks.evasion import AttackResult
from garrison.attacks.evasion.flags import of_one
from garrison.pipelines.attack_kinds import Aimed, Attack
from garrison.pipelines.finished_parts import FinishedParts
from garrison.progress import progress
from garrison.spread import as_done

FORMAT = 2
SHARD = 50
"""Events that are attacked at a time; a finished shard is kept, and not attacked again."""


@dataclass(frozen=True, kw_only=True)
class Shards:
    """Events in shards, whose results are kept in the folder ``parts`` (None: nowhere) under ``identity``."""

    targets: Aimed
    epsilons: Sequence[float]
    seconds: float | None
    raw: bool
    parts: Path | None
    identity: dict[str, Any]

    def attacked(self, attack: Attack) -> tuple[AttackResult, int]:
        """Attack shard by shard, or many at a time on a cluster; finished ones are read, and counted."""
        kept = FinishedParts(self.parts)
        starts = range(0, max(len(self.targets), 1), SHARD)
        found = {start: self._before(kept, attack, start) for start in starts}
        missing = [start for start, result in found.items() if result is None]
        clock = _Clock(
            self.seconds, len(starts), [each.seconds for each in found.values() if each is not None]
        )
        tasks = ((start, start + self._rows(start), clock.share(start)) for start in missing)
        with progress(attack.name, total=len(self.targets)) as advance:
            advance(sum(self._rows(start) for start in starts if start not in missing))
            shared = ((attack, self.targets), self.epsilons, self.raw)
            for place, result in as_done(attack_part, tasks, shared=shared):
                start = missing[place]
                kept.keep(self._name(attack, start), self._asked(attack, start), result.to_dict())
                clock.took(start, result.seconds)
                found[start] = result
                advance(self._rows(start))
        whole = AttackResult.join([result for result in found.values() if result is not None])
        return of_one(whole), kept.found

    def _before(self, kept: FinishedParts, attack: Attack, start: int) -> AttackResult | None:
        facts = kept.find(self._name(attack, start), self._asked(attack, start))
        return None if facts is None else AttackResult.from_dict(facts)

    def _rows(self, start: int) -> int:
        return min(SHARD, len(self.targets) - start)

    def _name(self, attack: Attack, start: int) -> str:
        return f"{attack.name}-{start:06}"

    def _asked(self, attack: Attack, start: int) -> dict[str, Any]:
        return {
            **self.identity,
            "format": FORMAT,
            "attack": attack.name,
            "start": start,
            "rows": self._rows(start),
        }


def attack_part(
    start: int,
    stop: int,
    seconds: float | None,
    together: tuple[Attack, Aimed],
    epsilons: Sequence[float],
    raw: bool,
) -> AttackResult:
    """What an attack reaches on its targets from ``start`` up to ``stop``; both are of one detector."""
    attack, targets = together
    return attack.run(targets.part(start, stop), epsilons=epsilons, seconds=seconds, raw=raw)


class _Clock:
    """What is left of the ``seconds`` of an attack, in equal shares for the shards that are still to be begun."""

    def __init__(self, seconds: float | None, shards: int, spent: Sequence[float]) -> None:
        self.seconds, self.to_begin = seconds, shards - len(spent)
        self.spent = sum(spent)
        self.promised: dict[int, float] = {}

    def share(self, start: int) -> float | None:
        """What the shard at ``start`` may take; None: as long as it takes."""
        if self.seconds is None:
            return None
        left = self.seconds - self.spent - sum(self.promised.values())
        self.promised[start] = max(left, 0.01) / self.to_begin
        self.to_begin -= 1
        return self.promised[start]

    def took(self, start: int, seconds: float) -> None:
        """It has ended, and took so long."""
        self.promised.pop(start, None)
        self.spent += seconds
