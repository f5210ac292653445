"""A server by its URL: the two functions of a ``Server``, over HTTP. It is given no secret, so it sends none."""

import json
import os
from types import TracebackType
from typing import Any, Self

from garrison.encrypted.key_store import UnknownKeys
from garrison.encrypted.messages import EncryptedOutputs, EncryptedRows, EvaluationKeys
from garrison.encrypted.terms import Terms
from garrison.errors import EncryptionError, ModelError, UsageError

VARIABLE = "GARRISON_API_KEY"
"""The environment variable with the key of the service, where it asks for one."""

PATH = "/v1/encrypted"
OCTETS = "application/octet-stream"
MOST_SAID, MOST_OUTPUTS = 2**20, 2**30
"""The largest answer in bytes that is read: what is said in JSON, and encrypted outputs."""


class RemoteServer:
    """`garrison serve --encrypted` at a URL; ``api_key`` is by default that of ``GARRISON_API_KEY``.

    Every function raises ``EncryptionError`` where the service does not answer or refuses, with what it said.
    """

    def __init__(self, url: str, *, api_key: str | None = None, seconds: float = 120.0) -> None:
        import httpx

        key = os.environ.get(VARIABLE) if api_key is None else api_key
        self.url = url.rstrip("/")
        try:
            if not url.startswith(("http://", "https://")):
                raise httpx.InvalidURL("no http:// or https:// before it")
            self._client = httpx.Client(
                base_url=self.url,
                timeout=seconds,
                headers={"authorization": f"Bearer {key}"} if key else {},
                follow_redirects=False,
            )
        except httpx.InvalidURL as error:
            raise UsageError(
                f"{url[:100]!r} is no address of a service: {error}",
                expected="http://… or https://…",
                remedy="garrison serve prints it",
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def terms(self) -> Terms:
        """The terms of the model that is served."""
        answer = self._sent("GET", PATH, b"")
        try:
            return Terms.from_dict(json.loads(answer)["terms"])
        except (ValueError, KeyError, TypeError, RecursionError, ModelError) as error:
            raise self._no_service(f"its terms cannot be read: {type(error).__name__}") from error

    def accept(self, keys: EvaluationKeys) -> str:
        """Send evaluation keys, once; gives the fingerprint they are known by there."""
        answer = self._sent("PUT", f"{PATH}/keys", keys.to_bytes())
        try:
            fingerprint = str(json.loads(answer)["fingerprint"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise self._no_service("it did not say which keys it took") from error
        if fingerprint != keys.fingerprint:
            raise self._no_service("it took other keys than those sent")
        return fingerprint

    def score(self, rows: EncryptedRows) -> EncryptedOutputs:
        """Send encrypted rows; gives the encrypted outputs."""
        answer = self._sent("POST", f"{PATH}/score", rows.to_bytes(), most=MOST_OUTPUTS)
        return EncryptedOutputs.from_bytes(answer)

    def _sent(self, method: str, path: str, body: bytes, *, most: int = MOST_SAID) -> bytes:
        """The answer, of ``most`` bytes at most: no service can fill the client's memory."""
        import httpx

        headers = {"content-type": OCTETS, "accept-encoding": "identity"}
        try:
            with self._client.stream(method, path, content=body, headers=headers) as answer:
                fine = answer.status_code == httpx.codes.OK
                said = self._read(answer, most if fine else MOST_SAID)
        except httpx.HTTPError as error:
            raise EncryptionError(
                f"the service does not answer: {str(error) or type(error).__name__}",
                where=self.url,
                expected="garrison serve --encrypted DIR at that address",
                remedy="is it running? is the URL right?",
            ) from error
        if fine:
            return said
        raise self._refusal(answer.status_code, said)

    def _read(self, answer: Any, most: int) -> bytes:
        parts, size = [], 0
        for part in answer.iter_raw():
            size += len(part)
            if size > most:
                raise self._no_service(f"its answer is larger than {most:,} bytes")
            parts.append(part)
        return b"".join(parts)

    def _refusal(self, status: int, said: bytes) -> EncryptionError:
        try:
            facts = json.loads(said)
            code, detail = str(facts["code"]), str(facts["detail"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return self._no_service(f"it answered {status}")
        kind = UnknownKeys if code == "unknown-keys" else EncryptionError
        return kind(
            f"the service refused: {detail}",
            where=self.url,
            expected=str(facts.get("expected", "")),
            remedy=str(facts.get("remedy", "")),
        )

    def _no_service(self, why: str) -> EncryptionError:
        return EncryptionError(
            f"this is not a service that scores encrypted rows: {why}",
            where=self.url,
            expected="garrison serve --encrypted DIR at that address",
        )
