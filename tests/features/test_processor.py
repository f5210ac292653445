import contextlib
import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from garrison.data.schema import Schema
from garrison.errors import GarrisonError, ModelError
from garrison.features import (
    PROCESSORS,
    EventProcessor,
    Processor,
    TabularProcessor,
    UrlProcessor,
    load_processor,
)

SCHEMA = Schema.from_dict({"name": "links", "columns": [{"name": "url", "type": "string"}]})
TABLE = pa.table({"url": ["http://a.com/1", "b.org", "http://a.com/1"]})


@pytest.mark.parametrize("processor", [EventProcessor(), TabularProcessor(), UrlProcessor()])
def test_each_kind_is_a_processor_that_can_be_read_back(processor: Processor) -> None:
    assert isinstance(processor, Processor)
    fitted = processor.fit(TABLE, SCHEMA)
    facts = json.loads(json.dumps(fitted.to_dict(), allow_nan=False))
    again = load_processor(facts)
    assert again.kind == processor.kind
    assert again.names == fitted.names
    assert again.to_dict() == fitted.to_dict()
    X = fitted.transform(TABLE)
    assert X.shape == (3, len(fitted.names))
    assert X.dtype == "float64"
    assert (again.transform(TABLE) == X).all()


def test_every_kind_is_tested_here() -> None:
    assert set(PROCESSORS) == {EventProcessor.kind, TabularProcessor.kind, UrlProcessor.kind}


@pytest.mark.parametrize("facts", [{}, {"kind": "moon"}, {"kind": ["url"]}, {"kind": None}, [], None, "url"])
def test_an_unknown_kind_is_refused(facts: Any) -> None:
    with pytest.raises(ModelError, match="unknown kind"):
        load_processor(facts)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("processor", [TabularProcessor(scale=True), UrlProcessor()])
@given(data=st.data())
def test_a_broken_description_is_an_error_of_ours(processor: Processor, data: st.DataObject) -> None:
    facts = processor.fit(TABLE, SCHEMA).to_dict()
    key = data.draw(st.sampled_from(sorted(facts)))
    if data.draw(st.booleans()):
        del facts[key]
    else:
        facts[key] = data.draw(values)
    with contextlib.suppress(GarrisonError):
        load_processor(facts).transform(TABLE)
