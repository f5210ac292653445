"""Stage 7, scorecard: what gates ask for that the evaluation does not measure, measured of the packaged detector."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from garrison.assurance import Gate, Judgement, render_report
from garrison.assurance.figure_names import CALIBRATION, QUALITY
from garrison.assurance.scorecard import Scorecard, scorecard_report
from garrison.detection import load_detector
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.judging.asked import Asked
from garrison.pipelines.judging.judge import PAGE_NAME, forget_parts, judge_events
from garrison.pipelines.settings import ScorecardSettings
from garrison.pipelines.stages.evaluation import Evaluation
from garrison.pipelines.stages.ingestion import Ingestion
from garrison.pipelines.stages.pusher import Packaged
from garrison.pipelines.watching.model import WatchedModel
from garrison.registry import LocalRegistry, Version, keep_scorecard
from garrison.registry.scorecards import judged_by


@dataclass(frozen=True)
class Carded(Artifact):
    """The scorecard of the packaged detector on the test part, as JSON values; its page is ``scorecard.html``."""

    card: dict[str, Any]

    @property
    def page(self) -> Path:
        """The page."""
        return self.folder / PAGE_NAME

    def scorecard(self) -> Scorecard:
        """The scorecard itself."""
        return Scorecard.model_validate(self.card)


def wanted_parts(settings: ScorecardSettings, gates: tuple[Gate, ...]) -> tuple[str, ...]:
    """The parts that a run measures: those its settings name, and those its gates need beyond the evaluation."""
    needed = {gate.figure.part for gate in gates} - {QUALITY, CALIBRATION}
    return tuple(dict.fromkeys((*settings.parts, *sorted(needed))))


def measure_scorecard(
    settings: ScorecardSettings,
    gates: tuple[Gate, ...],
    ingestion: Ingestion,
    packaged: Packaged,
    out: Path,
    *,
    name: str,
    workspace: Path,
    kept: Path,
    seed: int,
    jobs: int,
) -> Carded:
    """Measure those parts on the test part, which the detector has not learnt from.

    What is finished is kept in the folder ``kept`` until all of it is, so that a run that was broken off goes on.
    """
    detector = load_detector(packaged.detector)
    watched = WatchedModel(detector, name, name, None, packaged.digest, packaged.detector)
    parts = wanted_parts(settings, gates)
    beyond = tuple(gate for gate in gates if gate.figure.part in parts)
    card, _ = judge_events(
        watched,
        ingestion.table("test"),
        data="the test part",
        workspace=workspace,
        asked=Asked(parts, beyond, settings.rows, seed, settings.seconds, jobs),
        kept=kept,
        own_test=True,
    )
    forget_parts(kept)
    render_report(scorecard_report(card), out / PAGE_NAME)
    return Carded(folder=out, card=card.model_dump(mode="json"))


def judged_again(evaluation: Evaluation, carded: Carded) -> Evaluation:
    """The evaluation with what the scorecard says of the gates that it could not measure."""
    judgement = judged_by(Judgement.model_validate(evaluation.judgement), carded.scorecard())
    return replace(
        evaluation,
        judgement=judgement.model_dump(mode="json"),
        accepted=judgement.accepted,
        verdict=judgement.verdict(),
    )


def keep_with(version: Version, registry: LocalRegistry, carded: Carded) -> None:
    """Keep the scorecard with the version that its detector became."""
    title = f"{version.stage}/{version.name}@{version.version}"
    card = carded.scorecard().model_copy(update={"model": title, "version": version.version})
    keep_scorecard(registry, card)
