"""Sending a saved detector somewhere else by its address, and getting it back.

| address | where it goes |
| --- | --- |
| a path, ``file:///path`` | a registry folder: the next version, in production unless told otherwise |
| ``s3://bucket/prefix`` | an S3 bucket; endpoint and credentials from the ``AWS_…`` environment variables |
| ``mlflow:`` | the model registry of the MLflow server in ``MLFLOW_TRACKING_URI`` |
| ``mlflow+https://host`` | the model registry of the MLflow server there |
| ``models:/NAME`` | that of ``MLFLOW_TRACKING_URI``, under another name |
| ``gs://…``, ``sftp://…``, … | any file system that fsspec knows (the extra ``garrison[fsspec]``) |
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from garrison.errors import RegistryError
from garrison.registry.elsewhere import Elsewhere
from garrison.registry.folder import FolderModels
from garrison.registry.fsspec_objects import FsspecObjects
from garrison.registry.mlflow_models import MlflowModels
from garrison.registry.objects import ObjectModels
from garrison.registry.s3 import S3Objects
from garrison.registry.version import checked_name
from garrison.run.redaction import redact

_REGISTERED = re.compile(r"/[\w. -]{1,250}")
_NOT_FOR_FSSPEC = frozenset({"file", "s3", "mlflow", "models", "http", "https"})
"""Addresses with a meaning of their own here, and those that can only be read."""


def push_to(
    url: str,
    detector_folder: Path,
    *,
    name: str,
    stage: str = "production",
    record: Mapping[str, Any] | None = None,
    tracking_uri: str | None = None,
    timeout_s: float = 30.0,
) -> str:
    """Send a saved detector to ``url`` as the next version of ``name``; gives the address of that version.

    A reader there sees whole versions only. Credentials come from the environment, never from the address. ``stage``
    and ``record`` (as ``LocalRegistry.push`` takes it) are for a registry folder; an MLflow server is told the reason.
    ``tracking_uri`` is the MLflow server (default: ``MLFLOW_TRACKING_URI``), ``timeout_s`` bounds a request.

    Raises ``IntegrityError`` when the detector was changed, and ``RegistryError`` when the place cannot be
    reached, refuses the credentials or does not exist.
    """
    carried = Carried(tracking_uri, timeout_s, stage, record)
    return _open(url, name, carried).push(detector_folder, _known_as(url, name))


def check_address(url: str, *, name: str, tracking_uri: str | None = None) -> None:
    """Refuse an address that ``push_to`` could not use: no address, or credentials missing; nothing is sent.

    Raises ``RegistryError``.
    """
    _open(url, name, Carried(tracking_uri))


def fetch_from(
    url: str,
    into: Path,
    *,
    name: str,
    version: int | None = None,
    tracking_uri: str | None = None,
    timeout_s: float = 30.0,
) -> Path:
    """Bring a detector from ``url`` into the folder ``into``: the latest version, or the one asked for.

    Every digest is verified before ``into`` appears. Raises as ``push_to`` does.
    """
    carried = Carried(tracking_uri, timeout_s)
    return _open(url, name, carried).fetch(_known_as(url, name), into, version=version)


@dataclass(frozen=True)
class Carried:
    """What goes along with an address: where MLflow is, how long to wait, and what a registry folder keeps."""

    tracking_uri: str | None = None
    timeout_s: float = 30.0
    stage: str = "production"
    record: Mapping[str, Any] | None = None


def _open(url: str, name: str, carried: Carried) -> Elsewhere:
    checked_name(name)
    parts = _parts(url)
    match parts.scheme:
        case "":
            return FolderModels(Path(url), stage=carried.stage, record=carried.record)
        case "file" if parts.netloc in {"", "localhost"}:
            return FolderModels(Path(unquote(parts.path)), stage=carried.stage, record=carried.record)
        case "s3" if parts.netloc:
            objects = S3Objects(parts.netloc, timeout_s=carried.timeout_s)
            return ObjectModels(objects, parts.path.strip("/"))
        case "mlflow" | "models" | "mlflow+http" | "mlflow+https":
            why = str((carried.record or {}).get("reason") or "")
            return MlflowModels(_mlflow_server(url, carried), timeout_s=carried.timeout_s, why=why)
        case scheme if url.startswith(f"{scheme}://") and scheme not in _NOT_FOR_FSSPEC and "::" not in url:
            return ObjectModels(FsspecObjects(url))
    raise _no_address(url)


def _parts(url: str) -> SplitResult:
    """The parts of an address; one that holds credentials is refused."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise _no_address(url) from error
    if parts.username is not None or parts.password is not None:
        raise RegistryError(
            "the address holds a user name or password",
            where=f"{parts.scheme}://***@{parts.netloc.rpartition('@')[2]}",
            expected="an address without credentials",
            remedy="give them in the environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
            "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
        )
    return parts


def _mlflow_server(url: str, carried: Carried) -> str:
    """The MLflow server that an address means: the one it names, else the one of the environment."""
    parts = urlsplit(url)
    if parts.scheme.startswith("mlflow+") and parts.netloc:
        return url.partition("+")[2]
    bare = parts.scheme == "mlflow" and not (parts.netloc or parts.path)
    if bare or (parts.scheme == "models" and _REGISTERED.fullmatch(parts.path)):
        return carried.tracking_uri or os.environ.get("MLFLOW_TRACKING_URI", "")
    raise _no_address(url)


def _known_as(url: str, name: str) -> str:
    """The model's name there: the one in ``models:/NAME``, else its own."""
    parts = urlsplit(url)
    return parts.path.removeprefix("/") if parts.scheme == "models" else name


def _no_address(url: str) -> RegistryError:
    return RegistryError(
        "not an address a detector can be sent to",
        where=redact(url),
        expected="a folder, file:///path, s3://bucket/prefix, mlflow: or models:/NAME; an MLflow server by its "
        "address: mlflow+https://host",
    )
