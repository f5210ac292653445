"""A hidden value is found through a model that remembers it, and not through one that does not."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
from private_models import Constant

from garrison.attacks.privacy import FoundAttribute, Secret, infer_attribute
from garrison.attacks.privacy.interface import Answers, Bools, Floats, Records
from garrison.errors import DataError

COUNT = 400
DRAW = np.random.default_rng(0)
NUMBERS = np.column_stack([np.arange(COUNT), DRAW.integers(0, 3, COUNT)]).astype(np.float64)
Y = DRAW.integers(0, 2, COUNT)
MEMBER: Bools = np.arange(COUNT) < 200


@dataclass(frozen=True)
class Remembers:
    """Sure of the label of the records that it has seen, exactly as they were, and of no other."""

    def probabilities(self, records: Records, /) -> Floats:
        place = records[:, 0].astype(np.int64)
        seen = MEMBER[place] & (records[:, 1] == NUMBERS[place, 1])
        p = np.where(seen, np.where(Y[place] == 1, 0.99, 0.01), 0.5)
        return np.stack([1 - p, p], axis=1)


def secret(*, told: bool = False) -> Secret:
    """The second number, of three values; nothing else tells it, unless ``told``."""
    rest = np.column_stack([NUMBERS[:, 1] if told else DRAW.normal(size=COUNT), Y])

    def holding(place: int) -> Records:
        return np.column_stack([NUMBERS[:, 0], np.full(COUNT, place)])

    known = DRAW.integers(0, 3, 300)
    return Secret(
        name="tool",
        values=("curl", "nc", "wget"),
        truth=NUMBERS[:, 1].astype(np.int64),
        y=Y,
        holding=holding,
        rest=rest,
        known_rest=np.column_stack([known if told else DRAW.normal(size=300), DRAW.integers(0, 2, 300)]),
        known_truth=known,
    )


def test_what_a_model_remembers_is_found_of_members_alone() -> None:
    found = infer_attribute(Remembers(), secret(), MEMBER)
    assert found.advantage.low > 0.2
    assert found.of_members.low > 0.2
    assert found.advantage_others.value == 0
    assert found.by_model.value > 0.95
    assert found.guessed.value == pytest.approx(found.imputed.value + found.advantage.value)


@pytest.mark.parametrize(("model", "told"), [(Constant(), False), (Remembers(), True)])
def test_nothing_is_gained_where_there_is_nothing_to_gain(model: Answers, told: bool) -> None:
    found = infer_attribute(model, secret(told=told), MEMBER)
    assert found.advantage.value == 0
    assert found.advantage.low < 0 < found.advantage.high < 0.03
    assert (found.imputed.value > 0.95) == told


def test_the_saved_form_gives_the_same() -> None:
    found = infer_attribute(Constant(), secret(), MEMBER)
    assert FoundAttribute.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_a_side_without_records_is_refused() -> None:
    with pytest.raises(DataError, match="0 others"):
        infer_attribute(Constant(), secret(), np.ones(COUNT, dtype=np.bool_))
