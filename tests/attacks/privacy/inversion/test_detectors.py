"""A detector of the detection pipelines, inverted by somebody who may only ask it."""

import pyarrow as pa
from small_attacks import changeable_detector, changeable_flows

from garrison.attacks.privacy import answers_of
from garrison.attacks.privacy.inversion import AskedInversion, EventSpace


def test_a_detector_draws_the_event_that_it_is_surest_of() -> None:
    flows = changeable_flows(600)
    detector = changeable_detector("xgboost", flows=flows)
    own = detector.schema.validate(changeable_flows(50, seed=8)).table
    found = AskedInversion(queries=1_000).run(answers_of(detector), EventSpace.of(own), classes=2)
    made = found.records
    assert isinstance(made, pa.Table)
    assert made.schema == own.schema
    assert found.confidence.min() > 0.6
    usual = answers_of(detector).probabilities(EventSpace.of(own).records(EventSpace.of(own).begin(2, 0)))
    assert found.confidence.sum() > usual[0, 0] + usual[1, 1]
    assert detector.score(made.slice(1, 1))[0] > detector.score(made.slice(0, 1))[0]
