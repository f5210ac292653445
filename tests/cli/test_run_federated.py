"""`garrison run federated` as a person types it, at a size that takes seconds."""

import json
from pathlib import Path

import pytest

from garrison.assurance.scorecard import Scorecard
from garrison.cli.main import run_command
from garrison.federated import load_model

pytest.importorskip("torch")
pytest.importorskip("flwr")
pytest.importorskip("opacus")

pytestmark = pytest.mark.xdist_group("federated run")

SMALL = """
seeds: 6
jobs: 1
networks: [mlp]
data: {name: digits, pool: 240, test: 120, validation: 60}
parties: {count: 3}
federation: {rounds: 2, epochs: 1, batch: 20, learning_rate: 0.3}
conventional: {epochs: 2, batch: 20, learning_rate: 0.3}
private: {epsilons: [8.0], batch: 20}
attacks:
  inversion: {attacks: [confidence], steps: 10, taught: 100}
  updates: {images: [2], steps: 10, parties: 3, candidates: 200, attacks: [first_layer]}
  membership: {records: 100}
gates: {accuracy: ">= 0.99", membership.auc: "<= 0.9"}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one finished run."""
    folder = tmp_path_factory.mktemp("federated")
    (folder / "small.yml").write_text(SMALL, encoding="utf-8")
    assert run_command([*_command(folder), "--config", str(folder / "small.yml"), "--name", "first"]) == 0
    return folder


def _command(place: Path) -> list[str]:
    return ["run", "federated", "--workspace", str(place)]


def _facts(place: Path) -> dict[str, object]:
    facts: dict[str, object] = json.loads((place / "runs/first/report.json").read_text(encoding="utf-8"))
    return facts


def test_every_cell_of_the_table_is_measured_for_every_seed(place: Path) -> None:
    figures = _facts(place)["figures"]
    assert isinstance(figures, list)
    ways = ("conventional", "federated", "private-8", "secure")
    everywhere = {"accuracy", "inversion", "inversion_likeness", "membership", "membership_tpr"}
    for way in ways:
        there = {each["measure"]: each for each in figures if each["training"] == way}
        assert everywhere | {"updates_server", "membership_server"} <= {*there}
        assert ("updates_party" in there) == (way != "conventional")
        assert all(len(each["values"]) == 6 for each in there.values())
        assert there["updates_server"]["by_construction"] == (way == "conventional")
        assert there["accuracy"]["low"] <= there["accuracy"]["mean"] <= there["accuracy"]["high"]


def test_each_private_model_has_spent_what_it_may_and_no_other_has(place: Path) -> None:
    models = _facts(place)["models"]
    assert isinstance(models, list)
    for row in models:
        way, _, most = str(row["cell"]).partition("private-")
        if way.endswith("mlp-") and most:
            assert 0.9 * float(most) < row["epsilon"] <= float(most)
            assert row["delta"] == 1e-5
        else:
            assert row["epsilon"] is None


def test_secure_aggregation_gives_the_federated_model_but_for_rounding(place: Path) -> None:
    models = place / "runs/first/models"
    plain, summed = (load_model(models / cell / "seed-1") for cell in ("mlp-federated", "mlp-secure"))
    apart = [abs(one - other).max() for one, other in zip(plain.weights(), summed.weights(), strict=True)]
    assert 0 < max(apart) < 1e-4


def test_the_page_says_who_the_adversaries_are_and_shows_what_they_drew(place: Path) -> None:
    page = (place / "runs/first/report.html").read_text(encoding="utf-8")
    for told in ("curious server", "curious party", "outsider", "what a curious server makes of an update"):
        assert told in page
    assert page.count("<svg") >= 6


def test_every_cell_has_a_scorecard_that_the_gates_judge(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    card = Scorecard.read(place / "runs/first/stages/scorecards/mlp-private-8.json")
    assert {"accuracy", "membership.auc", "membership.update_auc", "updates.identified@images=2"} <= {
        *card.figures
    }
    assert [gate.name for gate in card.missed] == ["accuracy"]
    command = [*_command(place), "--resume", "first", "--fail-if-rejected"]
    assert run_command(command) == 4
    assert "a gate was missed" in capfd.readouterr().err


def test_other_attacks_take_the_models_as_they_lie(place: Path) -> None:
    models = {path: path.stat().st_mtime_ns for path in (place / "runs/first/models").rglob("*.safetensors")}
    assert len(models) == 24
    command = [*_command(place), "--resume", "first", "--set", "attacks.updates.images=[1]"]
    assert run_command(command) == 0
    assert {path: path.stat().st_mtime_ns for path in models} == models
    trials = json.loads((place / "runs/first/stages/updates/artifact.json").read_text("utf-8"))["artifact"][
        "trials"
    ]
    assert {trial["images"] for trial in trials} == {1}


def test_a_changed_model_is_refused_by_name(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = place / "runs/first/models/mlp-conventional/seed-0/model.safetensors"
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        command = [*_command(place), "--resume", "first", "--set", "attacks.inversion.steps=11"]
        assert run_command(command) != 0
        assert "mlp-conventional/seed-0" in capfd.readouterr().err
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--data", "cifar"], 2, "mnist, digits"),
        (["--set", "data.pool=100000"], 5, "training images"),
        (["--until", "attack"], 2, "training"),
        (["--resume", "nothing"], 2, "nothing"),
        (["--set", "parties.count=5000"], 2, "5,000"),
    ],
)
def test_what_cannot_be_done_is_said(
    place: Path, arguments: list[str], code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    found = run_command([*_command(place), *arguments])
    assert said in capfd.readouterr().err
    assert found == code
