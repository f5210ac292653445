"""Every picture: the same bytes for the same data, themed by the page, safe and described."""

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest

from garrison.assurance import (
    Picture,
    accuracies_picture,
    array_picture,
    attack_recall_picture,
    base_rate_picture,
    calibration_picture,
    confusion_picture,
    contributions_picture,
    drift_picture,
    estimates_picture,
    frequencies_picture,
    heat_map_picture,
    importance_picture,
    leaderboard_picture,
    log_roc_picture,
    over_time_picture,
    parameter_importance_picture,
    precision_recall_picture,
    reconstructions_picture,
    roc_picture,
    save_png,
    score_histogram_picture,
    shares_picture,
    stage_times_picture,
    threshold_picture,
    tuning_history_picture,
)
from garrison.assurance.pictures.over_time import Line
from garrison.assurance.pictures.palette import MARKERS
from garrison.assurance.pictures.shades import boxes_of
from garrison.errors import DataError, GarrisonError, UsageError
from garrison.evaluation import (
    AttackRow,
    Confusion,
    Contributions,
    FeatureImportance,
    Interval,
    base_rate,
    by_attack,
    calibration,
    confusion,
    drift_table,
    precision_recall,
    recall_at_fpr,
    roc,
)

DAYS = [np.datetime64("2026-03-01", "s") + day * np.timedelta64(86_400, "s") for day in range(3)]
SQUARES = np.linspace(0, 1, 128).reshape(2, 1, 8, 8)
HOSTILE = "<script>alert('$x_1$')</script>&\"; url(http://example.org/a)"


def scores(rows: int = 300) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(4)
    y = np.arange(rows) % 2 == 0
    return y, 1 / (1 + np.exp(-generator.normal(np.where(y, 2, -2), 2)))


def importances(name: str) -> tuple[FeatureImportance, ...]:
    return tuple(FeatureImportance(f"{name}{i}", 0.1 / i, 0.09 / i, 0.11 / i) for i in range(1, 20))


def attack_rows(name: str, kinds: int = 3) -> tuple[AttackRow, ...]:
    y, p = scores(600)
    kind = np.where(y, np.arange(600) // 2 % (kinds * 2) % kinds, -1)
    names = np.array(["", name, *(f"attack {i}" for i in range(1, kinds))], object)
    return by_attack(y, p, names[kind + 1], threshold=0.5)


def contributions_of(name: str, rows: int = 40, features: int = 20) -> Contributions:
    generator = np.random.default_rng(3)
    data = generator.normal(size=(rows, features))
    data[:, 1] = generator.integers(0, 2, size=rows)
    return Contributions(
        base=0.25,
        names=(name, "service", *(f"f{i}" for i in range(2, features))),
        values=generator.normal(size=(rows, features)) / np.arange(1, features + 1),
        data=data,
        categories=((), ("http", "dns"), *[()] * (features - 2)),
        permutations=16,
    )


DRAWINGS: dict[str, Callable[[str], Picture]] = {
    "roc": lambda name: roc_picture(roc(*scores())),
    "precision_recall": lambda name: precision_recall_picture(precision_recall(*scores())),
    "calibration": lambda name: calibration_picture(calibration(*scores())),
    "confusion": lambda name: confusion_picture(Confusion(10, 2, 3, 2000), positive=name, negative="fine"),
    "importance": lambda name: importance_picture(importances(name)),
    "leaderboard": lambda name: leaderboard_picture(
        {name: Interval(0.9, 0.8, 0.95, 0.95, ""), "other": Interval(0.8, 0.7, 0.9, 0.95, "")},
        metric=name,
        chosen=name,
    ),
    "score_histogram": lambda name: score_histogram_picture(*scores(), threshold=0.5, positive=name),
    "drift": lambda name: drift_picture(
        drift_table({name: np.arange(99)}, {name: np.arange(99) + 40}, {name: "numeric"})
    ),
    "attack_recall": lambda name: attack_recall_picture(attack_rows(name), held_out={name: 0.5}),
    "base_rate": lambda name: base_rate_picture(base_rate(*scores(), threshold=0.5)),
    "contributions": lambda name: contributions_picture(contributions_of(name)),
    "threshold": lambda name: threshold_picture(*scores(), threshold=0.5, held_out=[0.1, 0.7, 0.9]),
    "stage_times": lambda name: stage_times_picture([(name, 1.5), ("training", 70.0)]),
    "tuning_history": lambda name: tuning_history_picture(
        [(0.7, False), (0.8, True), (0.75, False), (0.9, True)], metric=name
    ),
    "accuracies": lambda name: accuracies_picture({name: [0, 2, 5], "other": [1, 1, 9]}, what=name),
    "heat_map": lambda name: heat_map_picture(
        {(1, 0): 0.5, (2, 0): 0.75, (2, 3): 1.0}, across=name, down="lugs", caption=name
    ),
    "array": lambda name: array_picture(SQUARES.reshape(16, 8), across=name, down="rows", caption=name),
    "frequencies": lambda name: frequencies_picture(
        name, {name: {name: 3, "b": 1}, "other": {"b": 2, "c": 5}}, x=name
    ),
    "estimates": lambda name: estimates_picture(
        name,
        {name: {name: Interval(0.9, 0.8, 0.95, 0.95, "")}, "other": {"b": Interval(0.8, 0.7, 0.9, 0.95, "")}},
        x=name,
    ),
    "shares": lambda name: shares_picture(name, [name, "other"], [0.4, 0.6], [0.7, 0.3]),
    "over_time": lambda name: over_time_picture(
        name, DAYS, [Line(name, [0.5, 0.6, 0.7]), Line("true", [0.5, float("nan"), 0.4])], unit="precision"
    ),
    "log_roc": lambda name: log_roc_picture(
        name,
        {name: [(0.001, 0.01), (0.1, 0.3)], "other": [(0.5, 0.6)]},
        intervals={name: {0.01: Interval(0.02, 0.0, 0.05, 0.95, "")}},
    ),
    "reconstructions": lambda name: reconstructions_picture(
        name, {"true": SQUARES, name: 1 - SQUARES}, labels=[name, "1"], notes={name: ["12 dB", name]}
    ),
    "parameter_importance": lambda name: parameter_importance_picture({name: 0.3, "max_depth": 0.7}),
}
every_drawing = pytest.mark.parametrize("drawing", DRAWINGS.values(), ids=DRAWINGS)


@every_drawing
def test_equal_data_give_equal_bytes_whatever_the_settings(
    drawing: Callable[[str], Picture], tmp_path: Path
) -> None:
    first = drawing("phishing")
    first_png = save_png(first, tmp_path / "first.png").read_bytes()
    with mpl.rc_context(
        {"font.size": 20, "svg.hashsalt": "other", "axes.facecolor": "red", "figure.dpi": 30}
    ):
        again = drawing("phishing")
        assert again == first
        assert save_png(again, tmp_path / "again.png").read_bytes() == first_png
        assert mpl.rcParams["font.size"] == 20
    assert first_png.startswith(b"\x89PNG")


@every_drawing
def test_colours_and_type_are_the_pages(drawing: Callable[[str], Picture]) -> None:
    svg = drawing("phishing").svg
    assert "var(--" in svg
    assert "var(--sans" in svg
    assert "DejaVu" not in svg
    assert not any(marker in svg for marker in vars(MARKERS).values())
    painted = re.findall(r"(?:fill|stroke): ?([^;\"]+)", svg)
    assert {value for value in painted if not value.startswith(("var(", "none"))} == set()


@every_drawing
def test_names_from_data_stay_text(drawing: Callable[[str], Picture]) -> None:
    made = drawing(HOSTILE)
    assert "<script" not in made.svg
    tree = ElementTree.fromstring(made.svg)
    tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert tags <= {"svg", "defs", "g", "path", "use", "text", "tspan", "clipPath", "rect"}
    for element in tree.iter():
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            if name.endswith("href"):
                assert value.startswith("#")
            assert "http" not in value


@every_drawing
def test_ids_are_its_own_and_every_reference_is_met(drawing: Callable[[str], Picture]) -> None:
    svg = drawing("phishing").svg
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert len({name.split("-")[0] for name in ids}) <= 1
    referred = re.findall(r"url\(#([^)]+)\)", svg) + re.findall(r'href="#([^"]+)"', svg)
    assert set(referred) == set(ids)


@every_drawing
def test_it_scales_and_is_described(drawing: Callable[[str], Picture]) -> None:
    made = drawing("phishing")
    head = made.svg[: made.svg.index(">")]
    assert "viewBox=" in head
    assert not re.search(r"\b(width|height)=", head)
    assert len(made.alt) > 30
    assert made.caption
    assert "<metadata" not in made.svg
    assert "<style" not in made.svg


def test_the_roc_says_the_recall_it_marks() -> None:
    y, p = scores(20_000)
    assert roc(y, p).recall.size <= 500
    assert f"recall {recall_at_fpr(y, p, 0.01):.1%}" in roc_picture(roc(y, p)).alt
    assert f"recall {recall_at_fpr(y, p, 0.05):.1%}" in roc_picture(roc(y, p), fpr=0.05).alt


def test_the_histogram_counts_the_rows_on_the_wrong_side() -> None:
    made = score_histogram_picture(
        [0, 0, 1, 1], [0.1, 0.7, 0.6, 0.9], threshold=0.65, positive="bad", negative="ok"
    )
    assert "1 bad lie below" in made.alt
    assert "1 ok at or above" in made.alt


def test_attacks_are_shown_with_their_rows_and_those_held_out_beside() -> None:
    rows = attack_rows("dos", kinds=22)
    made = attack_recall_picture(rows, held_out={rows[1].attack: 0.25, "never tested": 0.9})
    assert f"{rows[0].attack} {rows[0].recall.value:.0%} of {rows[0].rows}" in made.alt
    assert f"of {rows[1].rows}, 25% when held out of training" in made.alt
    assert "never tested" not in made.alt + made.svg
    assert "A diamond" in made.caption
    assert "A diamond" not in attack_recall_picture(rows).caption
    assert "The 5 most frequent of 22 kinds" in attack_recall_picture(rows, most=5).caption


def test_the_base_rate_is_said_in_words() -> None:
    y, p = scores(2000)
    curve = base_rate(y, p, threshold=0.5)
    made = base_rate_picture(curve, prevalence=0.01)
    assert f"precision at the threshold would be {curve.lines[0].precision_at(0.01):.1%}" in made.caption
    assert "at 0.1% FPR: recall" in made.alt


def test_the_threshold_says_what_it_does_and_to_attacks_never_seen() -> None:
    y, p = scores(2000)
    counts = confusion(y, p, threshold=0.7)
    made = threshold_picture(y, p, threshold=0.7, held_out=[0.1, 0.7, 0.9, 0.2])
    assert f"recall {counts.recall:.1%}, false-positive rate {counts.false_positive_rate:.2%}" in made.alt
    assert "Of 4 attacks" in made.caption
    assert "50.0% lie" in made.caption
    assert "never saw" not in threshold_picture(y, p, threshold=0.7).caption
    for threshold, said in ((0.7, "one, 0.700:"), (0.0135, "one, 0.0135:"), (0.99982, "one, 0.999820:")):
        assert said in threshold_picture(y, p, threshold=threshold).alt


def test_contributions_show_what_counts_and_stay_small() -> None:
    made = contributions_picture(contributions_of("bytes", rows=5000, features=60))
    assert "The 12 strongest of 60 features" in made.caption
    assert "scores of 250 rows" in made.alt
    assert len(made.svg) < 200_000
    again = contributions_picture(contributions_of("bytes", rows=5000, features=60).strongest(12))
    assert again.svg == made.svg
    assert "The 12 strongest of 60 features" in again.caption


def test_contributions_are_coloured_by_value_and_categories_are_grey() -> None:
    one = Contributions(
        0.5, ("a",), np.array([[-0.3], [0.1], [0.2]]), np.array([[9.0], [1.0], [2.0]]), ((),), 2
    )
    svg = contributions_picture(one).svg
    assert all(svg.count(f"var(--{shade})") >= 2 for shade in ("lowest", "midway", "highest"))
    grey = Contributions(0.5, ("a",), one.values, np.array([[0.0], [1.0], [1.0]]), (("x", "y"),), 2)
    # Once in the key and never among the dots.
    assert contributions_picture(grey).svg.count("var(--highest)") < svg.count("var(--highest)")


def test_the_edge_cases_of_the_curves_are_drawn() -> None:
    perfect = ([0, 1], [0.0, 1.0])
    hopeless = ([0, 1], [1.0, 0.0])
    flat = ([0, 1], [0.5, 0.5])
    for y, p in (perfect, hopeless, flat):
        assert roc_picture(roc(y, p), fpr=0.0001).svg
        assert precision_recall_picture(precision_recall(y, p)).svg
        assert calibration_picture(calibration(y, p)).svg
        assert score_histogram_picture(y, p, threshold=2.0).svg
        assert threshold_picture(y, p, threshold=1.0, held_out=[]).svg
        assert base_rate_picture(base_rate(y, p, threshold=2.0)).svg


def test_empty_lists_are_drawn_as_such() -> None:
    assert "none" in importance_picture(()).alt
    assert "none" in attack_recall_picture(()).alt
    still = Contributions(0.5, ("a", "b"), np.zeros((1, 2)), np.ones((1, 2)), ((), ()), 2)
    assert contributions_picture(still).svg
    assert leaderboard_picture({}, metric="auc").svg
    assert stage_times_picture([]).svg
    assert "Best: none" in tuning_history_picture([], metric="auc").alt
    assert "Best: none" in tuning_history_picture([(0.5, False)], metric="auc").alt
    assert "none" in parameter_importance_picture({}).alt
    assert drift_picture(drift_table({}, {}, {})).svg
    assert confusion_picture(Confusion(0, 0, 1, 1)).svg
    assert shares_picture("a", (), (), ()).svg


def test_the_log_roc_says_what_is_found_at_each_rate() -> None:
    intervals = {"lira": {0.001: Interval(0.02, 0.01, 0.05, 0.95, "")}}
    made = log_roc_picture("Members", {"lira": [(0.001, 0.02)], "loss": []}, intervals=intervals)
    assert "lira finds 2.0% at 0.1% false positives (1.0% to 5.0%)" in made.alt
    assert "95% intervals" in made.caption
    assert "intervals" not in log_roc_picture("Members", {"lira": []}).caption


def test_reconstructions_are_shapes_that_cover_what_is_dark() -> None:
    marked = np.random.default_rng(0).random((9, 7)) > 0.4
    covered = np.zeros((9, 7), dtype=int)
    for top, bottom, left, right in boxes_of(marked):
        covered[top:bottom, left:right] += 1
    assert (covered == marked).all()
    whole = np.zeros((3, 4), dtype=bool)
    whole[1:3, 1:] = True
    assert boxes_of(whole).tolist() == [[1, 3, 1, 4]]


def test_more_reconstructions_than_fit_are_left_out() -> None:
    made = reconstructions_picture(
        "Digits", {"true": np.zeros((30, 8, 8))}, notes={"true": ["a"] * 30}, most=3
    )
    assert "true: 3 images (a, a, a)" in made.alt
    assert "No images" in reconstructions_picture("Digits", {}).alt
    for wrong in (np.zeros((8, 8)), np.full((1, 8, 8), np.nan)):
        with pytest.raises(DataError, match="no images"):
            reconstructions_picture("Digits", {"true": wrong})


def test_the_largest_change_of_shares_is_said_in_words() -> None:
    found = shares_picture("port", ["22", "80"], [0.1, 0.9], [0.3, 0.7])
    assert "22 from 10.0% to 30.0%" in found.alt


def test_what_is_not_known_is_left_out_of_a_line() -> None:
    lines = [Line("estimated", [0.5, 0.6, 0.7]), Line("true", [float("nan"), 0.4, float("nan")])]
    found = over_time_picture("precision", DAYS, lines, unit="precision", bounds=(0, 1))
    assert "estimated from 0.5 to 0.7; true from 0.4 to 0.4" in found.alt


def test_the_history_tells_the_best_of_the_trials_that_came_to_their_end() -> None:
    trials = [(0.5, True), (0.9, False), (None, False), (0.7, True), (0.2, True)]
    assert "Best: 0.7; 1 ended early" in tuning_history_picture(trials, metric="auc").alt
    less = tuning_history_picture(trials, metric="log_loss", greater_is_better=False)
    assert "Best: 0.2" in less.alt


def test_a_name_in_a_script_the_font_lacks_is_no_error() -> None:
    assert "釣り" in stage_times_picture([("釣り", 1.0)]).svg


def test_a_picture_from_elsewhere_has_no_png(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        save_png(Picture("<svg></svg>", "alt", "caption"), tmp_path / "x.png")
    assert not list(tmp_path.iterdir())


def test_a_png_into_a_file_as_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(GarrisonError):
        save_png(stage_times_picture([("one", 1.0)]), tmp_path / "file" / "x.png")


def test_a_heat_map_writes_its_values_and_says_its_ends() -> None:
    found = heat_map_picture({(1, 0): 0.5, (2, 3): 0.98}, across="overlaps", down="lugs", caption="")
    assert "from 50% at 1 and 0 to 98% at 2 and 3" in found.alt
    assert ">98<" in found.svg
    assert ">50<" in found.svg
    assert heat_map_picture({(1, 1): 0.5}, across="a", down="b", caption="").svg


def test_accuracies_tell_where_the_middle_lies() -> None:
    found = accuracies_picture({"52 letters": [0, 0, 0, 1, 3], "104 letters": [0, 0, 0, 0, 0]})
    assert "52 letters at 80%" in found.alt
    assert found.svg


def test_an_array_is_drawn_from_its_least_to_its_greatest_or_between_given_ends() -> None:
    table = np.array([[0.0, 5.0, 25.0], [25.0, 5.0, 0.0]])
    made = array_picture(table, across="letter", down="row", caption="")
    assert "2 rows (row) and 3 columns (letter)" in made.alt
    assert "light for 0, dark for 25; the mean is 10" in made.alt
    assert made.svg != array_picture(table, across="letter", down="row", caption="", high=50).svg
    assert array_picture(np.ones((2, 2)), across="a", down="b", caption="").svg
    for wrong in (np.zeros(3), np.zeros((0, 3)), np.full((2, 2), np.nan)):
        with pytest.raises(DataError, match="no table"):
            array_picture(wrong, across="a", down="b", caption="")


def test_frequencies_are_shares_of_each_name() -> None:
    made = frequencies_picture("Letters", {"text": {"E": 3, "T": 1}, "sent": {"E": 0, "Q": 20}}, x="letter")
    assert "text most often E, 75.0%; sent most often Q, 100.0%" in made.alt
    assert made.svg.count(">E<") == 1
    many = frequencies_picture("Pins", {"keys": dict.fromkeys(range(131), 1.0)}, x="pin")
    assert ">0<" in many.svg
    assert ">1<" not in many.svg
    assert "nothing" in frequencies_picture("Letters", {}, x="letter").alt


def test_estimates_of_two_sides_stand_beside_each_other() -> None:
    wheel = {"wheel 1": Interval(0.8, 0.7, 0.9, 0.95, "")}
    made = estimates_picture("Pins right", {"ours": wheel, "theirs": wheel}, x="accuracy", least=0.5)
    assert "ours: wheel 1 0.800 [0.700, 0.900]; theirs: wheel 1" in made.alt
    assert "95% intervals" in made.caption
    assert ">ours<" in made.svg
    assert ">ours<" not in estimates_picture("Pins right", {"ours": wheel}, x="accuracy").svg
    assert estimates_picture("Pins right", {}, x="accuracy").svg
