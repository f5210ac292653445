"""A recipe whose parameters name inputs by their place is followed where other rows give other inputs."""

from dataclasses import replace

import numpy as np
from small_attacks import SCHEMA, changeable_detector, changeable_flows

from garrison.attacks.poisoning import Recipe
from garrison.attacks.privacy import DetectorRecipe


def test_directions_follow_the_names_of_inputs() -> None:
    detector = changeable_detector("xgboost", trees=4, max_depth=2)
    ways = [1 if name == "bytes" else 0 for name in detector.processor.names]
    monotone = replace(detector, params={**detector.params, "monotone": ways})
    table = SCHEMA.validate(changeable_flows(120, seed=5)).table
    few = table.filter(np.array([tool != "wget" for tool in table.column("tool").to_pylist()]))
    y = SCHEMA.labels(few)
    made = Recipe.of(monotone).make(few, y, np.arange(few.num_rows))
    assert made.processor.names != detector.processor.names
    assert len(made.score(few)) == few.num_rows
    learnt = DetectorRecipe(monotone).learn(few, y.astype(np.int64), seed=1)
    assert learnt.probabilities(few).shape == (few.num_rows, 2)
