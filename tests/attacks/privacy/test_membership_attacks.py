"""What holds for every attack on membership: it finds what is remembered, and nothing where nothing is."""

from typing import Any

import numpy as np
import pytest
from private_models import DEEP_TREES, SHALLOW, Centroids, Constant, audit_of, noisy_labels, signals_of
from scipy.stats import norm

from garrison.attacks.privacy import (
    MEMBERSHIP_ATTACKS,
    Lira,
    LiraOffline,
    Signals,
    found_members,
    infer_membership,
)
from garrison.attacks.privacy.lira import Variance

ROWS = [("loss_threshold", 0.8), ("lira", 0.9), ("lira_offline", 0.9)]
"""Every attack, and the AUC that it has to reach on deep trees that learnt noise."""


@pytest.fixture(scope="module")
def remembered() -> Signals:
    return signals_of(DEEP_TREES, audit_of(*noisy_labels(700)), 12)


def test_every_attack_is_in_the_table() -> None:
    assert [name for name, _ in ROWS] == list(MEMBERSHIP_ATTACKS)


@pytest.mark.parametrize(("name", "least"), ROWS)
def test_members_are_found_where_noise_was_learnt(name: str, least: float, remembered: Signals) -> None:
    attack = MEMBERSHIP_ATTACKS[name]
    found = found_members(name, attack.knowledge, attack.scores(remembered), remembered.member)
    assert found.auc.low > least - 0.05
    assert found.auc.value > least
    assert found.balanced_accuracy.value > 0.7
    assert found.members + found.others == len(remembered.member)


def test_lira_finds_more_than_the_loss_where_few_false_alarms_are_allowed(remembered: Signals) -> None:
    loss, online, offline = infer_membership(remembered)
    for fpr in (0.01, 0.1):
        assert min(online.tpr[fpr].value, offline.tpr[fpr].value) > loss.tpr[fpr].value
    assert online.tpr[0.01].low > 0.1
    assert not online.flags


@pytest.mark.parametrize("name", [name for name, _ in ROWS])
@pytest.mark.parametrize("recipe", [Constant(), SHALLOW], ids=["constant", "regularised"])
def test_nothing_is_found_where_nothing_is_remembered(name: str, recipe: Any) -> None:
    signals = signals_of(recipe, audit_of(*noisy_labels(3_000, seed=3, width=2)), 8)
    found = found_members(name, "", MEMBERSHIP_ATTACKS[name].scores(signals), signals.member)
    assert found.auc.low <= 0.5 <= found.auc.high
    assert found.tpr[0.1].low <= 0.12
    assert abs(found.balanced_accuracy.value - 0.5) < 0.05


def test_images_of_three_classes_go_through_the_same_interface() -> None:
    draw = np.random.default_rng(5)
    y = draw.integers(0, 3, 90)
    images = draw.normal(size=(90, 6, 6)).astype(np.float32)  # more numbers than records: means remember
    signals = signals_of(Centroids(), audit_of(images, y), 12)
    loss, online, offline = infer_membership(signals)
    assert min(loss.auc.low, online.auc.low, offline.auc.low) > 0.5


def test_the_loss_threshold_ranks_by_cross_entropy() -> None:
    X, y = noisy_labels(200)
    audit = audit_of(X, y)
    model = audit.trained(DEEP_TREES, 0)
    loss = -np.log(np.clip(model.probabilities(X)[np.arange(200), y], 1e-6, 1 - 1e-6))
    member = audit.inside(0)
    signals = Signals(audit.answers(model), member, np.zeros((0, 200)), np.zeros((0, 200), dtype=np.bool_))
    scores = MEMBERSHIP_ATTACKS["loss_threshold"].scores(signals)
    assert (np.diff(scores[np.argsort(loss)]) <= 1e-12).all()


@pytest.mark.parametrize("variance", ["row", "fixed"])
def test_lira_is_the_ratio_of_two_normal_densities(variance: Variance) -> None:
    draw = np.random.default_rng(1)
    inside = draw.permuted(np.repeat([[True], [False]], 5, axis=0).repeat(6, axis=1), axis=0)
    signals = Signals(draw.normal(size=6), np.ones(6, dtype=np.bool_), draw.normal(size=(10, 6)), inside)
    sides = [[signals.shadows[chosen[:, row], row] for row in range(6)] for chosen in (inside, ~inside)]
    fixed = [np.sqrt(np.mean([each.var(ddof=1) for each in side])) for side in sides]
    logs = []
    for side, usual in zip(sides, fixed, strict=True):
        spreads = [each.std(ddof=1) if variance == "row" else usual for each in side]
        means = [each.mean() for each in side]
        logs.append([norm.logpdf(x, m, s) for x, m, s in zip(signals.target, means, spreads, strict=True)])
    expected = np.array(logs[0]) - np.array(logs[1])
    assert Lira(variance=variance).scores(signals) == pytest.approx(expected)
    usual_means = np.array([each.mean() for each in sides[1]])
    usual_spreads = [each.std(ddof=1) if variance == "row" else fixed[1] for each in sides[1]]
    above = norm.cdf(LiraOffline(variance=variance).scores(signals))
    assert above == pytest.approx(norm.cdf(signals.target, usual_means, np.array(usual_spreads)))


def test_an_attack_without_shadows_enough_is_not_run(remembered: Signals) -> None:
    few = Signals(remembered.target, remembered.member, remembered.shadows[:3], remembered.inside[:3])
    assert [each.attack for each in infer_membership(few)] == ["loss_threshold"]
    assert [each.attack for each in infer_membership(few, ["lira"])] == ["loss_threshold"]


def test_equal_seeds_find_the_same(remembered: Signals) -> None:
    assert infer_membership(remembered, seed=4) == infer_membership(remembered, seed=4)
