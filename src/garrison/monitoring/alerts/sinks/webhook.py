"""Alerts as a signed POST to a web address."""

import hashlib
import hmac
import json
import random
import time
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from garrison.monitoring.alerts.message import Message
from garrison.monitoring.alerts.sinks.base import NotSent, Sink, secret_of
from garrison.run.this_machine import is_this_machine

LONGEST_PAUSE_S = 30.0


class WebhookSink(Sink):
    """JSON, POSTed; tried again after pauses that double when the other side is away, busy or fails.

    ``X-Garrison-Timestamp`` holds the time in seconds since 1970 and ``X-Garrison-Signature`` ``sha256=`` and the
    HMAC-SHA-256, in hexadecimal digits, of that time, a dot and the body, under the secret. Whoever receives it checks
    both, and refuses what is older than some minutes. ``X-Garrison-Delivery`` is the same in every try.
    """

    kind: Literal["webhook"] = "webhook"
    url: str = Field(description="where to; https, but for this machine")
    secret: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="the environment variable with the secret that messages are signed with",
    )
    tries: int = Field(default=4, ge=1, le=10, description="how often it is tried")
    pause_s: float = Field(
        default=1.0, ge=0, le=60, description="seconds before the second try; then doubled"
    )
    timeout_s: float = Field(default=10.0, gt=0, le=120, description="seconds that a try may take")

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname:
            return url
        if parts.scheme == "http" and is_this_machine(parts.hostname or ""):
            return url
        raise ValueError("an https address; http is for this machine only")

    def send(self, message: Message) -> None:
        """POST it; ``NotSent`` when the last try failed, or the other side refuses it."""
        import httpx

        body = json.dumps(message.to_dict(), ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "garrison",
            "X-Garrison-Delivery": hashlib.sha256(body).hexdigest()[:32],
        }
        secret = None if self.secret is None else secret_of(self.secret)
        problem, pause = "", self.pause_s
        # The environment's proxies and .netrc are left alone: an alert goes where the settings say.
        with httpx.Client(timeout=self.timeout_s, follow_redirects=False, trust_env=False) as client:
            for number in range(self.tries):
                if number:
                    time.sleep(min(pause * random.uniform(0.8, 1.2), LONGEST_PAUSE_S))
                    pause *= 2
                if secret is not None:
                    stamp = str(int(time.time()))
                    headers["X-Garrison-Timestamp"] = stamp
                    headers["X-Garrison-Signature"] = signature(secret, stamp, body)
                try:
                    answer = client.post(self.url, content=body, headers=headers)
                except httpx.HTTPError as error:
                    problem = f"no answer ({type(error).__name__})"
                    continue
                if answer.is_success:
                    return
                problem = f"it answered {answer.status_code}"
                if answer.status_code < 500 and answer.status_code not in {408, 425, 429}:
                    break
                pause = max(pause, _asked_to_wait(answer.headers.get("Retry-After", "")))
        # Only the host is told: paths and queries of such addresses hold tokens.
        raise NotSent(f"{urlsplit(self.url).hostname}: {problem}")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What ``X-Garrison-Signature`` says of a body that was sent at a time.

    >>> signature("secret", "1700000000", b"{}")[:20]
    'sha256=b8569b78799ff'
    """
    digest = hmac.digest(secret.encode(), timestamp.encode() + b"." + body, "sha256")
    return f"sha256={digest.hex()}"


def _asked_to_wait(value: str) -> float:
    return min(float(value), LONGEST_PAUSE_S) if value.isdecimal() else 0.0
