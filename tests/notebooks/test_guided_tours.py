"""The guided tours run from the first cell to the last, in their order, as they stand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
TOURS = {
    "federated": ("mlp", "federated", "attack"),
    "ciphers": (
        "1_create_keys_train",
        "2_create_ciphertexts_train",
        "3_create_arrays_train",
        "4_train_models",
        "5_create_keys_test",
        "6_create_ciphertexts_test",
        "7_create_arrays_test",
        "8_test_models",
    ),
    "encrypted": ("score",),
}
"""The notebooks of each tour in the order in which they are read; one goes on with what those before it saved."""
PICTURES = {
    "mlp": {"epochs.png"},
    "federated": {"rounds.png"},
    "attack": {"drawn.png", "updates.png", "members.png"},
    "1_create_keys_train": {"1_effective_pins.png", "1_pins.png", "1_overlaps.png", "1_lugs.png"},
    "2_create_ciphertexts_train": {"2_letters.png", "2_key_stream.png"},
    "3_create_arrays_train": {"3_x.png", "3_pins.png", "3_pin_and_letter.png"},
    "4_train_models": {"4_loss.png", "4_accuracy.png"},
    "5_create_keys_test": {"5_effective_pins.png", "5_classes.png"},
    "6_create_ciphertexts_test": {"6_letters.png", "6_alike.png"},
    "7_create_arrays_test": {"7_machine.png", "7_control.png", "7_lugs.png"},
    "8_test_models": {"8_wheels.png", "8_accuracies.png", "8_classes.png"},
    "score": {"off.png", "cost.png"},
}
SMALL = {
    "TOUR_KEYS": "400",
    "TOUR_TEST_KEYS": "60",
    "TOUR_LENGTH": "52",
    "TOUR_STEPS": "4",
    "TOUR_WIDTH": "12",
    "TOUR_ROUNDS": "2",
}
"""The sizes of a tour that a reader may choose: small enough to show that every cell runs, and nothing else."""


def test_every_notebook_belongs_to_a_tour() -> None:
    """A notebook that nobody runs rots."""
    there = {path.relative_to(NOTEBOOKS).with_suffix("").as_posix() for path in NOTEBOOKS.rglob("*.ipynb")}
    assert there == {f"{tour}/{name}" for tour, names in TOURS.items() for name in names}


def test_no_notebook_is_kept_with_what_it_printed() -> None:
    """Outputs would be of another machine and another day."""
    import nbformat

    for path in NOTEBOOKS.rglob("*.ipynb"):
        cells = nbformat.reads(path.read_text("utf-8"), as_version=4).cells
        assert not any(cell.get("outputs") for cell in cells), path


@pytest.mark.timeout(900)
@pytest.mark.parametrize("tour", TOURS)
def test_a_tour_runs_to_its_end(tour: str, tmp_path: Path) -> None:
    """Each notebook in a process of its own, cell after cell; one that fails ends it with its traceback."""
    pytest.importorskip("tenseal" if tour == "encrypted" else "torch")
    for name in TOURS[tour]:
        notebook = NOTEBOOKS / tour / f"{name}.ipynb"
        ended = subprocess.run(
            [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", str(notebook)],
            cwd=tmp_path,
            env={**os.environ, **SMALL, "IPYTHONDIR": str(tmp_path / "ipython")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{name}: {ended.stdout[-3000:]}{ended.stderr[-3000:]}"
        assert PICTURES[name] <= {path.name for path in (tmp_path / "tour").glob("*.png")}
