"""How good is each family of a pipeline, by repeated grouped cross-validation on all rows?

Nothing is chosen here: each family is taken with the parameters that the settings fix for it. The processor is fitted
to all rows, which matters where values are missing or categories are many: it never sees a label.
"""

from collections.abc import Sequence
from pathlib import Path

from garrison.data.catalogue.traps import known_traps
from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.splits import group_ids
from garrison.detection import RepeatedCrossValidation, repeated_cross_validations
from garrison.errors import SettingsError
from garrison.pipelines.settings import Loaded
from garrison.pipelines.stages.ingestion import read_events
from garrison.pipelines.stages.landing import land
from garrison.pipelines.stages.splitting import with_past
from garrison.pipelines.stages.training import family_specs, row_weights
from garrison.pipelines.stages.transformation import new_processor

METRICS = ("accuracy", "auc", "recall@fpr=0.01", "recall@fpr=0.001", "precision", "recall", "f1")


def cross_validate_families(
    loaded: Loaded,
    *,
    workspace: Path,
    quarantine: Quarantine,
    folds: int,
    seeds: Sequence[int],
    families: Sequence[str] | None = None,
) -> list[RepeatedCrossValidation]:
    """Cross-validate the settings' families, or those named, on every row; groups never stand on both sides.

    Rows that are not what the features file says go to ``quarantine`` and count in no figure.
    Raises ``SettingsError`` for a family that the settings do not name.
    """
    settings = loaded.settings
    specs = family_specs(settings.training)
    for name in families or ():
        if name not in settings.training.families:
            raise SettingsError(
                f"{name!r} is not among the families of the settings",
                expected=f"one of: {', '.join(settings.training.families)}",
                remedy="name one of those, or set training.families",
            )
    if families:
        specs = [spec for spec in specs if spec.name in families]
    schema = Schema.read(loaded.features)
    known_traps(schema)
    landed = land(settings.ingestion, schema=schema, workspace=workspace, quarantine=quarantine)
    table = with_past(read_events(landed, schema=schema, quarantine=quarantine), schema)
    labels = schema.labels(table)
    weights = row_weights(settings.training, labels, schema.attack_names(table))
    X = new_processor(settings.transformation).fit(table, schema).transform(table)
    return repeated_cross_validations(
        specs,
        X,
        labels,
        group_ids(table, schema),
        folds=folds,
        seeds=seeds,
        metrics=METRICS,
        weights=weights,
        jobs=settings.jobs,
    )
