"""An attack shard by shard: what is finished is kept, so that one that was broken off goes on where it was."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from garrison.attacks.evasion import AttackResult
from garrison.attacks.evasion.flags import of_one
from garrison.files import sha256_of_json, write_json
from garrison.pipelines.attack_kinds import Aimed, Attack
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
        resumed, spent = 0, 0.0
        starts = range(0, max(len(self.targets), 1), SHARD)
        with progress(attack.name, total=len(self.targets)) as advance:
            for number, start in enumerate(starts):
                shard = self.targets.part(start, start + SHARD)
                identity = sha256_of_json(
                    {
                        **self.identity,
                        "format": FORMAT,
                        "attack": attack.name,
                        "start": start,
                        "rows": len(shard),
                    }
                )
                path = None if self.parts is None else self.parts / f"{attack.name}-{start:06}.json"
                result = None if path is None else _kept(path, identity)
                if result is None:
                    left = self.seconds
                    if left is not None:
                        left = max(left - spent, 0.01) / (len(starts) - number)
                    result = attack.run(shard, epsilons=self.epsilons, seconds=left, raw=self.raw)
                    if path is not None:
                        write_json(path, {"identity": identity, "result": result.to_dict()})
                else:
                    resumed += 1
                spent += result.seconds
                found.append(result)
                advance(len(shard))
        return of_one(AttackResult.join(found)), resumed


def forget(parts: Path | None) -> None:
    """Remove the shards kept in the folder ``parts``: the whole result is written."""
    if parts is None or not parts.is_dir():
        return
    for path in parts.glob("*-*.json"):
        path.unlink(missing_ok=True)
    if not any(parts.iterdir()):
        parts.rmdir()


def _kept(path: Path, identity: str) -> AttackResult | None:
    """The result that is kept at ``path``, if it is that of the same question."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(facts, dict) or facts.get("identity") != identity:
        return None
    return AttackResult.from_dict(facts["result"])
