"""What clients of Kafka are told, and what their failures mean for a stream."""

import importlib
from typing import Any

from garrison.errors import GarrisonError, StoreError, StoreRefused, StoreUnreachable, UsageError
from garrison.serving.stream.address import Address
from garrison.serving.stream.away import Away

VARIABLES = "GARRISON_KAFKA"
OPTIONS = ("security", "mechanism", "ca")
TIMEOUT_S = 10.0

_SECURITY = ("plaintext", "ssl", "sasl_plaintext", "sasl_ssl")
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


def kafka_library() -> Any:
    """The client's module; ``UsageError`` says what to install."""
    try:
        return importlib.import_module("confluent_kafka")
    except ImportError as error:
        raise UsageError(
            "streams of Kafka need its client, which is not installed", remedy="pip install 'garrison[kafka]'"
        ) from error


def topic_of(address: Address) -> str:
    """The topic; ``UsageError`` when there is none, or several."""
    if not address.path or "/" in address.path:
        raise UsageError(
            "the address names no topic", where=address.shown, expected="kafka://host:9092/TOPIC?group=NAME"
        )
    return address.path


def settings(address: Address) -> dict[str, Any]:
    """The client's settings: servers, encryption and login.

    ``security`` is plaintext, ssl, sasl_plaintext or sasl_ssl, by default as the login wants it; ``mechanism`` is that
    of SASL, ``ca`` a file of certificates.
    """
    login = address.username is not None
    security = address.options.get("security", "sasl_ssl" if login else "plaintext")
    mechanism = address.options.get("mechanism", "PLAIN").upper()
    for what, value, allowed in (("security", security, _SECURITY), ("mechanism", mechanism, _MECHANISMS)):
        if value not in allowed:
            raise UsageError(
                f"{what} is {value!r}", where=address.shown, expected="one of " + ", ".join(allowed)
            )
    if security.startswith("sasl") and (not login or address.password is None):
        raise UsageError(
            "the login is not complete",
            where=address.shown,
            expected=f"{VARIABLES}_USERNAME and {VARIABLES}_PASSWORD",
        )
    found = {
        "bootstrap.servers": address.hosts,
        "security.protocol": security,
        "client.id": "garrison",
        "log_level": 0,
        "reconnect.backoff.max.ms": 2_000,
        "socket.timeout.ms": int(TIMEOUT_S * 1000),
    }
    if security.startswith("sasl"):
        found |= {
            "sasl.mechanism": mechanism,
            "sasl.username": address.username,
            "sasl.password": address.password,
        }
    if "ca" in address.options:
        found["ssl.ca.location"] = address.options["ca"]
    return found


def failure(error: Any, shown: str) -> Away | GarrisonError:
    """What a ``KafkaError`` means: ``Away`` where waiting may mend it."""
    codes = kafka_library().KafkaError
    code = error.code()
    if code in (
        codes._AUTHENTICATION,
        codes.SASL_AUTHENTICATION_FAILED,
        codes.TOPIC_AUTHORIZATION_FAILED,
        codes.GROUP_AUTHORIZATION_FAILED,
    ):
        return StoreRefused(
            f"Kafka refused: {error.str()}",
            where=shown,
            remedy=f"check {VARIABLES}_USERNAME and {VARIABLES}_PASSWORD, and what the user may do",
        )
    if code in (codes.UNKNOWN_TOPIC_OR_PART, codes._UNKNOWN_TOPIC, codes._UNKNOWN_PARTITION):
        return Away(StoreError("Kafka has no such topic", where=shown, remedy="make it, or check its name"))
    unreachable = (codes._ALL_BROKERS_DOWN, codes._TRANSPORT, codes._TIMED_OUT, codes._RESOLVE)
    if code in unreachable or error.retriable():
        return Away(
            StoreUnreachable(
                "Kafka does not answer", where=shown, remedy="is it running? is the address right?"
            )
        )
    return StoreError(f"Kafka: {error.str()}"[:300], where=shown)
