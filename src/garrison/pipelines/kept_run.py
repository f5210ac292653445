"""The life of a run: begun, its settings kept, gone on with, and recorded however it ends."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from garrison.errors import UsageError
from garrison.pipelines.kept_settings import are_kept, keep_settings
from garrison.pipelines.outcome import Outcome, stopped_after
from garrison.pipelines.steps import ReachedStage, Steps
from garrison.run.find import find_run
from garrison.run.fingerprint import EXTRA_PACKAGES, git_commit, versions
from garrison.run.folder import RunFolder
from garrison.run.logs import close_log, open_log

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
    settings: dict[str, Any],
    *,
    seed: int,
    stages: Callable[[Steps], Outcome],
    until: str | None = None,
) -> Outcome:
    """Keep the settings, as JSON values, and what the run is made with, and call ``stages``; ends after ``until``.

    The command that is recorded is the one that gave the settings: to go on with them as they are changes no byte.
    """
    with run:
        kept = run.path / SETTINGS_FILE
        command = shlex.join(["garrison", *sys.argv[1:]]) if sys.argv else ""
        run.update_record(
            command=run.record.command if are_kept(settings, kept) else command,
            seed=seed,
            versions=versions(*EXTRA_PACKAGES),
            git_commit=git_commit(Path(__file__).parent),
        )
        keep_settings(settings, kept)
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
