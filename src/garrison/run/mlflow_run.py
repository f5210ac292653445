"""One run on an MLflow server, told fact by fact; used only in the sender's own process.

Everything here can be sent again and changes nothing the second time.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from garrison.run.redaction import redact
from garrison.run.spool import Destination, Fact

if TYPE_CHECKING:
    from mlflow.entities import Metric, Param, RunTag
    from mlflow.tracking import MlflowClient

MARK_TAG = "garrison.mark"

_STATUS = {"finished": "FINISHED", "failed": "FAILED", "interrupted": "KILLED"}
_REFUSALS = frozenset({"INVALID_PARAMETER_VALUE", "BAD_REQUEST"})
_LOGIN_REFUSED = re.compile(r"error code 40[13]\b|unauthori[sz]ed|not authenticated|forbidden", re.IGNORECASE)
_NO_ANSWER = re.compile(
    r"Max retries exceeded|ConnectionError|Connection (aborted|refused)|timed out|resolve"
)
_BATCH = 100
_LONGEST_NAME = 250
_LONGEST_PARAM = 6000
_LONGEST_TAG = 5000


class MlflowRun:
    """The run at ``destination`` that carries its mark, made when there is none.

    ``run_id`` is the server's id from an earlier sending, if any.
    """

    def __init__(self, client: "MlflowClient", destination: Destination, run_id: str | None) -> None:
        self._client = client
        self.run_id = run_id or _find_or_create(client, destination)

    def send_values(self, facts: Sequence[Fact], *, in_doubt: bool) -> None:
        """Send parameters, metrics and tags; ``in_doubt`` asks first which metrics the server has."""
        metrics, params, tags = _entities(facts)
        if in_doubt and metrics:
            metrics = self._not_there_yet(metrics)
        for start in range(0, max(len(metrics), len(params), len(tags)), _BATCH):
            part = slice(start, start + _BATCH)
            self._client.log_batch(
                self.run_id, metrics=metrics[part], params=params[part], tags=tags[part], synchronous=True
            )

    def send_artifact(self, fact: Fact, file: Path) -> None:
        """Send one file; an older one of the same name is replaced."""
        folder = fact.content["target"].rpartition("/")[0]
        self._client.log_artifact(self.run_id, str(file), folder or None)

    def send_status(self, fact: Fact) -> None:
        """Tell that the run goes on, or how it ended."""
        if fact.kind == "start":
            self._client.update_run(self.run_id, status="RUNNING")
        else:
            status = _STATUS.get(fact.content["status"], "FAILED")
            self._client.set_terminated(self.run_id, status=status, end_time=fact.time)

    def check(self) -> None:
        """Raise what the client raises when the server does not answer for this run."""
        self._client.get_run(self.run_id)

    def _not_there_yet(self, metrics: "list[Metric]") -> "list[Metric]":
        there = {
            (metric.key, metric.timestamp, metric.step)
            for key in sorted({metric.key for metric in metrics})
            for metric in self._client.get_metric_history(self.run_id, key)
        }
        return [metric for metric in metrics if (metric.key, metric.timestamp, metric.step) not in there]


def open_client(uri: str) -> "MlflowClient":
    """A client for the tracking server or database at ``uri``."""
    from mlflow.tracking import MlflowClient

    return MlflowClient(tracking_uri=uri)


def is_refusal(error: Exception) -> bool:
    """Whether the server understood and will never take this, so that sending it again is of no use."""
    from mlflow.exceptions import MlflowException

    return isinstance(error, MlflowException) and error.error_code in _REFUSALS


def problem_text(error: Exception) -> str:
    """Why the sending broke off, in one line without secrets."""
    text = " ".join(str(error).split())
    code = getattr(error, "error_code", "")
    if code in {"UNAUTHENTICATED", "PERMISSION_DENIED"} or _LOGIN_REFUSED.search(text):
        return (
            "the tracking server refused the login; "
            "check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD in the environment"
        )
    if _NO_ANSWER.search(text):
        return "no answer from the tracking server"
    return redact(f"the tracking server failed: {text}")[:500]


def _find_or_create(client: "MlflowClient", destination: Destination) -> str:
    experiment_id = _experiment_id(client, destination)
    found = client.search_runs([experiment_id], f"tags.`{MARK_TAG}` = '{destination.mark}'", max_results=1)
    if found:
        return str(found[0].info.run_id)
    run = client.create_run(experiment_id, run_name=destination.run_name, tags={MARK_TAG: destination.mark})
    return str(run.info.run_id)


def _experiment_id(client: "MlflowClient", destination: Destination) -> str:
    from mlflow.exceptions import MlflowException

    experiment = client.get_experiment_by_name(destination.experiment)
    if experiment is None:
        try:
            made: str = client.create_experiment(
                destination.experiment, artifact_location=destination.artifacts
            )
        except MlflowException as error:
            # Another run may have made it in the meantime.
            experiment = client.get_experiment_by_name(destination.experiment)
            if experiment is None:
                raise error
        else:
            return made
    return str(experiment.experiment_id)


def _entities(facts: Sequence[Fact]) -> "tuple[list[Metric], list[Param], list[RunTag]]":
    from mlflow.entities import Metric, Param, RunTag

    metrics, params, tags = {}, {}, {}
    for fact in facts:
        content: dict[str, Any] = fact.content
        if fact.kind == "metrics":
            step = int(content["step"])
            for name, value in content["values"].items():
                key = _name(name)
                metrics[key, fact.time, step] = Metric(key, float(value), fact.time, step)
        elif fact.kind == "params":
            for name, value in content["values"].items():
                params[_name(name)] = Param(_name(name), _text(value, _LONGEST_PARAM))
        elif fact.kind == "tags":
            for name, value in content["values"].items():
                tags[_name(name)] = RunTag(_name(name), _text(value, _LONGEST_TAG))
    return list(metrics.values()), list(params.values()), list(tags.values())


def _name(name: str) -> str:
    """The name as MLflow allows it: ``recall@fpr=0.01`` becomes ``recall_fpr_0.01``."""
    return re.sub(r"[^\w./: -]", "_", name)[:_LONGEST_NAME]


def _text(value: object, longest: int) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= longest else text[: longest - 1] + "…"
