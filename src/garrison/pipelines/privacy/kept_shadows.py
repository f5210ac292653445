"""The answers of shadow models, kept beside the results to come, so that what was broken off goes on."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from garrison.attacks.privacy.interface import Floats
from garrison.files import write_json


@dataclass
class KeptShadows:
    """Shadows in ``folder`` (None: nothing is kept) that answer the question called ``identity``.

    ``resumed`` counts those that were there already.
    """

    folder: Path | None
    identity: str
    asked: int
    resumed: int = 0

    def kept(self, number: int) -> Floats | None:
        """The answers of that shadow, if they are kept and answer the same question."""
        if self.folder is None:
            return None
        try:
            facts = json.loads(self._path(self.folder, number).read_text(encoding="utf-8"))
            answers = np.array(facts["answers"], dtype=np.float64)
            same = facts["identity"] == self.identity and answers.shape == (self.asked,)
        except (OSError, ValueError, TypeError, KeyError):
            return None
        if not same or not np.isfinite(answers).all():
            return None
        self.resumed += 1
        return answers

    def keep(self, number: int, answers: Floats) -> None:
        """Write the answers of that shadow, whole or not at all."""
        if self.folder is not None:
            write_json(
                self._path(self.folder, number), {"identity": self.identity, "answers": answers.tolist()}
            )

    @staticmethod
    def _path(folder: Path, number: int) -> Path:
        return folder / f"shadow-{number:04}.json"


def forget_shadows(folder: Path) -> None:
    """Remove those in ``folder``: the results are written."""
    if not folder.is_dir():
        return
    for path in folder.glob("shadow-*.json"):
        path.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()
