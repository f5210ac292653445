"""The networks are those of their papers, and can be asked, saved and loaded."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from garrison.errors import IntegrityError, ModelError, UsageError
from garrison.federated.model import new_model, set_weights
from garrison.federated.networks import NETWORKS, build_network
from garrison.federated.saved import load_model, save_model

SHAPES: dict[str, tuple[int, ...]] = {
    "mlp": (1, 8, 8),
    "cnn": (1, 8, 8),
    "tanh_cnn": (1, 8, 8),
    "rows": (12,),
}


def test_every_network_has_a_shape_here() -> None:
    assert {*SHAPES} == {*NETWORKS}


@pytest.mark.parametrize(("name", "weights"), [("mlp", 199_210), ("cnn", 1_663_370), ("tanh_cnn", 26_010)])
def test_they_have_the_published_number_of_weights(name: str, weights: int) -> None:
    network = build_network(name, shape=(1, 28, 28), classes=10, seed=0)
    assert sum(each.numel() for each in network.parameters()) == weights


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_it_gives_probabilities_and_equal_seeds_are_equal(name: str) -> None:
    x = np.random.default_rng(0).random((7, *SHAPES[name])).astype(np.float32)
    one, again, other = (new_model(name, shape=SHAPES[name], classes=4, seed=seed) for seed in (1, 1, 2))
    found = one.probabilities(x)
    assert found.shape == (7, 4)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    np.testing.assert_array_equal(found, again.probabilities(x))
    assert not np.array_equal(found, other.probabilities(x))


def test_drawing_a_network_leaves_the_global_generator_alone() -> None:
    import torch

    torch.manual_seed(5)
    before = torch.get_rng_state()
    build_network("mlp", shape=(1, 8, 8), classes=10, seed=0)
    assert torch.equal(before, torch.get_rng_state())


def test_it_is_judged_by_loss_and_accuracy() -> None:
    model = new_model("mlp", shape=(1, 8, 8), classes=3, seed=0)
    x, y = np.random.default_rng(0).random((9, 1, 8, 8)), np.arange(9) % 3
    found = model.probabilities(x)
    loss, accuracy = model.judged_by(x, y)
    assert loss == pytest.approx(-np.log(found[np.arange(9), y]).mean())
    assert accuracy == (found.argmax(axis=1) == y).mean()


@pytest.mark.parametrize(
    ("name", "shape"),
    [("cnn", (1, 2, 2)), ("cnn", (5,)), ("rows", (1, 8, 8)), ("tanh_cnn", (28,)), ("tanh_cnn", (1, 1, 1))],
)
def test_records_it_is_not_made_for_are_refused(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelError, match="takes no records of shape"):
        build_network(name, shape=shape, classes=10, seed=0)


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(UsageError, match="no network is called"):
        build_network("resnet", shape=(1, 8, 8), classes=10, seed=0)
    with pytest.raises(UsageError, match="1 classes"):
        build_network("mlp", shape=(1, 8, 8), classes=1, seed=0)
    model = new_model("mlp", shape=(1, 8, 8), classes=10, seed=0)
    with pytest.raises(ModelError, match="records have the shape"):
        model.logits(np.zeros((2, 64)))
    with pytest.raises(ModelError, match="do not fit"):
        set_weights(model.module, model.weights()[1:])


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_saved_model_is_the_same_and_saves_to_the_same_bytes(name: str, tmp_path: Path) -> None:
    model = new_model(name, shape=SHAPES[name], classes=5, seed=3, facts={"rounds": 2})
    digest = save_model(model, tmp_path / "one")
    loaded = load_model(tmp_path / "one")
    assert save_model(loaded, tmp_path / "two") == digest
    x = np.random.default_rng(0).random((3, *SHAPES[name]))
    np.testing.assert_array_equal(model.probabilities(x), loaded.probabilities(x))
    assert (loaded.network, loaded.shape, loaded.classes) == (name, SHAPES[name], 5)
    assert loaded.facts == {"rounds": 2}


def test_a_folder_of_something_else_is_not_replaced(tmp_path: Path) -> None:
    model = new_model("mlp", shape=(1, 8, 8), classes=5, seed=3)
    (tmp_path / "data/party-000").mkdir(parents=True)
    with pytest.raises(UsageError, match="party-000"):
        save_model(model, tmp_path / "data")
    assert (tmp_path / "data/party-000").is_dir()
    (tmp_path / "empty").mkdir()
    assert save_model(model, tmp_path / "empty") == save_model(model, tmp_path / "empty")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "saved"
    save_model(new_model("mlp", shape=(1, 8, 8), classes=10, seed=0), folder)
    return folder


@pytest.mark.parametrize("name", ["model.safetensors", "manifest.json", "manifest.sha256"])
@pytest.mark.parametrize("place", [0, 100, -1])
def test_a_changed_byte_is_refused_by_the_files_name(
    saved: Path, tmp_path: Path, name: str, place: int
) -> None:
    folder = shutil.copytree(saved, tmp_path / "copy")
    content = bytearray((folder / name).read_bytes())
    content[min(place, len(content) - 1)] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(IntegrityError, match=name.partition(".")[0]):
        load_model(folder)


def test_a_missing_and_an_added_file_are_refused(saved: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(saved, tmp_path / "less")
    (folder / "model.safetensors").unlink()
    with pytest.raises(IntegrityError, match=r"model\.safetensors is missing"):
        load_model(folder)
    folder = shutil.copytree(saved, tmp_path / "more")
    (folder / "extra.py").write_text("1")
    with pytest.raises(IntegrityError, match=r"extra\.py was added"):
        load_model(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "another"},
        {"format": 2},
        {"network": "cnn"},
        {"shape": [1, 8]},
        {"classes": 9},
        {"network": 3},
        {"shape": "many"},
    ],
)
def test_a_manifest_that_lies_is_refused(saved: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
    from garrison.detection.integrity import write_sealed

    manifest = json.loads((saved / "manifest.json").read_text())
    manifest.pop("files")
    folder = tmp_path / "lying"
    folder.mkdir()
    content = (saved / "model.safetensors").read_bytes()
    write_sealed(folder, {"model.safetensors": content}, {**manifest, **changes})
    with pytest.raises((ModelError, UsageError)):
        load_model(folder)


def test_nothing_saved_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model is saved here"):
        load_model(tmp_path / "absent")
