"""Detectors in an S3 bucket, of Amazon or any other service with the same interface.

::

    <prefix>/<name>/detectors/<digest>/…       the files of one detector
    <prefix>/<name>/versions/000003.json       the marker that makes it version 3: names, digests and sizes

The files go first, the marker last, and only if no marker of that number is there (``If-None-Match``). So a
reader, who starts from the markers, sees whole versions only, and of two that push at once one takes the next
number. A push that was broken off leaves files without a marker; the same detector pushed again writes the
same files.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from garrison.errors import IntegrityError, RegistryError
from garrison.files import canonical_json, sha256_of
from garrison.progress import progress
from garrison.registry.contents import checked_relative, contents_of, digest_of
from garrison.registry.elsewhere import arriving
from garrison.registry.version import now
from garrison.run.redaction import redact

_ATTEMPTS = 50
_CREDENTIALS = (
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI",),
    ("AWS_SKIP_SIGNATURE",),
)


class StoredFile(BaseModel):
    """The SHA-256 and the size in bytes of one file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class Marker(BaseModel):
    """What makes a set of files a version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    name: str
    version: int = Field(ge=1)
    when: str
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    files: dict[str, StoredFile]


class S3Models:
    """Versions of detectors under ``prefix`` of ``bucket``; endpoint and credentials from the environment."""

    def __init__(self, bucket: str, prefix: str, *, timeout_s: float) -> None:
        self.bucket = bucket
        self.prefix = f"{prefix}/" if prefix else ""
        self.timeout_s = timeout_s
        self.endpoint = next(
            (
                os.environ[name]
                for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
                if os.environ.get(name)
            ),
            "",
        )

    def push(self, detector_folder: Path, name: str) -> str:
        """Send a verified detector as the next version; gives the address of its marker."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        contents = contents_of(detector_folder)
        digest = digest_of(contents)
        with self._errors():
            store = self._store()
            self._numbers(store, name)
            with progress(f"sending {name}", total=len(contents)) as advance:
                for relative in contents:
                    target = f"{self._home(name)}/detectors/{digest}/{relative}"
                    obstore.put(store, target, detector_folder / relative)
                    advance(1)
            files = {
                relative: StoredFile(sha256=sha256, bytes=(detector_folder / relative).stat().st_size)
                for relative, sha256 in contents.items()
            }
            if contents_of(detector_folder) != contents:
                raise IntegrityError("the detector changed while it was sent", where=str(detector_folder))
            for _ in range(_ATTEMPTS):
                number = 1 + max(self._numbers(store, name), default=0)
                marker = Marker(name=name, version=number, when=now(), digest=digest, files=files)
                path = self._marker_path(name, number)
                content = canonical_json(marker.model_dump(mode="json")).encode()
                with contextlib.suppress(AlreadyExistsError):
                    obstore.put(store, path, content, mode="create", use_multipart=False)
                    return f"s3://{self.bucket}/{path}"
        raise RegistryError(
            f"other processes took the next number of {name} {_ATTEMPTS} times",
            where=f"s3://{self.bucket}/{self._home(name)}",
            remedy="try again when fewer of them push at once",
        )

    def fetch(self, name: str, into: Path, *, version: int | None) -> Path:
        """Bring the latest version, or the one asked for, into the folder ``into``."""
        import obstore

        with self._errors():
            store = self._store()
            marker = self._marker(store, name, version)
            with (
                arriving(into) as temporary,
                progress(f"fetching {name}", total=len(marker.files)) as advance,
            ):
                for relative, stored in marker.files.items():
                    source = f"{self._home(name)}/detectors/{marker.digest}/{relative}"
                    target = temporary / checked_relative(relative, where=f"s3://{self.bucket}/{source}")
                    target.parent.mkdir(parents=True, exist_ok=True)
                    _receive(obstore.get(store, source), target, stored, where=f"s3://{self.bucket}/{source}")
                    advance(1)
        return into

    def _marker(self, store: Any, name: str, version: int | None) -> Marker:
        import obstore

        numbers = self._numbers(store, name)
        number = version if version is not None else max(numbers, default=0)
        if number not in numbers:
            raise RegistryError(
                f"{name} has no version {number}" if number else f"{name} has no version yet",
                where=f"s3://{self.bucket}/{self._home(name)}",
                expected=f"one of: {', '.join(map(str, sorted(numbers))) or 'none yet'}",
            )
        path = self._marker_path(name, number)
        try:
            return Marker.model_validate_json(bytes(obstore.get(store, path).bytes()))
        except ValidationError as error:
            raise RegistryError(
                "the marker of a version is damaged",
                where=f"s3://{self.bucket}/{path}",
                remedy="push the detector again",
            ) from error

    def _numbers(self, store: Any, name: str) -> set[int]:
        import obstore

        stems = (
            Path(entry["path"]).stem
            for page in obstore.list(store, f"{self._home(name)}/versions/")
            for entry in page
            if entry["path"].endswith(".json")
        )
        return {int(stem) for stem in stems if stem.isdecimal()}

    def _home(self, name: str) -> str:
        return f"{self.prefix}{name}"

    def _marker_path(self, name: str, number: int) -> str:
        return f"{self._home(name)}/versions/{number:06}.json"

    def _store(self) -> Any:
        from obstore.store import S3Store

        if not any(all(os.environ.get(name) for name in names) for names in _CREDENTIALS):
            raise RegistryError(
                "no credentials for S3",
                where=f"s3://{self.bucket}",
                expected="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment",
                remedy="set both, and AWS_SESSION_TOKEN if the key has one",
            )
        limit = timedelta(seconds=self.timeout_s)
        return S3Store(
            self.bucket,
            config={"endpoint": self.endpoint} if self.endpoint else None,
            client_options={
                "timeout": limit,
                "connect_timeout": min(limit, timedelta(seconds=5)),
                "allow_http": self._plain_http(),
            },
            retry_config={"max_retries": 2, "retry_timeout": limit},
        )

    def _plain_http(self) -> bool:
        if not self.endpoint.lower().startswith("http://"):
            return False
        host = urlsplit(self.endpoint).hostname or ""
        near = host in {"localhost", "::1"} or host.startswith("127.")
        if not near and os.environ.get("AWS_ALLOW_HTTP", "").lower() not in {"1", "true", "yes"}:
            raise RegistryError(
                "the S3 endpoint is not encrypted",
                where=redact(self.endpoint),
                expected="an https:// endpoint, or one on this machine",
                remedy="use https, or set AWS_ALLOW_HTTP=true if the network between is trusted",
            )
        return True

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Say what S3 refused and what to do; its own text may repeat what was sent, so it stays out."""
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, FileNotFoundError) as error:
            raise self._explained(str(error)) from None

    def _explained(self, text: str) -> RegistryError:
        where = redact(f"s3://{self.bucket}" + (f" at {self.endpoint}" if self.endpoint else ""))
        status = re.search(r"status code: (\d{3})", text)
        code = re.search(r"<Code>(\w{1,60})</Code>", text)
        answer = " ".join(found[1] for found in (status, code) if found)
        if status and status[1] in {"401", "403"}:
            return RegistryError(
                f"S3 refused the credentials ({answer})",
                where=where,
                expected="a key that may list, read and write this bucket",
                remedy="check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the bucket's policy",
            )
        if status and status[1] == "404":
            return RegistryError(
                f"the bucket or an object in it does not exist ({answer})",
                where=where,
                expected="a bucket that exists",
                remedy="create the bucket, or check its name and the endpoint",
            )
        if status:
            return RegistryError(
                f"S3 did not do what was asked ({answer})",
                where=where,
                expected="a service that answers as S3 does",
                remedy="check AWS_ENDPOINT_URL and AWS_REGION",
            )
        return RegistryError(
            "no answer from S3",
            where=where,
            expected=f"an answer within {self.timeout_s:g} s",
            remedy="check AWS_ENDPOINT_URL, AWS_REGION and the network",
        )


def _receive(answer: Any, target: Path, stored: StoredFile, *, where: str) -> None:
    received = 0
    with target.open("wb") as file:
        for chunk in answer.stream():
            received += len(chunk)
            if received > stored.bytes:
                break
            file.write(chunk)
    if received != stored.bytes or sha256_of(target) != stored.sha256:
        raise IntegrityError(
            "a file of the detector is not what was pushed",
            where=where,
            expected=f"{stored.bytes} bytes, sha256 {stored.sha256}",
            remedy="push the detector again",
        )
