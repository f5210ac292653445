"""The guided tours run from the first cell to the last, in their order, as they stand."""

from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
TOURS = {"federated": ("mlp", "federated", "attack")}
"""The notebooks of each tour in the order in which they are read; one goes on with what those before it saved."""


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
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("tour", TOURS)
def test_a_tour_runs_to_its_end(tour: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each notebook in a kernel of its own; an error in a cell fails with its traceback."""
    nbclient = pytest.importorskip("nbclient")
    import nbformat
    from jupyter_client.manager import AsyncKernelManager

    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    for name in TOURS[tour]:
        text = (NOTEBOOKS / tour / f"{name}.ipynb").read_text("utf-8")
        notebook = nbformat.reads(text, as_version=4)
        nbclient.NotebookClient(
            notebook,
            km=AsyncKernelManager(kernel_name="python3", transport="ipc"),
            timeout=600,
            resources={"metadata": {"path": str(tmp_path)}},
        ).execute()
        assert any("image/png" in str(cell.get("outputs")) for cell in notebook.cells), name
