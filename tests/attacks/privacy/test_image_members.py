"""Membership of images: the audit that detectors have works for a recipe that trains a torch network."""

import numpy as np
import pytest
from private_models import audit_of, signals_of
from small_networks import TorchRecipe, digits

from garrison.attacks.privacy import TARGET, Signals, infer_membership


@pytest.fixture(scope="module")
def remembered() -> Signals:
    """A network that learnt 100 digits by heart, a third of them under wrong names, and eight like it."""
    x, y = digits()
    draw = np.random.default_rng(2)
    labels = np.where(draw.random(200) < 0.35, draw.integers(0, 10, 200), y[:200])
    return signals_of(TorchRecipe(epochs=40), audit_of(x[:200], labels), 8)


def test_a_network_gives_away_what_it_learnt_by_heart(remembered: Signals) -> None:
    loss, lira, offline = infer_membership(remembered)
    assert loss.auc.low > 0.55
    assert min(lira.auc.low, offline.auc.low) > 0.6
    assert lira.auc.value > loss.auc.value
    assert lira.tpr[0.1].value > 0.3


def test_a_network_that_learnt_nothing_gives_nothing_away() -> None:
    x, y = digits()
    found = infer_membership(signals_of(TorchRecipe(epochs=0), audit_of(x[:200], y[:200]), 4))
    assert all(each.auc.low <= 0.5 <= each.auc.high for each in found)


def test_equal_seeds_train_equal_networks() -> None:
    x, y = digits()
    audit = audit_of(x[:40], y[:40])
    first, again = (audit.trained(TorchRecipe(epochs=2), TARGET) for _ in range(2))
    assert (first.probabilities(x) == again.probabilities(x)).all()
    assert (first.probabilities(x) != audit.trained(TorchRecipe(epochs=2), 0).probabilities(x)).any()
