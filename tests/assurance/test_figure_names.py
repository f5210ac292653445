"""Every figure has a name that gates can use; what stands for nothing is refused with the nearest one."""

import pytest

from garrison.assurance.figure_names import KINDS, PART_NAMES, FigureKind, figure_name, known_names
from garrison.errors import SettingsError


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_a_name_leads_to_its_kind_and_back(kind: FigureKind) -> None:
    assert kind.part in PART_NAMES
    assert bool(kind.parameter) == bool(kind.usual)
    names: dict[str, float | None] = {kind.at(each): each for each in kind.usual}
    for name, at in (names or {kind.name: None}).items():
        found = figure_name(name)
        assert (found.kind, found.part, found.better, found.at) == (kind.name, kind.part, kind.better, at)
        assert "{" not in found.title


def test_metrics_are_figures_of_quality_or_calibration() -> None:
    assert {figure_name(name).part for name in ("auc", "f1", "recall@fpr=0.001")} == {"quality"}
    assert {figure_name(name).part for name in ("ece", "brier", "log_loss")} == {"calibration"}
    assert figure_name("ece").better == "lower"
    assert {figure_name(name).text for name in known_names()} == {*known_names()}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("evasion.detektion@cost=2", "nothing that is measured"),
        ("evasion.detection", "at which cost"),
        ("evasion.detection@fpr=0.1", "at which cost"),
        ("evasion.detection@cost=0", "at which cost"),
        ("membership.tpr@fpr=1", "at which fpr"),
        ("latency.p99_ms@cost=2", "no parameter"),
        ("latency.p99", "did you mean latency.p99_ms"),
        ("recall@fpr=2", "nothing that is measured"),
        ("", "nothing that is measured"),
    ],
)
def test_what_stands_for_nothing_is_refused(name: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        figure_name(name)
    assert said in f"{caught.value.what} {caught.value.remedy}"
