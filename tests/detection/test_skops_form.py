import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.preprocessing import FunctionTransformer

from garrison.detection.families.arrays import read_zip, write_zip
from garrison.detection.families.skops_form import dump_estimators, load_estimators
from garrison.errors import ModelError

TRUSTED = ["sklearn.linear_model._logistic.LogisticRegression"]


def _fitted() -> LogisticRegression:
    X = np.arange(12.0).reshape(6, 2)
    return LogisticRegression().fit(X, [0, 1, 0, 1, 1, 1])


def test_equal_estimators_give_equal_bytes_though_skops_does_not() -> None:
    one, two = _fitted(), _fitted()
    assert skops.io.dumps([one]) != skops.io.dumps([two])
    assert dump_estimators([one]) == dump_estimators([two])


def test_estimators_come_back() -> None:
    fitted = _fitted()
    (back,) = load_estimators(dump_estimators([fitted]), trusted=TRUSTED)
    assert back.coef_.tobytes() == fitted.coef_.tobytes()
    assert dump_estimators([back]) == dump_estimators([fitted])


def test_bytes_carry_no_time_and_no_address() -> None:
    content = dump_estimators([_fitted()])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert all(len(info.filename) < 12 for info in archive.infolist())


@pytest.mark.parametrize("other", [RidgeClassifier(), FunctionTransformer(np.exp), {"a": 1.5}, print])
def test_a_class_that_is_not_on_the_list_is_refused_before_it_is_built(other: Any) -> None:
    with pytest.raises(ModelError, match="is refused"):
        load_estimators(skops.io.dumps([_fitted(), {"x": [other, np.float64]}]), trusted=TRUSTED)


def test_a_deep_or_nodeless_schema_is_refused() -> None:
    members = read_zip(dump_estimators([_fitted()]), most_members=50)
    for schema in (b"[" * 50_000, b"{}", json.dumps({"content": []}).encode()):
        with pytest.raises((ModelError, RecursionError, TypeError)):
            load_estimators(write_zip({**members, "schema.json": schema}), trusted=TRUSTED)
