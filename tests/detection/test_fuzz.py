"""A saved detector that somebody made wrong, digests and all: it does not load, or it scores; nothing else happens."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from held_to import examples, refused_or, sealed_anew
from hypothesis import given
from hypothesis import strategies as st
from nearly_right import damaged, damaged_files, damaged_json
from served_models import events_detector
from small_events import some_events

from garrison.detection import FAMILIES, Detector, load_detector, save_detector
from garrison.detection.families.base import Model
from garrison.detection.integrity import read_sealed

FEW = 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sealed")


@pytest.fixture(scope="module")
def fitted(
    detector: Detector, table: pa.Table, quick: Callable[[str], dict[str, Any]]
) -> Callable[[str], Detector]:
    def fit(name: str) -> Detector:
        X = detector.processor.transform(table)
        params = FAMILIES[name].complete(quick(name))
        model = FAMILIES[name].fit(X, detector.schema.labels(table), params=params, seed=0)
        return replace(detector, family=name, params=params, model=model)

    return fit


def scored(load: Callable[[], Detector | Model], rows: Any) -> None:
    """Load and score; what is scored is a probability."""
    found = load().score(rows)
    assert found.shape == (len(rows),)
    assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.parametrize("name", list(FAMILIES))
def test_a_damaged_model_of_any_family_is_refused_or_scores(
    fitted: Callable[[str], Detector], detector: Detector, table: pa.Table, name: str
) -> None:
    files = fitted(name).model.files()
    X = detector.processor.transform(table)[:40]

    @examples(FEW)
    @given(damaged_files(files))
    def hold(found: Mapping[str, bytes]) -> None:
        refused_or(partial(scored, partial(FAMILIES[name].model.from_files, found), X))

    hold()


@pytest.mark.parametrize("kind", ["sites", "events"])
def test_a_damaged_detector_with_right_digests_is_refused_or_scores(
    folder: Path, detector: Detector, table: pa.Table, kind: str
) -> None:
    rows = table.slice(0, 40) if kind == "sites" else pa.Table.from_pylist(some_events(40))
    rows = rows.drop_columns([name for name in ("label",) if name in rows.column_names])
    save_detector(detector if kind == "sites" else events_detector(), folder / kind)
    sealed = read_sealed(folder / kind)
    facts = {name: value for name, value in sealed.manifest.items() if name != "files"}

    @examples(4 * FEW)
    @given(
        st.tuples(damaged_files(sealed.files), st.just(facts))
        | st.tuples(st.just(sealed.files), damaged_json(facts))
    )
    def hold(found: tuple[Mapping[str, bytes], dict[str, Any]]) -> None:
        (folder / "model").mkdir(exist_ok=True)
        sealed_anew(folder / kind, *found)
        refused_or(partial(scored, partial(load_detector, folder / kind), rows))

    hold()


def test_a_damaged_manifest_never_loads(folder: Path, detector: Detector) -> None:
    save_detector(detector, folder / "manifest")
    content = (folder / "manifest" / "manifest.json").read_bytes()

    @examples(4 * FEW)
    @given(damaged(content).filter(lambda found: found != content), st.booleans())
    def hold(found: bytes, sealed: bool) -> None:
        (folder / "manifest" / "manifest.json").write_bytes(found)
        digest = hashlib.sha256(found if sealed else content).hexdigest()
        (folder / "manifest" / "manifest.sha256").write_text(f"{digest}  manifest.json\n")
        loaded = refused_or(lambda: load_detector(folder / "manifest"))
        assert sealed or loaded is None

    hold()
