"""One defended detector, from data to a saved folder and the price of its defences: what ``garrison defend`` does."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from garrison.defences import named
from garrison.errors import UsageError
from garrison.files import atomic_file, canonical_json, output_errors
from garrison.pipelines.stages.price import FILE
from garrison.pipelines.trainer import ModelTrainer, TrainedModel
from garrison.run.folder import RunFolder


@dataclass(frozen=True)
class DefendedModel:
    """A defended detector, and its price as JSON values, which also stand in the file ``path``."""

    trained: TrainedModel
    price: dict[str, Any]
    path: Path


def defend_detector(
    trainer: ModelTrainer,
    data: str,
    model_type: str = "xgboost",
    *,
    defences: Sequence[str],
    params: Mapping[str, Mapping[str, Any]] | None = None,
    rows: int = 100,
    features: Path | None = None,
    out: Path | None = None,
    name: str | None = None,
) -> DefendedModel:
    """Train a detector of ``model_type`` on ``data`` with and without ``defences``, save the defended one, and compare.

    ``params`` are parameters by defence. The test part of ``data`` is looked at once, for the price. With ``out`` the
    price is written there as well.

    Raises ``SettingsError`` for a defence or parameter that is not known, and what ``ModelTrainer.train`` raises.
    """
    if not defences:
        raise UsageError("no defence is named", where="--defence", expected="one or more defences")
    if rows < 1:
        raise UsageError(f"{rows} rows are to be attacked", where="--rows", expected="1 or more")
    for each in defences:
        named(each, (params or {}).get(each))
    asked = {"defence.names": list(dict.fromkeys(defences)), "defence.rows": rows}
    if params:
        asked["defence.params"] = {each: dict(given) for each, given in params.items()}
    defending = ModelTrainer(
        trainer.config,
        output_dir=trainer.output_dir,
        workspace=trainer.workspace,
        seed=trainer.seed,
        overrides=[*trainer.overrides, *(f"{key}={canonical_json(value)}" for key, value in asked.items())],
        pipeline=trainer.pipeline,
    )
    trained = defending.train(data, model_type, features=features, name=name)
    path = RunFolder.open(trained.outcome.folder).stage_path("price") / FILE
    if out is not None:
        with output_errors(out), atomic_file(out) as temporary:
            shutil.copyfile(path, temporary)
        path_told = out
    else:
        path_told = path
    return DefendedModel(trained, json.loads(path.read_text(encoding="utf-8")), path_told)
