"""Which columns hide something, and that an event with a candidate in it has that candidate."""

import numpy as np
import pyarrow as pa
import pytest
from small_attacks import SCHEMA, changeable_flows

from garrison.attacks.privacy.columns import Candidates, candidates_of
from garrison.errors import UsageError

FLOWS = SCHEMA.validate(changeable_flows(300)).table


@pytest.mark.parametrize("name", SCHEMA.feature_names)
def test_a_row_that_is_given_a_candidate_has_it(name: str) -> None:
    found = Candidates.of(name, FLOWS)
    assert 2 <= len(found.values) <= 10
    assert len(found.words()) == len(found.values)
    for place in range(len(found.values)):
        changed = found.holding(FLOWS, place)
        assert changed.schema == FLOWS.schema
        assert (found.truth(changed) == place).all()
        assert changed.drop_columns([name]) == FLOWS.drop_columns([name])


def test_numbers_are_put_into_bins_of_about_equal_size() -> None:
    found = Candidates.of("bytes", FLOWS)
    counts = np.bincount(found.truth(FLOWS))
    assert len(found.values) == 5
    assert counts.min() > 40
    assert found.words()[0].startswith("<= ")


def test_a_missing_value_is_no_candidate() -> None:
    found = Candidates.of("window", FLOWS)
    missing = np.asarray(FLOWS["window"].is_null().to_numpy())
    assert missing.any()
    assert ((found.truth(FLOWS) == -1) == missing).all()


def test_columns_with_few_values_are_chosen_texts_first() -> None:
    chosen = [each.column for each in candidates_of(FLOWS, SCHEMA, ())]
    assert chosen[:2] == ["proto", "tool"]
    assert [each.column for each in candidates_of(FLOWS, SCHEMA, ("bytes",))] == ["bytes"]


def test_a_column_that_cannot_be_guessed_is_refused() -> None:
    with pytest.raises(UsageError, match="no feature 'bad'"):
        candidates_of(FLOWS, SCHEMA, ("bad",))
    same = FLOWS.set_column(0, "proto", pa.array(["tcp"] * FLOWS.num_rows))
    with pytest.raises(UsageError, match="one value of 'proto'"):
        candidates_of(same, SCHEMA, ("proto",))
