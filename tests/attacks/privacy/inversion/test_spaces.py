"""Where records are sought: letters and what they have in common, pixels, and events."""

import numpy as np
import pyarrow as pa
import pytest

from garrison.attacks.privacy.inversion import EventSpace, letter_prior, letters, pixels
from garrison.errors import DataError


def test_letters_are_strokes_on_dark_ground() -> None:
    drawn = letters(200, (1, 28, 28), seed=1).numpy()
    assert drawn.shape == (200, 1, 28, 28)
    assert 0 <= drawn.min() <= drawn.max() <= 1
    assert 0.03 < drawn.mean() < 0.3
    assert (drawn.reshape(200, -1).max(axis=1) > 0.5).mean() > 0.99
    assert (drawn == letters(200, (1, 28, 28), seed=1).numpy()).all()
    coloured = letters(3, (3, 12, 10), low=-1.0)
    assert coloured.shape == (3, 3, 12, 10)
    assert float(coloured.min()) == -1


def test_the_prior_spreads_as_letters_do() -> None:
    import torch

    prior = letter_prior((1, 16, 16), size=40)
    drawn = letters(500, (1, 16, 16), seed=7).numpy()
    points = prior.begin(500, 0)
    images = prior.records(points)
    assert images.shape == drawn.shape
    assert np.abs(images.mean(axis=0) - drawn.mean(axis=0)).mean() < 0.05
    assert images == pytest.approx(prior.images(torch.from_numpy(points).float()).numpy(), abs=1e-6)
    assert prior.size == 40
    assert letter_prior((1, 16, 16), size=40) is prior


def test_a_point_holds_the_pixels_themselves() -> None:
    space = pixels((1, 2, 3), low=-1.0, high=1.0)
    assert space.size == 6
    assert (space.records(space.begin(2, 0)) == -1).all()
    assert space.records(np.full((1, 6), 5.0)).max() == 1


def test_what_has_no_letters_is_refused() -> None:
    with pytest.raises(DataError, match="letters of shape"):
        letters(1, (4,))
    with pytest.raises(DataError, match="100 components of 64"):
        letter_prior((1, 8, 8), size=100)


def test_events_stay_between_those_that_are_known() -> None:
    table = pa.table(
        {
            "port": pa.array([1, 5, 9], pa.int32()),
            "rate": [0.0, 0.5, 2.0],
            "name": ["a", "b", "c"],
            "one": [1, 1, 1],
        }
    )
    space = EventSpace.of(table)
    assert space.columns == ("port", "rate")
    made = space.records(np.array([[0.0, 0.0], [100.0, -100.0], [0.1, 0.2]]))
    assert made.schema == table.schema
    assert made.column("port").to_pylist() == [5, 9, 5]
    assert made.column("rate").to_pylist()[:2] == [0.5, 0.0]
    assert set(made.column("name").to_pylist()) == {"a"}
    assert EventSpace.of(table, leave=("port",)).columns == ("rate",)
    for empty in (table.slice(0, 0), table.select(["name", "one"])):
        with pytest.raises(DataError, match="no numbers that differ"):
            EventSpace.of(empty)
