"""The report page of a detection run: its verdict, its figures, and the reasons to doubt them."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from garrison.assurance import (
    Badge,
    Block,
    CaveatList,
    CodeBlock,
    Column,
    KeyFigure,
    KeyFigures,
    Picture,
    Report,
    Section,
    Table,
    Text,
    base_rate_picture,
    calibration_picture,
    confusion_picture,
    contributions_picture,
    importance_picture,
    leaderboard_picture,
    precision_recall_picture,
    render_report,
    roc_picture,
    score_histogram_picture,
    stage_times_picture,
    threshold_picture,
)
from garrison.data.hygiene import LoneSeparator, lone_separators
from garrison.evaluation import (
    FeatureImportance,
    Interval,
    Measures,
    base_rate,
    calibration,
    metric_title,
    precision_recall,
    roc,
)
from garrison.files import write_json
from garrison.pipelines.outcome import Outcome
from garrison.pipelines.publishing import Published
from garrison.pipelines.reports.attacks import contribution_blocks, lone_feature_table
from garrison.pipelines.reports.details import (
    detail_pictures,
    detail_sections,
    further_results,
    held_out_scores,
)
from garrison.pipelines.reports.facts import report_facts
from garrison.pipelines.reports.judged import verdict_blocks
from garrison.pipelines.reports.validation import checks_table, drift_blocks, hygiene_blocks
from garrison.pipelines.settings import DetectionSettings
from garrison.pipelines.stages.evaluation import Evaluation
from garrison.pipelines.stages.ingestion import Ingestion
from garrison.pipelines.stages.training import Training
from garrison.pipelines.stages.transformation import Transformation
from garrison.pipelines.stages.validation import Validation
from garrison.run.folder import RunFolder

PRINTED = ("accuracy", "precision", "recall", "f1", "auc", "recall@fpr=0.01", "recall@fpr=0.001")

SPLIT_TITLES = {"official": "the authors' own", "time": "by time", "groups": "by groups"}


@dataclass(frozen=True)
class Made:
    """Everything a run made, for its report."""

    settings: DetectionSettings
    run: RunFolder
    seconds: dict[str, float]
    ingestion: Ingestion
    validation: Validation
    transformation: Transformation
    training: Training
    evaluation: Evaluation
    published: Published
    scorecard: Path | None = None


def write_run_report(made: Made) -> tuple[Outcome, dict[str, Picture]]:
    """Write ``report.html`` and ``report.json`` into the run's folder; returns the outcome and the pictures by name."""
    pictures = _pictures(made)
    path = made.run.path / "report.html"
    render_report(_report(made, pictures), path)
    intervals = made.evaluation.intervals
    outcome = Outcome(
        pipeline=made.run.record.pipeline,
        run_id=made.run.id,
        folder=made.run.path,
        report=path,
        model=f"{made.settings.name} version {made.published.version} ({made.training.family}), {made.published.path}",
        accepted=made.evaluation.accepted,
        verdict=made.evaluation.verdict,
        results=(
            *(_result(name, intervals[name]) for name in PRINTED),
            _false_positives(made),
            *further_results(made.evaluation),
        ),
        caveats=caveats_of(made),
        detector=made.published.path / "detector",
        scorecard=made.scorecard,
    )
    facts = report_facts(outcome, made.settings, made.ingestion, made.training, made.evaluation)
    write_json(made.run.path / "report.json", facts)
    return outcome, pictures


def _result(name: str, interval: dict[str, Any]) -> tuple[str, str, str]:
    return name, f"{interval['value']:.4f}", f"{interval['low']:.4f} – {interval['high']:.4f}"


def _false_positives(made: Made) -> tuple[str, str, str]:
    """The share of harmless rows that the detector flags at its own threshold, which is not the 1 % of the headline."""
    return (
        "false positives",
        f"{made.evaluation.measures['false_positive_rate']:.4f}",
        f"at the threshold {made.training.threshold:.4f}",
    )


def caveats_of(made: Made) -> tuple[str, ...]:
    """Every reason to read the figures with care: the data's, the checks' and the comparison's."""
    failed = [check for check in made.validation.checks if not check["passed"]]
    return (
        *made.ingestion.caveats,
        *(caveat["text"] for caveat in made.ingestion.hygiene["caveats"]),
        *made.transformation.caveats,
        *(f"failed check, overruled: {check['name']}: {check['found']}" for check in failed),
        *_drifted(made),
        *made.evaluation.caveats,
    )


def _drifted(made: Made) -> tuple[str, ...]:
    """What to say of columns that drifted where that fails no check."""
    names = [row["name"] for row in made.validation.drift["rows"] if row["drifted"]]
    if not names or made.settings.validation.drift.fails:
        return ()
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if names[10:] else "")
    return (f"{len(names)} column(s) differ between training and test: {shown}",)


def _report(made: Made, pictures: dict[str, Picture]) -> Report:
    accepted = made.evaluation.accepted
    record = made.run.record
    return Report(
        title=f"{made.settings.name}: {made.training.family}",
        subtitle=made.evaluation.verdict,
        facts=(
            ("run", made.run.id),
            ("data", made.ingestion.origin),
            ("rows", f"{made.ingestion.rows:,}"),
            ("split", SPLIT_TITLES[made.ingestion.split]),
            ("fingerprint", made.ingestion.fingerprint[:16]),
            ("seed", str(made.settings.seed)),
            ("started", record.started[:16].replace("T", " ") + " UTC"),
            ("commit", (record.git_commit or "unknown")[:12]),
        ),
        verdict=Badge("accepted", "good") if accepted else Badge("not accepted", "bad"),
        sections=(
            Section("May it go into production?", verdict_blocks(made.evaluation)),
            Section("Quality on the test part", _quality(made, pictures)),
            Section("Caveats", (CaveatList(caveats_of(made)),)),
            *detail_sections(made.training, made.evaluation, pictures),
            Section("Leaderboard", _leaderboard(made, pictures)),
            Section(
                "What the detector looks at",
                (
                    *contribution_blocks(made.evaluation.contributions(), pictures["contributions"]),
                    pictures["importance"],
                    lone_feature_table(_lone_features(made)),
                ),
            ),
            Section("Data", (*hygiene_blocks(made.ingestion), checks_table(made.validation))),
            Section("Drift", drift_blocks(made.validation)),
            Section("The run", _run(made, pictures)),
        ),
    )


def _quality(made: Made, pictures: dict[str, Picture]) -> tuple[Block, ...]:
    measures = Measures.from_dict(made.evaluation.measures)
    figures = tuple(_key_figure(name, made.evaluation.intervals[name]) for name in PRINTED)
    first = next(iter(made.evaluation.intervals.values()))
    return (
        KeyFigures(figures),
        Text(
            f"Measured once on {measures.rows:,} rows that stood aside, {measures.positives:,} of them positive; "
            f"intervals at {first['level']:.0%} by bootstrap over groups of rows. Precision, recall, F1 and accuracy "
            f"are at the threshold {made.training.threshold:.4f}, placed on the training part "
            f"({made.training.threshold_rule}). Where only {measures.prevalence:.2%} of the events are malicious, "
            f"precision would be {measures.precision_at_prevalence:.3f}."
        ),
        pictures["roc"],
        pictures["precision_recall"],
        pictures["confusion"],
        pictures["scores"],
        pictures["calibration"],
        pictures["base_rate"],
        pictures["threshold"],
        _all_measures(made.evaluation),
    )


def _key_figure(name: str, interval: dict[str, Any]) -> KeyFigure:
    return KeyFigure(
        metric_title(name), f"{interval['value']:.4f}", f"{interval['low']:.4f} – {interval['high']:.4f}"
    )


def _all_measures(evaluation: Evaluation) -> Table:
    return Table(
        columns=("measure", Column("value", 4), Column("low", 4), Column("high", 4)),
        rows=tuple(
            (name, one["value"], one["low"], one["high"]) for name, one in evaluation.intervals.items()
        ),
        caption="Every measure with its interval",
        folded=True,
    )


def _leaderboard(made: Made, pictures: dict[str, Picture]) -> tuple[Block, ...]:
    rows = made.training.leaderboard
    return (
        Text(
            f"Grouped {made.settings.training.folds}-fold cross-validation of the training part, ordered by "
            f"{made.training.metric}; the first one was fitted on the whole training part. The test part chose nothing."
        ),
        pictures["leaderboard"],
        Table(
            columns=(
                "family",
                Column("mean", 4),
                Column("low", 4),
                Column("high", 4),
                "parameters",
            ),
            rows=tuple(
                (
                    row["family"],
                    row["mean"],
                    row["low"],
                    row["high"],
                    ", ".join(f"{key}={value}" for key, value in sorted(row["params"].items())),
                )
                for row in rows
            ),
            caption=f"All {len(rows)} candidates",
            strong=frozenset({0}),
            folded=True,
        ),
    )


def _run(made: Made, pictures: dict[str, Picture]) -> tuple[Block, ...]:
    record = made.run.record
    settings = made.run.path.resolve() / "settings.yml"
    places = (str(made.published.path), *made.published.places)
    return (
        pictures["stage_times"],
        Table(
            columns=("what", "where"),
            rows=tuple(
                (f"{made.published.stage} version {made.published.version}", place) for place in places
            ),
            caption="Where the detector went",
        ),
        Table(
            columns=("package", "version"),
            rows=tuple(sorted(record.versions.items())),
            caption="Versions",
            folded=True,
        ),
        CodeBlock(
            f"garrison run {record.pipeline} --config {shlex.quote(str(settings))} "
            f"--workspace {shlex.quote(str(made.run.path.resolve().parents[1]))}",
            caption="The command to make it again",
        ),
    )


def _pictures(made: Made) -> dict[str, Picture]:
    y, p = made.transformation.part("test").y, made.evaluation.scores()
    best: dict[str, Interval] = {}
    for row in made.training.leaderboard:
        best.setdefault(row["family"], Interval(**row["metrics"][row["metric"]]))
    return {
        "roc": roc_picture(roc(y, p)),
        "precision_recall": precision_recall_picture(precision_recall(y, p)),
        "confusion": confusion_picture(
            Measures.from_dict(made.evaluation.measures).confusion, positive="malicious", negative="harmless"
        ),
        "scores": score_histogram_picture(
            y, p, threshold=made.training.threshold, positive="malicious", negative="harmless"
        ),
        "calibration": calibration_picture(calibration(y, p)),
        "leaderboard": leaderboard_picture(best, metric=made.training.metric, chosen=made.training.family),
        "importance": importance_picture(
            [FeatureImportance(**one) for one in made.evaluation.importances], metric="average precision"
        ),
        "base_rate": base_rate_picture(
            base_rate(y, p, threshold=made.training.threshold), prevalence=made.settings.evaluation.prevalence
        ),
        "threshold": threshold_picture(
            y, p, threshold=made.training.threshold, held_out=held_out_scores(made.training)
        ),
        "contributions": contributions_picture(made.evaluation.contributions()),
        **detail_pictures(made.training, made.evaluation),
        "stage_times": stage_times_picture(list(made.seconds.items())),
    }


def _lone_features(made: Made) -> list[LoneSeparator]:
    train = made.transformation.part("train")
    return lone_separators(train.X, train.y, tuple(made.transformation.names))
