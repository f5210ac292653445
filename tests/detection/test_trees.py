from typing import Any

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from garrison.detection.families.trees import Trees, positive_share


@pytest.fixture
def grown(data: Any) -> Trees:
    trees = [
        DecisionTreeClassifier(max_depth=depth, random_state=0).fit(data.X, data.y).tree_ for depth in (1, 4)
    ]
    return Trees.of(trees, value=positive_share)


def test_trees_come_back(grown: Trees) -> None:
    back = Trees.from_arrays(grown.arrays(), features=6)
    assert back.arrays().keys() == grown.arrays().keys()
    assert all(np.array_equal(back.arrays()[name], array) for name, array in grown.arrays().items())


@pytest.mark.parametrize("name", ["left", "right"])
@pytest.mark.parametrize("child", [0, -2, 10_000, 2**31 - 1])
def test_a_child_outside_its_tree_is_refused(grown: Trees, name: str, child: int) -> None:
    arrays = grown.arrays()
    wrong = arrays[name].copy()
    wrong[int(grown.counts[0])] = child
    with pytest.raises(ValueError, match="outside its tree"):
        Trees.from_arrays({**arrays, name: wrong}, features=6)


def test_a_loop_is_refused(grown: Trees) -> None:
    left = grown.left.copy()
    inner = np.flatnonzero(left >= 0)
    left[inner[-1]] = 0
    with pytest.raises(ValueError, match="outside its tree"):
        Trees.from_arrays({**grown.arrays(), "left": left}, features=6)


def test_a_feature_that_is_not_there_and_parts_of_other_lengths_are_refused(grown: Trees) -> None:
    with pytest.raises(ValueError, match="feature"):
        Trees.from_arrays(grown.arrays(), features=2)
    with pytest.raises(ValueError, match="fit each other"):
        Trees.from_arrays({**grown.arrays(), "value": grown.value[:-1]}, features=6)
    with pytest.raises(ValueError, match="fit each other"):
        Trees.from_arrays({**grown.arrays(), "counts": grown.counts[:1]}, features=6)
