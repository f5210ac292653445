"""Models for encrypted rows: few bounded inputs, sums and products, and what each family promises besides."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.svm import LinearSVC

from garrison.attacks.evasion.slopes import is_smooth, slopes
from garrison.detection import FAMILIES
from garrison.detection.circuit import Circuit
from garrison.detection.families.bounded_encoding import BoundedEncoding
from garrison.detection.families.distilled_model import DistilledModel
from garrison.detection.families.linear_fit import fit_linear, squared_hinge
from garrison.detection.families.polynomial_model import PolynomialModel
from garrison.detection.families.square_network import SquareNetwork, train_squares
from garrison.errors import ModelError, SettingsError

Quick = Callable[[str], dict[str, Any]]
NAMES = [name for name, family in FAMILIES.items() if issubclass(family.model, PolynomialModel)]


@pytest.fixture(scope="module")
def tailed() -> tuple[np.ndarray, np.ndarray]:
    """Columns as networks have them: bytes over nine powers of ten, mostly zero counts, flags."""
    draw = np.random.default_rng(1)
    X = np.column_stack(
        [
            np.exp(draw.normal(5, 4, 600)).round(),
            np.where(draw.random(600) < 0.8, 0, draw.integers(1, 500, 600)),
            draw.integers(0, 2, (600, 2)),
        ]
    ).astype(np.float64)
    y = (np.log1p(X[:, 0]) > 5) ^ (X[:, 2] > 0)
    return X, y


@pytest.mark.parametrize("name", NAMES)
def test_no_row_leaves_the_limits_or_the_bounds(name: str, tailed: Any, quick: Quick) -> None:
    X, y = tailed
    model: Any = FAMILIES[name].fit(X, y, params=quick(name), seed=0)
    wild = np.vstack([X, X * 1e12, -X * 1e12, X + 0.37])
    rows = model.inputs(wild)
    assert rows.dtype == np.float64
    assert not len(model.circuit.outside(rows))
    outputs = model.circuit(rows)
    assert (np.abs(outputs) <= model.circuit.bounds()[-1]).all()
    assert np.array_equal(model.link(outputs), model.score(wild))


@pytest.mark.parametrize("name", NAMES)
def test_the_number_of_inputs_is_bounded(name: str, data: Any, quick: Quick) -> None:
    model: Any = FAMILIES[name].fit(data.X, data.y, params={**quick(name), "most_inputs": 4}, seed=0)
    assert model.circuit.inputs == 4
    used = {*model.encoding.columns.tolist(), *model.encoding.measured.tolist()}
    assert 4 in used
    assert roc_auc_score(data.y, model.score(data.X)) > 0.8


@pytest.mark.parametrize("name", NAMES)
def test_how_scores_rise_with_inputs_is_known(name: str, tailed: Any, quick: Quick) -> None:
    X, y = tailed
    model: Any = FAMILIES[name].fit(X, y, params=quick(name), seed=0)
    assert is_smooth(model)
    # In the middle between knots, so that a small step stays on one line.
    knots = model.encoding.lines()[0][0]
    rows = np.repeat(X[:1], len(knots) - 1, axis=0)
    rows[:, 0] = (knots[1:] + knots[:-1]) / 2
    step = 1e-5 * (knots[1:] - knots[:-1])
    up, down = rows.copy(), rows.copy()
    up[:, 0], down[:, 0] = rows[:, 0] + step, rows[:, 0] - step
    change = (model.circuit(model.inputs(up)) - model.circuit(model.inputs(down)))[:, 0] / (2 * step)
    found = slopes(model, rows)
    np.testing.assert_allclose(found[:, 0], change, rtol=1e-4, atol=1e-9)
    assert not found[:, 2:].any()
    assert not slopes(model, rows * 0 + 1e300)[:, 0].any()


def test_an_encoding_puts_values_where_they_stand_among_the_rows() -> None:
    draw = np.random.default_rng(0)
    X = np.column_stack([draw.normal(size=5000) ** 3, draw.integers(0, 3, 5000)])
    encoding = BoundedEncoding.of(X, most_levels=3, knots=65)
    seen = encoding.apply(X)
    assert encoding.inputs == 3
    order = np.argsort(X[:, 0])
    assert (np.diff(seen[order, 2]) >= 0).all()
    ranks = (2 * np.argsort(order) + 1) / 5000 - 1
    assert np.abs(seen[:, 2] - ranks).max() < 0.03
    common = np.bincount(X[:, 1].astype(int)).argmax()
    assert np.array_equal(seen[:, :2].any(axis=1), X[:, 1] != common)
    assert not encoding.apply(np.array([[0.0, 77.0]]))[0, :2].any()


def test_a_column_that_never_varies_gives_nothing_to_learn_from() -> None:
    y = np.arange(20) % 2 == 0
    with pytest.raises(ModelError, match="two different values"):
        FAMILIES["encrypted_logistic"].fit(np.ones((20, 2)), y, seed=0)


def test_logistic_regression_is_scikit_learns(data: Any) -> None:
    model: Any = FAMILIES["encrypted_logistic"].fit(data.X, data.y, params={"C": 0.7}, seed=0)
    theirs = LogisticRegression(C=0.7, tol=1e-10, max_iter=5000).fit(model.inputs(data.X), data.y)
    np.testing.assert_allclose(model.circuit.layers[0].weights, theirs.coef_, atol=2e-3)
    np.testing.assert_allclose(model.circuit.layers[0].bias, theirs.intercept_, atol=2e-3)


def test_the_machine_is_scikit_learns_and_its_scores_are_probabilities(data: Any) -> None:
    encoding = BoundedEncoding.of(data.X, most_levels=10, knots=33)
    rows = encoding.apply(data.X)
    w, bias = fit_linear(rows, data.y, None, loss=squared_hinge, C=0.5, iterations=1000)
    # Theirs penalises the bias too, as a column of a large number shows the least.
    theirs = LinearSVC(C=0.5, loss="squared_hinge", intercept_scaling=1e3, tol=1e-10, max_iter=200_000)
    theirs.fit(rows, data.y)
    np.testing.assert_allclose(w, theirs.coef_[0], atol=0.02)
    assert abs(bias - theirs.intercept_[0]) < 0.05
    draw = np.random.default_rng(3)
    X = draw.normal(size=(3000, 3))
    y = draw.random(3000) < 1 / (1 + np.exp(-2 * X[:, 0]))
    scores = FAMILIES["encrypted_svm"].fit(X[:2000], y[:2000], seed=0).score(X[2000:])
    base = log_loss(y[2000:], np.full(1000, y[:2000].mean()))
    assert log_loss(y[2000:], scores) < 0.8 * base
    assert abs(scores.mean() - y[2000:].mean()) < 0.03


def test_a_network_learns_what_no_weighted_sum_can(data: Any) -> None:
    draw = np.random.default_rng(5)
    X = draw.normal(size=(1500, 4))
    y = X[:, 0] * X[:, 1] > 0
    line, network = (
        FAMILIES[name].fit(X[:1000], y[:1000], params=params, seed=0).score(X[1000:])
        for name, params in (("encrypted_logistic", {}), ("encrypted_mlp", {"layers": [16], "epochs": 40}))
    )
    assert roc_auc_score(y[1000:], line) < 0.65
    assert roc_auc_score(y[1000:], network) > 0.95


def test_training_uses_slopes_that_are_right() -> None:
    draw = np.random.default_rng(2)
    network = SquareNetwork.new(3, [4, 2], start=0.1, seed=0)
    network.layers[-1] = (draw.normal(size=(1, 2)), np.array([0.1]))
    rows, targets, counts = draw.uniform(-1, 1, (20, 3)), draw.random(20), draw.random(20)

    def loss() -> float:
        odds = network.outputs(rows)
        return float((counts * (np.logaddexp(0, odds) - targets * odds)).mean())

    for (weights, bias), found in zip(network.layers, network.slopes(rows, targets, counts), strict=True):
        for part, slope in zip((weights, bias), found, strict=True):
            for place in np.ndindex(part.shape):
                held = part[place]
                part[place] = held + 1e-6
                above = loss()
                part[place] = held - 1e-6
                below = loss()
                part[place] = held
                assert slope[place] == pytest.approx((above - below) / 2e-6, abs=1e-6)


def test_training_that_diverges_is_said(data: Any) -> None:
    network = SquareNetwork.new(2, [4, 4, 4], start=0.0, seed=0)
    network.layers = [(weights + 1e60, bias) for weights, bias in network.layers]
    with pytest.raises(ValueError, match="diverged"):
        train_squares(
            network,
            np.ones((8, 2)),
            np.zeros(8),
            np.ones(8),
            epochs=1,
            batch=8,
            learning_rate=0.1,
            decay=0.0,
            seed=0,
        )


def test_early_stopping_gives_back_the_best_network(data: Any, quick: Quick) -> None:
    params = {**quick("encrypted_mlp"), "epochs": 500, "early_stopping": 3, "learning_rate": 0.05}
    model = FAMILIES["encrypted_mlp"].fit(data.X, data.y, params=params, seed=0)
    assert roc_auc_score(data.y, model.score(data.X)) > 0.9


def test_a_student_says_what_it_lost(data: Any, quick: Quick) -> None:
    model = FAMILIES["encrypted_distilled"].fit(data.X, data.y, params=quick("encrypted_distilled"), seed=0)
    assert isinstance(model, DistilledModel)
    (caveat,) = model.caveats
    assert caveat.startswith("distilled from xgboost: on 20 rows that neither learnt from")
    assert model.loss.teacher_auc > 0.8
    assert f"{model.loss.student_auc:.4f}" in caveat
    assert FAMILIES["encrypted_logistic"].fit(data.X, data.y, seed=0).caveats == ()
    files = model.files()
    worse = files["teacher.json"].replace(b'"rows": 20', b'"rows": 0')
    with pytest.raises(ModelError):
        DistilledModel.from_files({**files, "teacher.json": worse})


def test_only_trees_teach() -> None:
    with pytest.raises(SettingsError, match="'mlp' cannot teach"):
        FAMILIES["encrypted_distilled"].complete({"teacher": "mlp"})
    with pytest.raises(SettingsError, match="no parameter 'depth'"):
        FAMILIES["encrypted_distilled"].complete({"params": {"depth": 3}})


def test_a_circuit_that_does_not_fit_its_encoding_is_refused(data: Any) -> None:
    model: Any = FAMILIES["encrypted_logistic"].fit(data.X, data.y, seed=0)
    other = Circuit(model.circuit.layers, model.circuit.limits)
    assert replace(model, circuit=other).score(data.X).tobytes() == model.score(data.X).tobytes()
    fewer = model.encoding.only(np.arange(3))
    with pytest.raises(ValueError, match="does not fit"):
        replace(model, encoding=fewer)
    files = FAMILIES["encrypted_logistic"].fit(data.X[:, :4], data.y, seed=0).files()
    with pytest.raises(ModelError):
        PolynomialModel.from_files({**model.files(), "encoding.npz": files["encoding.npz"]})
