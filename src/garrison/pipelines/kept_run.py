"""The life of a run whose settings are one file: begun, kept, gone on with, and recorded however it ends."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import yaml
from pydantic import BaseModel

from garrison.errors import UsageError
from garrison.files import atomic_file
from garrison.pipelines.outcome import Outcome, stopped_after
from garrison.pipelines.steps import ReachedStage, Steps
from garrison.run.find import find_run
from garrison.run.fingerprint import git_commit, versions
from garrison.run.folder import RunFolder
from garrison.run.logs import close_log, open_log
from garrison.run.settings import settings_json

SETTINGS_FILE = "settings.yml"


def run_to_resume(
    workspace: Path, name: str, *, pipeline: str, config: Path | None
) -> tuple[RunFolder, Path]:
    """The run called ``name``, and the settings file to go on with: ``config``, else those it was begun with.

    Raises ``UsageError`` where it is a run of another pipeline, or was stopped before its settings were kept.
    """
    folder = find_run(workspace / "runs", name)
    run = RunFolder.open(folder)
    if run.record.pipeline != pipeline:
        raise UsageError(
            f"the run {run.id} is one of the {run.record.pipeline} pipeline",
            where=str(folder),
            remedy=f"garrison run {run.record.pipeline} --resume {run.id}",
        )
    kept = folder / SETTINGS_FILE
    if config is None and not kept.is_file():
        raise UsageError(
            "the run was stopped before its settings were kept", where=str(folder), remedy="start a new run"
        )
    return run, config or kept


def run_stages(
    run: RunFolder,
    settings: BaseModel,
    *,
    seed: int,
    stages: Callable[[Steps], Outcome],
    until: str | None = None,
) -> Outcome:
    """Keep the settings and what the run is made with, and call ``stages``; ends after stage ``until``."""
    with run:
        with atomic_file(run.path / SETTINGS_FILE) as temporary:
            temporary.write_text(yaml.safe_dump(settings_json(settings), sort_keys=False), encoding="utf-8")
        run.update_record(
            command=shlex.join(["garrison", *sys.argv[1:]]) if sys.argv else "",
            seed=seed,
            versions=versions(),
            git_commit=git_commit(Path(__file__).parent),
        )
        log = open_log(run.path / "log.jsonl", run_id=run.id)
        try:
            return stages(Steps(run, log, until=until))
        except ReachedStage as reached:
            return stopped_after(str(reached), run)
        except BaseException as error:
            log.error("run ended", reason=str(error) or type(error).__name__)
            raise
        finally:
            close_log(log)
