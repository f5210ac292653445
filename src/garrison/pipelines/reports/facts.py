"""What the report page of a detection run says, as JSON for programs."""

from typing import Any

from garrison.pipelines.outcome import Outcome
from garrison.pipelines.settings import DetectionSettings
from garrison.pipelines.stages.evaluation import Evaluation
from garrison.pipelines.stages.ingestion import Ingestion
from garrison.pipelines.stages.training import Training
from garrison.run.redaction import redact_value
from garrison.run.settings import settings_json


def report_facts(
    outcome: Outcome,
    settings: DetectionSettings,
    ingestion: Ingestion,
    training: Training,
    evaluation: Evaluation,
) -> dict[str, Any]:
    """Figures, intervals, rows of every breakdown and caveats, as JSON values; secrets are hidden."""
    return {
        "run": outcome.run_id,
        "pipeline": outcome.pipeline,
        "model": outcome.model,
        "verdict": outcome.verdict,
        "accepted": outcome.accepted,
        "gates": evaluation.judgement["gates"],
        "judgement": evaluation.judgement,
        "data": {
            "origin": ingestion.origin,
            "fingerprint": ingestion.fingerprint,
            "rows": ingestion.rows,
            "train_rows": ingestion.train_rows,
            "test_rows": ingestion.test_rows,
            "refused": ingestion.refused,
            "split": ingestion.split,
        },
        "threshold": {
            "value": training.threshold,
            "rule": training.threshold_rule,
            "false_alarms_out_of_fold": training.false_alarms,
        },
        "measures": evaluation.measures,
        "intervals": evaluation.intervals,
        "by_attack": evaluation.by_attack,
        "by_value": evaluation.by_value,
        "further_test_parts": evaluation.further,
        "held_out_attacks": training.unseen,
        "leaderboard": training.leaderboard,
        "importances": evaluation.importances,
        "production": evaluation.production,
        "caveats": list(outcome.caveats),
        "settings": redact_value(settings_json(settings)),
    }
