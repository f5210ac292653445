"""An S3 bucket as a store of objects, of Amazon or any other service with the same interface.

A marker is created with ``If-None-Match``, so that of two that push at once one takes the next number.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from garrison.errors import RegistryError
from garrison.run.redaction import redact
from garrison.run.this_machine import is_this_machine

_CREDENTIALS = (
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI",),
    ("AWS_SKIP_SIGNATURE",),
)


class S3Objects:
    """The objects of ``bucket``; endpoint and credentials come from the environment."""

    def __init__(self, bucket: str, *, timeout_s: float) -> None:
        self.bucket = bucket
        self.timeout_s = timeout_s
        self._opened: Any = None
        self.endpoint = next(
            (
                os.environ[name]
                for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
                if os.environ.get(name)
            ),
            "",
        )

    def names(self, folder: str) -> list[str]:
        """The names of the objects under ``folder/``."""
        import obstore

        with self._errors():
            return [
                entry["path"].rpartition("/")[2]
                for page in obstore.list(self._store(), f"{folder}/")
                for entry in page
            ]

    def put(self, path: str, source: Path) -> None:
        """Store the content of a file."""
        import obstore

        with self._errors():
            obstore.put(self._store(), path, source)

    def create(self, path: str, content: bytes) -> bool:
        """Store ``content`` only if nothing is there."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with self._errors():
            try:
                obstore.put(self._store(), path, content, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
            return True

    def read(self, path: str) -> Iterator[bytes]:
        """The content of an object, in pieces."""
        import obstore

        with self._errors():
            for piece in obstore.get(self._store(), path).stream():
                yield bytes(piece)

    def address(self, path: str) -> str:
        """``s3://bucket/path``."""
        return f"s3://{self.bucket}/{path}"

    def _store(self) -> Any:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open(self) -> Any:
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
        if not is_this_machine(host) and os.environ.get("AWS_ALLOW_HTTP", "").lower() not in {
            "1",
            "true",
            "yes",
        }:
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
