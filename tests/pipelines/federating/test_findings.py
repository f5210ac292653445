"""Figures over seeds, differences between cells, and the words made of them."""

import pytest

from garrison.pipelines.federating.cells import Cell, cells_of
from garrison.pipelines.federating.columns import MEASURES
from garrison.pipelines.federating.conclusions import conclusions
from garrison.pipelines.federating.findings import Entry, Measured, differences, entries

CELLS = cells_of(("mlp", "cnn"), ("conventional", "federated", "secure"), ())


def _found(**values: dict[str, list[float]]) -> tuple[Entry, ...]:
    """Entries of measures by cell, as ``mlp_conventional={"accuracy": [0.9, 0.91]}``."""
    return entries(
        CELLS,
        [
            Measured(cell.replace("_", "-"), seed, measure, value)
            for cell, measures in values.items()
            for measure, figures in measures.items()
            for seed, value in enumerate(figures)
        ],
    )


def test_an_entry_is_the_mean_over_its_seeds_with_an_interval_cut_to_what_a_share_can_be() -> None:
    """Student's t reaches beyond 1 for a share near it."""
    (entry,) = _found(mlp_federated={"accuracy": [0.98, 1.0, 1.0]})
    assert entry.values == (0.98, 1.0, 1.0)
    assert entry.interval is not None
    assert entry.interval.high == 1.0
    assert str(entry) == "0.993 ± 0.029"


def test_one_seed_has_no_interval_and_is_compared_with_nothing() -> None:
    """Chance is not known from one model."""
    found = _found(mlp_federated={"accuracy": [0.9]}, mlp_conventional={"accuracy": [0.8]})
    assert [entry.interval for entry in found] == [None, None]
    assert differences(found) == ()
    assert "no difference can be told from chance" in conclusions(found, ())


def test_what_stands_by_construction_is_told_so_and_not_compared() -> None:
    """A pooling server has the data: there is nothing to measure."""
    found = entries(
        CELLS,
        [
            *(
                Measured("mlp-conventional", seed, "updates_server", 1.0, by_construction=True)
                for seed in range(3)
            ),
            *(Measured("mlp-federated", seed, "updates_server", 0.5 + seed / 10) for seed in range(3)),
        ],
    )
    assert str(found[0]) == "1 (by construction)"
    assert differences(found) == ()


def test_differences_change_one_thing_at_a_time() -> None:
    """The network or the way of training, never both: else nobody knows what made the difference."""
    same = {"accuracy": [0.9, 0.91, 0.92]}
    found = _found(mlp_conventional=same, mlp_federated=same, cnn_conventional=same, cnn_federated=same)
    pairs = {(each.first.cell.key, each.second.cell.key) for each in differences(found)}
    assert pairs == {
        ("mlp-conventional", "mlp-federated"),
        ("cnn-conventional", "cnn-federated"),
        ("mlp-conventional", "cnn-conventional"),
        ("mlp-federated", "cnn-federated"),
    }


def test_a_difference_is_paired_by_seed() -> None:
    """Seeds differ by far more than the ways do, and still every one shows the same loss."""
    found = _found(
        mlp_conventional={"accuracy": [0.5, 0.7, 0.9]}, mlp_federated={"accuracy": [0.48, 0.68, 0.881]}
    )
    (difference,) = differences(found)
    assert difference.sure
    assert difference.interval.value == pytest.approx(-0.01967, abs=1e-4)


def test_if_federating_alone_protects_nothing_the_words_say_so() -> None:
    """Equal figures before and after are told as no protection, against the adversary whose figures they are."""
    found = _found(
        mlp_conventional={"accuracy": [0.9, 0.91, 0.92], "membership": [0.6, 0.62, 0.61]},
        mlp_federated={"accuracy": [0.8, 0.81, 0.82], "membership": [0.61, 0.61, 0.61]},
    )
    told = conclusions(found, differences(found))
    assert "Against the outsider, federating the mlp alone protects nothing that could be measured" in told
    assert (
        "Federating instead of pooling changed, outside the intervals: accuracy of mlp down by 0.100" in told
    )


def test_what_federating_alone_lowers_is_told_beside_what_it_does_not() -> None:
    """Membership falls for sure and drawn classes do not: then it is not said to protect nothing."""
    found = _found(
        mlp_conventional={"inversion": [0.9, 0.8, 0.9], "membership": [0.67, 0.68, 0.66]},
        mlp_federated={"inversion": [0.9, 0.9, 0.9], "membership": [0.62, 0.63, 0.61]},
    )
    told = conclusions(found, differences(found))
    assert "protects nothing" not in told
    assert "federating the mlp alone does not lower drawn classes recognised" in told
    assert "It does lower membership, AUC 0.670 ± 0.025 pooled, 0.620 ± 0.025 federated" in told


def test_a_protection_that_is_measured_is_not_denied() -> None:
    """Where secure aggregation lowers a figure for sure, that is said, and federating is not said to do nothing."""
    found = _found(
        mlp_conventional={"membership": [0.9, 0.91, 0.92]},
        mlp_federated={"membership": [0.5, 0.51, 0.52]},
        mlp_secure={"membership": [0.5, 0.52, 0.51]},
    )
    told = conclusions(found, differences(found))
    assert "protects nothing" not in told
    assert "Secure aggregation on top of federating changed nothing outside the intervals" in told


def test_every_measure_has_a_name_of_its_own_and_a_known_adversary() -> None:
    """A column twice would overwrite itself."""
    assert len({measure.key for measure in MEASURES}) == len(MEASURES)
    assert len({measure.told for measure in MEASURES}) == len(MEASURES)


def test_cells_have_names_of_their_own() -> None:
    """Folders of models are named by them."""
    cells = cells_of(("mlp", "cnn"), ("conventional", "private"), (8.0, 2.0))
    assert len({cell.key for cell in cells}) == len(cells) == 6
    assert Cell("mlp", "private", 0.5).key == "mlp-private-0.5"
