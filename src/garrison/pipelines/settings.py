"""The settings of a detection pipeline: one section a stage, every value typed and checked once at the edge."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from garrison.assurance import read_gates
from garrison.assurance.scorecard import PART_NAMES
from garrison.data.sources.open import FORMATS
from garrison.detection import FAMILIES
from garrison.errors import SettingsError
from garrison.evaluation import metric
from garrison.pipelines.threshold_rule import ThresholdRule
from garrison.pipelines.tuning_settings import TuningSettings
from garrison.run.settings import Section


def _known_metric(name: str) -> str:
    """Refuse a metric that does not exist here, at the edge, and not after minutes of training."""
    try:
        return metric(name).name
    except SettingsError as error:
        raise ValueError(f"{error.expected}; {error.remedy}") from error


def _check_params(family: str, params: dict[str, Any]) -> None:
    try:
        FAMILIES[family].complete(params)
    except SettingsError as error:
        raise ValueError(f"{error.what}; {error.expected}; {error.remedy}") from error


class IngestionSettings(Section):
    """Where events come from, and how they are split into a training and a test part."""

    data: str | None = Field(
        default=None, description="a file, a data set's name, or a store's URL (duckdb:///…, mongodb://…)"
    )
    collection: str | None = Field(default=None, description="the store's collection; files name their own")
    store: str | None = Field(
        default=None, description="the store that files are loaded into; default: stores/events.duckdb"
    )
    features: str | None = Field(
        default=None,
        description="the features file, relative to the settings file; default: the data set's own, or features.json",
    )
    format: str | None = Field(
        default=None,
        description="the files' format (csv, netflow, zeek, …), as in `garrison ingest`; by their names if not given",
    )
    encoding: str | None = Field(default=None, description="a file's encoding; found if not given")
    delimiter: str | None = Field(default=None, description="a CSV file's delimiter; found if not given")
    test: tuple[str, ...] = Field(
        default=(),
        description="files set aside for testing, the first to be judged by; default: those of the data set's authors",
    )
    split: Literal["auto", "official", "time", "groups"] = Field(
        default="auto",
        description="how the test part is found; auto: `test` where there is one, else by time, else by groups",
    )
    test_share: float = Field(default=0.2, gt=0, lt=1, description="the part of the rows kept for the test")

    @field_validator("format")
    @classmethod
    def _known_format(cls, name: str | None) -> str | None:
        if name is not None and name not in FORMATS:
            raise ValueError("one of " + ", ".join(FORMATS))
        return name


class DriftSettings(Section):
    """When two samples of one column count as different."""

    alpha: float = Field(
        default=0.01, gt=0, lt=1, description="the share of false alarms over all columns together"
    )
    correction: Literal["holm", "bonferroni", "benjamini-hochberg"] = Field(
        default="holm", description="the correction for many tests"
    )
    least_effect: float = Field(default=0.1, ge=0, le=1, description="smaller effects never count as drift")
    fails: bool = Field(
        default=True, description="false: drift is a caveat of the report, and no failed check"
    )


class ValidationSettings(Section):
    """What the data must hold, and what happens when they don't."""

    on_failure: Literal["stop", "continue"] = Field(
        default="stop", description="stop: exit code 3 at a failed check"
    )
    least_rows: int = Field(default=100, ge=2, description="fewer rows fail")
    most_refused: float = Field(default=0.01, ge=0, le=1, description="a larger share of refused rows fails")
    most_missing: float = Field(
        default=0.3, ge=0, le=1, description="a column with a larger share of missing values fails"
    )
    reference: str | None = Field(
        default=None, description="a file to hold all rows against for drift; default: training against test"
    )
    drift: DriftSettings = Field(default=DriftSettings(), description="when a column has drifted")


class TransformationSettings(Section):
    """How events become numbers."""

    processor: Literal["tabular", "url", "events"] = Field(
        default="tabular",
        description="columns as they are, a URL's lexical features, or network events with their past",
    )
    impute: Literal["knn", "median"] = Field(default="knn", description="what stands in for a missing number")


class TrainingSettings(Section):
    """Which families compete, by which search, and on which metric."""

    metric: str = Field(default="auc", description="what the leaderboard is ordered by")
    folds: int = Field(default=5, ge=2, le=50, description="grouped folds of the training part")
    search: Literal["grid", "optuna"] = Field(default="grid", description="how parameters are searched")
    trials: int = Field(default=20, ge=1, description="trials a family (search: optuna)")
    threshold: str = Field(
        default="f1",
        description="the operating point, placed on out-of-fold scores: `fpr=SHARE`, a metric to make best (`f1`), "
        "a number, or `unknown-attacks`: where attacks held out of training and benign rows part best",
    )
    weights: Literal["none", "balanced"] = Field(
        default="none", description="balanced: benign and malicious rows weigh the same in sum"
    )
    attack_power: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="a kind of attack with n rows weighs n to this power: 1 as it is, 0 every kind alike",
    )
    held_out_attacks: bool = Field(
        default=True,
        description="find out how well kinds of attack are caught that training never saw (where they have names)",
    )
    families: tuple[str, ...] = Field(min_length=1, description="the families that compete, by name")
    params: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="for each family, parameters in place of its defaults"
    )
    grid: dict[str, dict[str, list[Any]]] = Field(
        default_factory=dict, description="for each family, values to try, every combination (search: grid)"
    )

    _metric = field_validator("metric")(_known_metric)

    @field_validator("threshold")
    @classmethod
    def _known_rule(cls, rule: str) -> str:
        try:
            ThresholdRule.read(rule)
        except SettingsError as error:
            raise ValueError(f"{error.expected}; {error.remedy}".strip("; ")) from error
        return rule

    @field_validator("families")
    @classmethod
    def _known_families(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            try:
                FAMILIES[name]
            except SettingsError as error:
                raise ValueError(f"{error.expected}; {error.remedy}") from error
        return names

    @field_validator("params")
    @classmethod
    def _known_params(cls, given: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Refuse what a family does not take; parameters of one that is not chosen wait until it is."""
        for family, params in given.items():
            _check_params(family, params)
        return given

    @field_validator("grid")
    @classmethod
    def _known_grid(cls, given: dict[str, dict[str, list[Any]]]) -> dict[str, dict[str, list[Any]]]:
        for family, grid in given.items():
            for name, values in grid.items():
                for value in values:
                    _check_params(family, {name: value})
        return given


class EvaluationSettings(Section):
    """How the one look at the test part is made, and what a candidate must gain to be accepted."""

    metric: str = Field(
        default="recall@fpr=0.01", description="what is compared with the model in production"
    )
    margin: float = Field(
        default=0.0, ge=0, le=1, description="the whole interval of a candidate's gain must lie above this"
    )
    repeats: int = Field(default=500, ge=50, le=100_000, description="bootstrap samples for the intervals")
    level: float = Field(default=0.95, gt=0.5, lt=1, description="the intervals' confidence level")
    prevalence: float = Field(
        default=0.001, gt=0, lt=1, description="the base rate at which precision is stated"
    )

    _metric = field_validator("metric")(_known_metric)


class ScorecardSettings(Section):
    """What is measured of the candidate besides its quality, before it goes anywhere."""

    parts: tuple[str, ...] = Field(
        default=(),
        description="parts of a scorecard (evasion, leakage, drift, speed, …) beside those that `gates` need",
    )
    rows: int = Field(default=100, ge=1, description="malicious events of the test part that are attacked")
    seconds: float | None = Field(
        default=None,
        gt=0,
        description="what attacks may take together; their best so far counts, and is flagged",
    )

    @field_validator("parts")
    @classmethod
    def _known_parts(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in PART_NAMES:
                raise ValueError(f"{name!r} is none; one of " + ", ".join(PART_NAMES))
        return names


class PusherSettings(Section):
    """Where an accepted detector goes."""

    registry: str | None = Field(default=None, description="the registry's folder; default: models")
    promote: bool = Field(
        default=True, description="false: an accepted detector stays experimental, and goes nowhere else"
    )
    to: tuple[str, ...] = Field(
        default=(),
        description="more places: a folder, file:///…, s3://bucket/prefix, mlflow: or models:/NAME",
    )


class TrackingSettings(Section):
    """Where runs are recorded."""

    enabled: bool = Field(default=True, description="false: nothing is sent to MLflow")
    uri: str | None = Field(
        default=None, description="the MLflow server; default: MLFLOW_TRACKING_URI, else runs/mlflow.db"
    )
    experiment: str | None = Field(
        default=None, description="the MLflow experiment; default: the detector's name"
    )


class DetectionSettings(Section):
    """All settings of one detection pipeline."""

    name: str = Field(
        default="",
        pattern=r"^([a-z0-9][a-z0-9_-]{0,63})?$",
        description="the detector's name in the registry; default: the pipeline's, with that of other features files",
    )
    seed: int = Field(default=0, ge=0, lt=2**32, description="every draw comes from this seed")
    jobs: int = Field(default=-1, ge=-1, le=1024, description="parallel processes; -1: one a core")
    ingestion: IngestionSettings = Field(default=IngestionSettings())
    validation: ValidationSettings = Field(default=ValidationSettings())
    transformation: TransformationSettings = Field(default=TransformationSettings())
    training: TrainingSettings
    tuning: TuningSettings = Field(default=TuningSettings())
    evaluation: EvaluationSettings = Field(default=EvaluationSettings())
    gates: dict[str, str | None] = Field(
        default_factory=dict,
        description="bounds that figures of its scorecard must keep, as `{recall@fpr=0.01: '>= 0.8'}`; null: none",
    )
    scorecard: ScorecardSettings = Field(default=ScorecardSettings())
    pusher: PusherSettings = Field(default=PusherSettings())
    tracking: TrackingSettings = Field(default=TrackingSettings())

    @field_validator("gates")
    @classmethod
    def _known_gates(cls, stated: dict[str, str | None]) -> dict[str, str | None]:
        try:
            read_gates(stated)
        except SettingsError as error:
            raise ValueError(f"{error.what}; {error.expected}; {error.remedy}") from error
        return stated


@dataclass(frozen=True)
class Loaded:
    """Typed settings, and the features file they lead to."""

    settings: DetectionSettings
    features: Path


def anchored(settings: DetectionSettings) -> DetectionSettings:
    """The settings with absolute paths, so that a run can go on from another folder."""
    ingestion = settings.ingestion.model_copy(
        update={
            "data": _absolute(settings.ingestion.data),
            "store": _absolute(settings.ingestion.store),
            "test": tuple(filter(None, map(_absolute, settings.ingestion.test))),
        }
    )
    validation = settings.validation.model_copy(
        update={"reference": _absolute(settings.validation.reference)}
    )
    registry = settings.pusher.registry
    pusher = settings.pusher.model_copy(
        update={"registry": str(Path(registry).resolve()) if registry else None}
    )
    return settings.model_copy(update={"ingestion": ingestion, "validation": validation, "pusher": pusher})


def _absolute(name: str | None) -> str | None:
    """An existing file's or an embedded store's absolute path; other names as they are."""
    embedded = "duckdb:///"
    if name is None:
        return None
    if name.startswith(embedded):
        return embedded + str(Path(name.removeprefix(embedded)).resolve())
    return str(Path(name).resolve()) if "://" not in name and Path(name).exists() else name
