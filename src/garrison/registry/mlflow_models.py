"""Detectors in the model registry of an MLflow server.

The files go up as artifacts of a run of their own, and only then is a version registered that points to them.
So a reader of the registry sees whole versions only; a push that fails leaves a failed run and no version.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from garrison.errors import RegistryError
from garrison.registry.contents import contents_of, identity_of
from garrison.registry.elsewhere import arriving
from garrison.run.redaction import redact

EXPERIMENT = "garrison-registry"

_FOLDER = "detector"


class MlflowModels:
    """Registered models of the MLflow server at ``uri``; user and password come from the environment.

    ``why`` describes the versions that are pushed.
    """

    def __init__(self, uri: str, *, timeout_s: float, why: str = "") -> None:
        if not uri:
            raise RegistryError(
                "no MLflow server is named",
                expected="its address in MLFLOW_TRACKING_URI",
                remedy="set MLFLOW_TRACKING_URI, and if it asks for a login MLFLOW_TRACKING_USERNAME "
                "and MLFLOW_TRACKING_PASSWORD",
            )
        self.uri = uri
        self.timeout_s = timeout_s
        self.why = why

    def push(self, detector_folder: Path, name: str) -> str:
        """Send a verified detector and register it as the next version; gives ``models:/NAME/VERSION``."""
        contents = contents_of(detector_folder)
        with self._client() as client:
            run = client.create_run(self._experiment(client), run_name=f"push {name}").info.run_id
            with _ended(client, run):
                client.log_artifacts(run, str(detector_folder), _FOLDER)
                self._register(client, name)
                version = client.create_model_version(
                    name,
                    f"runs:/{run}/{_FOLDER}",
                    run_id=run,
                    tags={"garrison.digest": identity_of(contents)},
                    description=redact(self.why),
                    await_creation_for=0,
                )
        return f"models:/{name}/{version.version}"

    def fetch(self, name: str, into: Path, *, version: int | None) -> Path:
        """Bring the latest version, or the one asked for, into the folder ``into``."""
        with self._client() as client:
            known = {int(each.version): each for each in client.search_model_versions(f"name='{name}'")}
            number = version if version is not None else max(known, default=0)
            if number not in known:
                raise RegistryError(
                    f"{name} has no version {number}" if number else f"{name} has no version yet",
                    where=redact(self.uri),
                    expected=f"one of: {', '.join(map(str, sorted(known))) or 'none yet'}",
                )
            with arriving(into) as temporary, tempfile.TemporaryDirectory(dir=into.parent) as downloads:
                received = client.download_artifacts(known[number].run_id, _FOLDER, downloads)
                shutil.copytree(received, temporary, dirs_exist_ok=True, symlinks=True)
        return into

    def _experiment(self, client: Any) -> str:
        from mlflow.exceptions import MlflowException

        found = client.get_experiment_by_name(EXPERIMENT)
        if found is None:
            with contextlib.suppress(MlflowException):
                return str(client.create_experiment(EXPERIMENT, artifact_location=_artifacts_of(self.uri)))
            found = client.get_experiment_by_name(EXPERIMENT)
        return str(found.experiment_id)

    def _register(self, client: Any, name: str) -> None:
        from mlflow.exceptions import MlflowException

        try:
            client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise

    @contextlib.contextmanager
    def _client(self) -> Iterator[Any]:
        """A client that gives up in time, its errors turned into ours."""
        limit = str(max(1, round(self.timeout_s)))
        bounds = {
            "MLFLOW_HTTP_REQUEST_TIMEOUT": limit,
            "MLFLOW_ARTIFACT_UPLOAD_DOWNLOAD_TIMEOUT": limit,
            "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
            "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
        }
        quiet = {
            "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
            "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }
        with _environment(bounds | quiet):
            from mlflow import MlflowClient
            from mlflow.exceptions import MlflowException
            from requests.exceptions import RequestException

            try:
                yield MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)
            except (MlflowException, RequestException) as error:
                raise self._explained(error) from None

    def _explained(self, error: Exception) -> RegistryError:
        text = str(error)
        where = redact(self.uri)
        if any(mark in text for mark in ("error code 401", "error code 403", "401 Client", "403 Client")):
            return RegistryError(
                "the MLflow server refused the login",
                where=where,
                expected="a user that may write to the model registry",
                remedy="check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
            )
        if "failed with exception" in text or "Max retries exceeded" in text or "timed out" in text:
            return RegistryError(
                "no answer from the MLflow server",
                where=where,
                expected=f"an answer within {self.timeout_s:g} s",
                remedy="check MLFLOW_TRACKING_URI, and that the server is running",
            )
        return RegistryError(
            "the MLflow server did not do what was asked",
            where=where,
            expected="a server with a model registry and room for artifacts",
            remedy=f"read its log ({redact(text.strip().partition(chr(10))[0])[:300]})",
        )


@contextlib.contextmanager
def _ended(client: Any, run: str) -> Iterator[None]:
    """Close the run as finished or, when the block fails, as failed."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(Exception):
            client.set_terminated(run, "FAILED")
        raise
    client.set_terminated(run, "FINISHED")


@contextlib.contextmanager
def _environment(settings: dict[str, str]) -> Iterator[None]:
    """Set the variables that nobody set already, for the time of the block."""
    ours = {name: value for name, value in settings.items() if name not in os.environ}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            os.environ.pop(name, None)


def _artifacts_of(uri: str) -> str | None:
    """Beside the file of an SQLite address; a server decides for itself."""
    if not uri.startswith("sqlite:///"):
        return None
    database = Path(urlsplit(uri).path.removeprefix("/"))
    return (database.resolve().parent / "mlartifacts").as_uri()
