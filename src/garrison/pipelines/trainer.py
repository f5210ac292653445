"""One detector of a chosen type, from data to a saved folder and its report: what ``garrison train`` does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from garrison.detection import FAMILIES, Detector, load_detector
from garrison.errors import GarrisonError, UsageError
from garrison.files import canonical_json
from garrison.pipelines.detection import run_detection
from garrison.pipelines.outcome import Outcome
from garrison.pipelines.stages.named_data import check_data_name
from garrison.pipelines.starting import checked_pipeline, load_pipeline_settings, pipeline_of
from garrison.pipelines.unlabelled import check_unlabelled, run_unlabelled
from garrison.run.folder import RunFolder

EXPERIMENTAL = "experimental"


@dataclass(frozen=True)
class TrainedModel:
    """A trained detector: where it was saved, how it did on the test part, and why to doubt that.

    ``measures`` are empty where the data have no labels. ``report`` is the page of the run.
    """

    path: Path
    model_type: str
    threshold: float
    measures: dict[str, float]
    caveats: tuple[str, ...]
    report: Path
    outcome: Outcome

    def detector(self) -> Detector:
        """The detector, read from its folder after every digest was checked."""
        return load_detector(self.path)


class ModelTrainer:
    """Trains detectors of network events, or of any data that a settings file describes.

    ``config`` is a settings file (default: the pipeline's own ``training.yml``); ``output_dir`` is where detectors are
    saved, by name and version; runs, stores and keys are kept in ``workspace``. ``overrides`` are settings as
    ``"training.folds=3"``, ``pipeline`` is threats or phishing (default: what the data set is for, else threats).

    >>> import tempfile
    >>> from garrison.data.simulator import write_simulated
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_simulated(Path(folder) / "events.parquet", 4000, seed=0, malicious_share=0.2)
    ...     trainer = ModelTrainer(
    ...         output_dir=Path(folder) / "models" / "experimental", workspace=Path(folder),
    ...         overrides=["training.folds=2", "training.held_out_attacks=false", "tracking.enabled=false"])
    ...     trained = trainer.train(data_path=Path(folder) / "events.parquet", model_type="logistic_regression")
    ...     trained.detector().family, trained.path.relative_to(folder).as_posix(), trained.measures["auc"] > 0.5
    ('logistic_regression', 'models/experimental/threats/1/detector', True)
    """

    def __init__(
        self,
        config: Path | str | None = None,
        *,
        output_dir: Path | str = Path("models") / EXPERIMENTAL,
        workspace: Path | str = Path(),
        seed: int | None = None,
        overrides: Sequence[str] = (),
        pipeline: str | None = None,
    ) -> None:
        self.config = None if config is None else Path(config)
        self.output_dir = Path(output_dir)
        self.workspace = Path(workspace)
        self.seed = seed
        self.overrides = tuple(overrides)
        self.pipeline = None if pipeline is None else checked_pipeline(pipeline)

    def train(
        self,
        data_path: Path | str,
        model_type: str = "xgboost",
        *,
        params: Mapping[str, Any] | None = None,
        features: Path | str | None = None,
        labelled: bool = True,
        name: str | None = None,
    ) -> TrainedModel:
        """Train a detector of ``model_type`` on ``data_path``: a file, a folder, a data set's name or a store's URL.

        ``params`` are given to the model type in place of its defaults, ``features`` names a features file, ``name``
        the run. Part of the data stands aside as test part and is looked at once. ``labelled`` false is for events
        whose truth nobody knows, which ``isolation_forest`` learns from. The detector is experimental: nothing is put
        into production.

        Raises ``SettingsError`` for a model type or parameter that is not known, ``SourceError``, ``SchemaError`` and
        ``DataError`` for data that cannot be read or learnt from, ``CheckFailed`` where the settings say to stop.
        """
        FAMILIES[model_type].complete(params or {})
        pipeline = self.pipeline or _pipeline(str(data_path))
        loaded = load_pipeline_settings(
            pipeline,
            self.config,
            overrides=[*self.overrides, *self._given(str(data_path), model_type, params, features)],
        )
        check_data_name(loaded.settings.ingestion.data)
        if not labelled:
            check_unlabelled(loaded.settings)
        run = RunFolder.create(self.workspace / "runs", pipeline=pipeline, name=name)
        if labelled:
            outcome = run_detection(loaded.settings, loaded.features, run=run, workspace=self.workspace)
        else:
            outcome = run_unlabelled(loaded, run=run, workspace=self.workspace)
        if outcome.detector is None or outcome.report is None:
            raise GarrisonError("the run ended before a detector was saved", where=outcome.run_id)
        detector = load_detector(outcome.detector)
        return TrainedModel(
            path=outcome.detector,
            model_type=detector.family,
            threshold=detector.threshold.value,
            measures=detector.measures,
            caveats=outcome.caveats,
            report=outcome.report,
            outcome=outcome,
        )

    def _given(
        self,
        data: str,
        model_type: str,
        params: Mapping[str, Any] | None,
        features: Path | str | None,
    ) -> list[str]:
        """The arguments as settings."""
        facts: dict[str, Any] = {
            "ingestion.data": data,
            "training.families": [model_type],
            "pusher.registry": str(_registry(self.output_dir)),
            "pusher.promote": False,
        }
        if self.seed is not None:
            facts["seed"] = self.seed
        if features is not None:
            facts["ingestion.features"] = str(Path(features).resolve())
        if params:
            facts["training.params"] = {model_type: dict(params)}
        return [f"{key}={canonical_json(value)}" for key, value in facts.items()]


def _registry(output_dir: Path) -> Path:
    """The registry whose experimental models lie in ``output_dir``; models in production have no business there."""
    if output_dir.absolute().name == "production":
        raise UsageError(
            "a detector that was just trained does not go to production",
            where=str(output_dir),
            expected="models/experimental, or a folder of your own",
            remedy="`garrison run threats` promotes a detector that beats the one in production",
        )
    return output_dir.parent if output_dir.name == EXPERIMENTAL else output_dir


def _pipeline(data: str) -> str:
    from garrison.data.catalogue import datasets

    return pipeline_of(data) if data in datasets() else "threats"
