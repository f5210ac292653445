"""Commands that attack, broken off and given again."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def stopped_after(runs: int, attack: type) -> Iterator[None]:
    """Within it, attacks of this kind are run so often, and then somebody presses Ctrl-C."""
    run, left = attack.run, iter(range(runs))  # type: ignore[attr-defined]

    def broken_off(*given: Any, **options: Any) -> Any:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return run(*given, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attack, "run", broken_off)
        yield


def first_attacks(*names: str) -> list[dict[str, Any]]:
    """What files of results say of their first attack."""
    return [json.loads(Path(name).read_text("utf-8"))["attacks"][0] for name in names]
