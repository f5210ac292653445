"""Members are told from others without the model only where they differ."""

import numpy as np
import pytest

from garrison.attacks.privacy import told_apart


@pytest.mark.parametrize(("shift", "apart"), [(0.0, False), (1.0, True)])
def test_a_difference_is_seen_where_there_is_one(shift: float, apart: bool) -> None:
    draw = np.random.default_rng(2)
    member = np.arange(400) < 200
    found = told_apart(draw.normal(size=(400, 3)) + shift * member[:, None], member)
    assert found is not None
    assert (found.low > 0.5) == apart
    assert found.level == 0.99


def test_few_records_say_nothing() -> None:
    assert told_apart(np.zeros((50, 2)), np.arange(50) < 10) is None
