"""Shadow models: trained as the attacked one was, on records of which it is known who learnt from what."""

import time
from collections.abc import Callable

import numpy as np

from garrison.attacks.privacy.audit import Audit
from garrison.attacks.privacy.interface import Answers, Floats, Recipe

Kept = Callable[[int], Floats | None]
Keep = Callable[[int, Floats], None]


def shadow_answers(
    recipe: Recipe[Answers],
    audit: Audit,
    shadows: int,
    *,
    seconds: float | None = None,
    kept: Kept = lambda _: None,
    keep: Keep = lambda _number, _answers: None,
    advance: Callable[[int], object] = lambda _: None,
) -> Floats:
    """The log-odds of the truth by each of ``shadows`` models, shape ``(k, u)``.

    ``kept`` gives the answers of a shadow that was trained before, or None; ``keep`` is given those of a new one.
    With ``seconds``, no shadow is begun that would, by the mean of those before, end later: k may be smaller, even 0.
    """
    found: list[Floats] = []
    trained, started = 0, time.monotonic()
    for number in range(shadows):
        answers = kept(number)
        if answers is None:
            passed = time.monotonic() - started
            if seconds is not None and passed + passed / max(trained, 1) >= seconds:
                break
            answers = audit.answers(audit.trained(recipe, number))
            keep(number, answers)
            trained += 1
        found.append(answers)
        advance(1)
    return np.array(found).reshape(len(found), len(audit.asked))
