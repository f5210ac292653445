"""The guided tours run from the first cell to the last, in their order, as they stand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
TOURS = {"federated": ("mlp", "federated", "attack")}
"""The notebooks of each tour in the order in which they are read; one goes on with what those before it saved."""
PICTURES = {
    "mlp": {"epochs.png"},
    "federated": {"rounds.png"},
    "attack": {"drawn.png", "updates.png", "members.png"},
}


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
    pytest.importorskip("torch")
    for name in TOURS[tour]:
        notebook = NOTEBOOKS / tour / f"{name}.ipynb"
        ended = subprocess.run(
            [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", str(notebook)],
            cwd=tmp_path,
            env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{name}: {ended.stdout[-3000:]}{ended.stderr[-3000:]}"
        assert PICTURES[name] <= {path.name for path in (tmp_path / "tour").glob("*.png")}
