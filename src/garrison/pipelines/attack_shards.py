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
        """Attack shard by shard; those that were finished before are read, and counted."""
        found: list[AttackResult] = []
        kept, spent = FinishedParts(self.parts), 0.0
        starts = range(0, max(len(self.targets), 1), SHARD)
        with progress(attack.name, total=len(self.targets)) as advance:
            for number, start in enumerate(starts):
                shard = self.targets.part(start, start + SHARD)
                asked = {
                    **self.identity,
                    "format": FORMAT,
                    "attack": attack.name,
                    "start": start,
                    "rows": len(shard),
                }
                name = f"{attack.name}-{start:06}"
                before = kept.find(name, asked)
                if before is None:
                    left = self.seconds
                    if left is not None:
                        left = max(left - spent, 0.01) / (len(starts) - number)
                    result = attack.run(shard, epsilons=self.epsilons, seconds=left, raw=self.raw)
                    kept.keep(name, asked, result.to_dict())
                else:
                    result = AttackResult.from_dict(before)
                spent += result.seconds
                found.append(result)
                advance(len(shard))
        return of_one(AttackResult.join(found)), kept.found
