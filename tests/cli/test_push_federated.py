"""The model of one cell of `garrison run federated` on its way into the registry, as a person types it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from garrison.cli.main import run_command
from garrison.federated import load_model
from garrison.registry import LocalRegistry, find_model, judgement_of, scorecard_of

pytest.importorskip("torch")
pytest.importorskip("flwr")

SMALL = """
name: numbers
seeds: 2
jobs: 1
networks: [mlp]
ways: [conventional, federated]
data: {name: digits, pool: 600, test: 200}
parties: {count: 2}
federation: {rounds: 1, epochs: 1, batch: 100, learning_rate: 0.01}
conventional: {epochs: 8, batch: 20, learning_rate: 0.3}
attacks: {inversion: null, updates: null, membership: null}
gates: {accuracy: ">= 0.8"}
"""

Run = Callable[..., int]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one finished run, of which a cell learnt well and the other next to nothing."""
    folder = tmp_path_factory.mktemp("pushed")
    (folder / "small.yml").write_text(SMALL, encoding="utf-8")
    command = ["run", "federated", "--workspace", str(folder), "--name", "first"]
    assert run_command([*command, "--config", str(folder / "small.yml")]) == 0
    assert not (folder / "models").exists()
    return folder


@pytest.fixture
def resumed(place: Path, request: pytest.FixtureRequest) -> Run:
    """A function that resumes that run with a registry of the test's own."""
    registry = place / request.node.name

    def run(*more: str) -> int:
        own = ["--set", f"pusher.registry={registry}"]
        return run_command(["run", "federated", "--workspace", str(place), "--resume", "first", *own, *more])

    return run


def models_of(place: Path, request: pytest.FixtureRequest) -> LocalRegistry:
    return LocalRegistry(place / request.node.name)


def _models(place: Path) -> list[dict[str, Any]]:
    facts = json.loads((place / "runs/first/report.json").read_text(encoding="utf-8"))
    return list(facts["models"])


def test_a_model_that_misses_its_gates_is_kept_and_not_promoted(
    place: Path, resumed: Run, request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]
) -> None:
    models = models_of(place, request)
    assert resumed("--push", "mlp-federated", "--fail-if-rejected") == 4
    said = capfd.readouterr()
    assert "misses the gate accuracy >= 0.8" in said.err
    assert "experimental/numbers@1" in said.out
    assert models.current("numbers") is None
    promote = ["promote", "numbers@1", "--registry", str(models.root)]
    assert run_command(promote) == 4
    assert "misses the gate accuracy >= 0.8" in capfd.readouterr().err
    assert run_command([*promote, "--force", "--reason", "for a demonstration"]) == 0
    assert "misses the gate" in models.history("numbers")[-1].overruled[0]


def test_a_model_that_keeps_its_gates_is_promoted_and_comes_back_by_its_name(
    place: Path, resumed: Run, request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]
) -> None:
    models = models_of(place, request)
    for _ in range(2):  # the second time nothing is pushed
        assert resumed("--push", "mlp-conventional", "--fail-if-rejected") == 0
        assert "production/numbers@1" in capfd.readouterr().out
    assert [each.version for each in models.versions("numbers", "experimental")] == [1]
    made = load_model(place / "runs/first/models/mlp-conventional/seed-0")
    back = load_model(find_model("numbers", root=models.root))
    for one, other in zip(made.weights(), back.weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    version = models.find("numbers", 1)
    judgement = judgement_of(version.record)
    assert judgement is not None
    assert [gate.value for gate in judgement.gates] == [judgement.found.value]
    (own,) = (row for row in _models(place) if (row["cell"], row["seed"]) == ("mlp-conventional", 0))
    assert judgement.found.value == own["accuracy"]
    card = scorecard_of(models, version)
    assert card is not None
    assert card.version == 1
    assert run_command(["models", "show", "numbers", "--registry", str(models.root)]) == 0
    shown = capfd.readouterr().out
    assert "mlp" in shown
    assert "None" not in shown


def test_the_next_model_must_surely_gain_on_the_one_in_production(
    place: Path, resumed: Run, request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]
) -> None:
    """The cell that learnt nothing keeps a lax gate; it is compared with the one of the same run there."""
    models = models_of(place, request)
    assert resumed("--push", "mlp-conventional") == 0
    assert resumed("--push", "mlp-federated", "--set", "gates.accuracy='>= 0.01'") == 0
    assert "not all of it above 0" in capfd.readouterr().out
    (current,) = models.versions("numbers")
    assert current.version == 1
    judgement = judgement_of(models.find("numbers", 2).record)
    assert judgement is not None
    assert judgement.rival is not None
    assert judgement.rival.gain is not None
    assert judgement.rival.gain.high < -0.2
    # Other gates and a margin: judged anew, it is another version, and its own record decides.
    lax = ["--set", "gates.accuracy='>= 0.01'", "--set", "pusher.margin=-1"]
    assert resumed("--push", "mlp-federated", *lax) == 0
    assert models.current("numbers") == models.find("numbers", 3)
    assert run_command(["rollback", "numbers", "--registry", str(models.root)]) == 0
    assert models.current("numbers") == models.find("numbers", 1)


def test_a_cell_that_is_none_is_refused_before_anything_is_done(
    resumed: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    assert resumed("--push", "cnn-federated") == 2
    assert "mlp-conventional, mlp-federated" in capfd.readouterr().err


def test_a_network_is_no_detector_of_events_and_one_changed_byte_is_refused(
    place: Path, resumed: Run, request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]
) -> None:
    root = str(models_of(place, request).root)
    assert resumed("--push", "mlp-conventional") == 0
    (place / "events.csv").write_text("a\n1\n", encoding="utf-8")
    folder, out = str(find_model("numbers", root=Path(root))), str(place / "scores.csv")
    score = ["score", folder, "--data", str(place / "events.csv"), "--out", out]
    assert run_command(score) == 16
    assert "a garrison network, and no detector of events" in capfd.readouterr().err
    weights = find_model("numbers", root=Path(root)) / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert run_command(["models", "show", "numbers", "--registry", root]) == 13
    assert "model.safetensors was changed" in capfd.readouterr().err
