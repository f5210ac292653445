"""Sending a saved detector somewhere else by its address, and getting it back.

| address | where it goes |
| --- | --- |
| a path, ``file:///path`` | a registry folder: the next version in production |
| ``s3://bucket/prefix`` | an S3 bucket; endpoint and credentials from the ``AWS_…`` environment variables |
| ``mlflow:`` | the model registry of the MLflow server in ``MLFLOW_TRACKING_URI`` |
| ``models:/NAME`` | the same, under another name |
"""

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from garrison.errors import RegistryError
from garrison.registry.elsewhere import Elsewhere
from garrison.registry.folder import FolderModels
from garrison.registry.mlflow_models import MlflowModels
from garrison.registry.s3 import S3Models
from garrison.registry.version import checked_name
from garrison.run.redaction import redact


def push_to(
    url: str,
    detector_folder: Path,
    *,
    name: str,
    tracking_uri: str | None = None,
    timeout_s: float = 30.0,
) -> str:
    """Send a saved detector to ``url`` as the next version of ``name``; gives the address of that version.

    A reader there sees whole versions only. Credentials come from the environment, never from the address.
    ``tracking_uri`` is the MLflow server (default: ``MLFLOW_TRACKING_URI``), ``timeout_s`` bounds a request.

    Raises ``IntegrityError`` when the detector was changed, and ``RegistryError`` when the place cannot be
    reached, refuses the credentials or does not exist.
    """
    place, known_as = _open(url, name, tracking_uri, timeout_s)
    return place.push(detector_folder, known_as)


def check_address(url: str, *, name: str, tracking_uri: str | None = None) -> None:
    """Refuse an address that ``push_to`` could not use: no address, or credentials missing; nothing is sent.

    Raises ``RegistryError``.
    """
    _open(url, name, tracking_uri, timeout_s=30.0)


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
    place, known_as = _open(url, name, tracking_uri, timeout_s)
    return place.fetch(known_as, into, version=version)


def _open(url: str, name: str, tracking_uri: str | None, timeout_s: float) -> tuple[Elsewhere, str]:
    checked_name(name)
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
    uri = tracking_uri or os.environ.get("MLFLOW_TRACKING_URI", "")
    match parts.scheme:
        case "":
            return FolderModels(Path(url)), name
        case "file" if parts.netloc in {"", "localhost"}:
            return FolderModels(Path(unquote(parts.path))), name
        case "s3" if parts.netloc:
            return S3Models(parts.netloc, parts.path.strip("/"), timeout_s=timeout_s), name
        case "mlflow" if not (parts.netloc or parts.path):
            return MlflowModels(uri, timeout_s=timeout_s), name
        case "models" if re.fullmatch(r"/[\w. -]{1,250}", parts.path):
            return MlflowModels(uri, timeout_s=timeout_s), parts.path.removeprefix("/")
    raise _no_address(url)


def _no_address(url: str) -> RegistryError:
    return RegistryError(
        "not an address a detector can be sent to",
        where=redact(url),
        expected="a folder, file:///path, s3://bucket/prefix, mlflow: or models:/NAME",
    )
