"""The settings of a detection pipeline: one section a stage, every value typed and checked once at the edge."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from garrison.run.settings import Section


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
    encoding: str | None = Field(default=None, description="a file's encoding; found if not given")
    delimiter: str | None = Field(default=None, description="a CSV file's delimiter; found if not given")
    test_share: float = Field(default=0.2, gt=0, lt=1, description="the part of the rows kept for the test")


class DriftSettings(Section):
    """When two samples of one column count as different."""

    alpha: float = Field(
        default=0.01, gt=0, lt=1, description="the share of false alarms over all columns together"
    )
    correction: Literal["holm", "bonferroni", "benjamini-hochberg"] = Field(
        default="holm", description="the correction for many tests"
    )
    least_effect: float = Field(default=0.1, ge=0, le=1, description="smaller effects never count as drift")


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

    processor: Literal["tabular", "url"] = Field(
        default="tabular", description="columns as they are, or lexical features"
    )
    impute: Literal["knn", "median"] = Field(default="knn", description="what stands in for a missing number")


class TrainingSettings(Section):
    """Which families compete, by which search, and on which metric."""

    metric: str = Field(default="auc", description="what the leaderboard is ordered by")
    folds: int = Field(default=5, ge=2, le=50, description="grouped folds of the training part")
    search: Literal["grid", "optuna"] = Field(default="grid", description="how parameters are searched")
    trials: int = Field(default=20, ge=1, description="trials a family (search: optuna)")
    threshold: str = Field(
        default="fpr=0.01",
        description="the operating point, placed on out-of-fold scores: `fpr=SHARE`, a metric to make best (`f1`), "
        "or a number",
    )
    families: tuple[str, ...] = Field(min_length=1, description="the families that compete, by name")
    params: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="for each family, parameters in place of its defaults"
    )
    grid: dict[str, dict[str, list[Any]]] = Field(
        default_factory=dict, description="for each family, values to try, every combination (search: grid)"
    )

    @model_validator(mode="after")
    def _only_competitors(self) -> Self:
        for name in (*self.params, *self.grid):
            if name not in self.families:
                raise ValueError(f"{name!r} has parameters but is not among the families")
        return self


class EvaluationSettings(Section):
    """How the one look at the test part is made, and what a candidate must gain to be accepted."""

    metric: str = Field(
        default="recall@fpr=0.01", description="what is compared with the model in production"
    )
    margin: float = Field(default=0.002, ge=0, le=1, description="a candidate must gain more than this")
    repeats: int = Field(default=500, ge=50, le=100_000, description="bootstrap samples for the intervals")
    level: float = Field(default=0.95, gt=0.5, lt=1, description="the intervals' confidence level")
    prevalence: float = Field(
        default=0.001, gt=0, lt=1, description="the base rate at which precision is stated"
    )


class PusherSettings(Section):
    """Where an accepted detector goes."""

    registry: str | None = Field(default=None, description="the registry's folder; default: models")
    to: tuple[str, ...] = Field(
        default=(), description="more places: a folder, s3://bucket/prefix or models:/NAME"
    )


class TrackingSettings(Section):
    """Where runs are recorded."""

    enabled: bool = Field(default=True, description="false: nothing is sent to MLflow")
    uri: str | None = Field(
        default=None, description="the MLflow server; default: MLFLOW_TRACKING_URI, else runs/mlflow.db"
    )
    experiment: str = Field(default="phishing", description="the MLflow experiment")


class DetectionSettings(Section):
    """All settings of one detection pipeline."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="the detector's name in the registry"
    )
    seed: int = Field(default=0, ge=0, lt=2**32, description="every draw comes from this seed")
    jobs: int = Field(default=-1, ge=-1, le=1024, description="parallel processes; -1: one a core")
    ingestion: IngestionSettings = Field(default=IngestionSettings())
    validation: ValidationSettings = Field(default=ValidationSettings())
    transformation: TransformationSettings = Field(default=TransformationSettings())
    training: TrainingSettings
    evaluation: EvaluationSettings = Field(default=EvaluationSettings())
    pusher: PusherSettings = Field(default=PusherSettings())
    tracking: TrackingSettings = Field(default=TrackingSettings())
