"""Planes of bits lead every row to the leaf that walking its trees leads to."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from garrison.detection import FAMILIES
from garrison.detection.compiled import bit_planes
from garrison.detection.compiled.bit_planes import BitPlanes
from garrison.detection.compiled.compile_model import TABLES
from garrison.detection.compiled.many_rows import FEWEST_ROWS, ManyRows
from garrison.detection.compiled.tree_tables import TreeTables
from garrison.detection.families.trees import Trees
from garrison.errors import DataError

TREES = sorted(name for name, family in FAMILIES.items() if family.model in TABLES)


def drawn_tree(draw: Any, depth: int, features: int) -> dict[str, Any]:
    """A tree of any shape, children after their parents."""
    nodes: list[list[float]] = []

    def grow(left: int) -> int:
        place = len(nodes)
        nodes.append([-1, -1, 0, 0.0, float(draw.integers(-50, 50))])
        if left and draw.random() < 0.75:
            feature, threshold = int(draw.integers(features)), float(draw.integers(-3, 4)) / 2
            children = grow(left - 1), grow(left - 1)
            nodes[place] = [*children, feature, threshold, 0.0]
        return place

    grow(depth)
    columns = np.array(nodes).T
    names = ("left", "right", "feature", "threshold", "value")
    return dict(zip(names, columns, strict=True))


def walked(trees: Trees, row: Any) -> float:
    total, start = 0.0, 0
    for count in trees.counts:
        node = 0
        while trees.left[start + node] >= 0:
            at = start + node
            goes_left = row[trees.feature[at]] <= trees.threshold[at]
            node = int(trees.left[at] if goes_left else trees.right[at])
        total += float(trees.value[start + node])
        start += int(count)
    return total


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32), st.integers(1, 9), st.integers(1, 12), st.booleans(), st.sampled_from([64, 300])
)
def test_any_trees_lead_to_the_leaves_that_walking_leads_to(
    seed: int, depth: int, count: int, narrow: bool, group: int
) -> None:
    draw = np.random.default_rng(seed)
    trees = Trees.join([drawn_tree(draw, depth, 3) for _ in range(count)])
    tables = TreeTables(features=3, trees=trees, start=0.0, narrow=narrow, link="identity")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bit_planes, "BLOCK", 128)
        patch.setattr(bit_planes, "GROUP_NODES", group)
        X = draw.integers(-4, 5, (150, 3)) / 2
        assert BitPlanes(tables).score(X).tolist() == [walked(trees, row) for row in X]


@pytest.mark.parametrize("family", TREES)
def test_every_family_of_trees_has_its_own_scores(
    family: str, data: Any, quick: Callable[[str], dict[str, Any]]
) -> None:
    model = FAMILIES[family].fit(data.X, data.y, params=quick(family), seed=1)
    X = np.vstack([data.X, data.X * 1e30, -data.X * 1e-36, np.round(data.X, 1)])
    exact = family not in ("xgboost",)  # which adds up in float32
    found = BitPlanes(TABLES[type(model)](model)).score(X)
    assert np.abs(found - model.score(X)).max() <= (1e-15 if exact else 1e-6)


def test_many_rows_are_scored_alike_by_any_number_of_threads(data: Any) -> None:
    model = FAMILIES["xgboost"].fit(data.X, data.y, params={"trees": 20}, seed=1)
    X = np.random.default_rng(0).normal(size=(20_000, 6)).round(1)
    plain = model.score(X)
    threshold = float(plain[5])
    many = ManyRows(model, threshold=threshold)
    assert many.engine == "bit planes"
    found = many.score(X)
    assert found.tobytes() == many.score(X, jobs=3).tobytes()
    np.testing.assert_allclose(found, plain, atol=1e-6)
    assert ((found >= threshold) == (plain >= threshold)).all()
    above = float(np.nextafter(threshold, 2))
    assert ((ManyRows(model, threshold=above).score(X) >= above) == (plain >= above)).all()


def test_what_has_no_planes_is_scored_by_the_model(data: Any) -> None:
    model = FAMILIES["knn"].fit(data.X, data.y, params={"neighbours": 5}, seed=1)
    many = ManyRows(model, threshold=0.5)
    X = np.tile(data.X, (3, 1))
    assert len(X) > FEWEST_ROWS
    assert many.engine == "the plain model"
    assert many.score(X).tobytes() == model.score(X).tobytes()


def test_planes_that_are_wrong_are_not_used(data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model = FAMILIES["xgboost"].fit(data.X, data.y, params={"trees": 5}, seed=1)
    right = BitPlanes.score
    monkeypatch.setattr(BitPlanes, "score", lambda planes, X: right(planes, X) + 2e-5)
    assert ManyRows(model, threshold=0.5).engine == "the plain model"


@pytest.mark.parametrize("wrong", [np.full((600, 6), np.nan), np.zeros((600, 5))])
def test_bad_rows_are_refused_as_the_model_refuses_them(data: Any, wrong: Any) -> None:
    model = FAMILIES["xgboost"].fit(data.X, data.y, params={"trees": 5}, seed=1)
    with pytest.raises(DataError):
        ManyRows(model, threshold=0.5).score(wrong)
