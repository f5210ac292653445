"""How a run of a pipeline ended, for whoever called it."""

from dataclasses import dataclass
from pathlib import Path

from garrison.run.folder import RunFolder


@dataclass(frozen=True)
class Outcome:
    """A run's verdict and where to read more; ``accepted`` is None while no evaluation was made.

    ``detector`` is the folder of the saved detector in the registry, where the run came that far;
    ``scorecard`` is the page of what was measured beyond the evaluation, where gates or settings asked for it.
    """

    pipeline: str
    run_id: str
    folder: Path
    report: Path | None
    model: str
    accepted: bool | None
    verdict: str
    results: tuple[tuple[str, str, str], ...]
    caveats: tuple[str, ...]
    stopped_after: str | None = None
    detector: Path | None = None
    scorecard: Path | None = None


def stopped_after(stage: str, run: RunFolder) -> Outcome:
    """What a run says that was asked to end early."""
    return Outcome(
        pipeline=run.record.pipeline,
        run_id=run.id,
        folder=run.path,
        report=None,
        model="",
        accepted=None,
        verdict="",
        results=(),
        caveats=(),
        stopped_after=stage,
    )
