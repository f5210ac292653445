"""A small set of web sites, and a short run on it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from small_sites import write_sites

from garrison.pipelines.outcome import Outcome
from garrison.pipelines.phishing import run_phishing, settings_for

RunSmall = Callable[..., Outcome]


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    """A CSV file of 400 made-up sites, its features file ``small.json`` beside it."""
    return write_sites(tmp_path)


@pytest.fixture
def run_small(sites: Path, tmp_path: Path) -> RunSmall:
    """Runs the phishing pipeline on the small set with two quick families and no tracking."""

    def run(
        *overrides: str, workspace: str = "work", name: str | None = None, until: str | None = None
    ) -> Outcome:
        loaded = settings_for(
            None,
            overrides=[
                f"ingestion.data={sites}",
                f"ingestion.features={tmp_path / 'small.json'}",
                "training.families=[logistic_regression, lightgbm]",
                "training.folds=2",
                "evaluation.repeats=50",
                "tracking.enabled=false",
                "jobs=1",
                *overrides,
            ],
        )
        return run_phishing(loaded, workspace=tmp_path / workspace, name=name, until=until)

    return run
