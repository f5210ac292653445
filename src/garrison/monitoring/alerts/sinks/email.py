"""Alerts by e-mail."""

import smtplib
import ssl
from email.message import EmailMessage
from typing import Literal, Self

from pydantic import Field, model_validator

from garrison.monitoring.alerts.message import Message
from garrison.monitoring.alerts.sinks.base import NotSent, Sink, secret_of
from garrison.run.this_machine import is_this_machine


class EmailSink(Sink):
    """A plain-text mail through an SMTP server."""

    kind: Literal["email"] = "email"
    host: str = Field(min_length=1, description="the SMTP server")
    port: int = Field(default=587, ge=1, le=65_535, description="its port")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="how the connection is encrypted; none is for this machine only"
    )
    sender: str = Field(pattern=r"^[^\s@<>,;]+@[^\s@<>,;]+$", description="the address it comes from")
    to: tuple[str, ...] = Field(min_length=1, description="the addresses it goes to")
    user: str | None = Field(default=None, description="the user's name, where the server asks for a login")
    password: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="the environment variable with the password",
    )
    timeout_s: float = Field(default=15.0, gt=0, le=120, description="seconds that each step may take")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password come together")
        if self.security == "none" and not is_this_machine(self.host):
            raise ValueError("an unencrypted connection is for this machine only")
        for address in self.to:
            if address.count("@") != 1 or any(mark in address for mark in " \r\n\t<>,;"):
                raise ValueError("addresses as somebody@example.org, one an entry")
        return self

    def send(self, message: Message) -> None:
        """Hand it to the server; ``NotSent`` when the server is away or refuses it."""
        mail = EmailMessage()
        # A column may be called anything: a line break in a subject would begin another header.
        mail["Subject"] = " ".join(f"[garrison] {message.subject}".split())
        mail["From"] = self.sender
        mail["To"] = ", ".join(self.to)
        mail.set_content(message.text)
        password = None if self.password is None else secret_of(self.password)
        try:
            with self._connected() as server:
                if self.user is not None and password is not None:
                    server.login(self.user, password)
                server.send_message(mail)
        except smtplib.SMTPResponseException as error:
            raise NotSent(f"{self.host}: it answered {error.smtp_code} ({type(error).__name__})") from None
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(f"{self.host}: {type(error).__name__}") from None

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_s, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)
        if self.security == "starttls":
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server
