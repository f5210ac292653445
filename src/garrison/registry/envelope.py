"""The signature file: a DSSE envelope around an in-toto statement about the manifest.

Both are open formats (github.com/secure-systems-lab/dsse, in-toto.io/Statement/v1), so that other tools can check it.
The statement holds the SHA-256 of ``manifest.json``, which holds the digest of every other file.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from garrison.detection.integrity import MANIFEST, parse_json
from garrison.errors import ModelError, SignatureError
from garrison.files import canonical_json

PAYLOAD = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:garrison:detector:1"
MOST_SIGNATURES = 16


@dataclass(frozen=True)
class Envelope:
    """The signed bytes, and signatures by the names of the keys that made them."""

    payload: bytes
    signatures: Mapping[str, bytes]

    def signed_text(self) -> bytes:
        """What a signature covers: type and payload with their lengths (DSSE's pre-authentication encoding)."""
        kind = PAYLOAD.encode()
        return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(self.payload), self.payload)

    def to_json(self) -> str:
        """The content of the signature file."""
        signatures = [
            {"keyid": key, "sig": base64.b64encode(self.signatures[key]).decode()}
            for key in sorted(self.signatures)
        ]
        payload = base64.b64encode(self.payload).decode()
        return canonical_json({"payload": payload, "payloadType": PAYLOAD, "signatures": signatures})


def statement(name: str, manifest_digest: str) -> bytes:
    """What is signed: that the detector ``name`` has the manifest with this SHA-256. It holds no time."""
    subject = [{"name": MANIFEST, "digest": {"sha256": manifest_digest}}]
    facts = {
        "_type": STATEMENT,
        "subject": subject,
        "predicateType": PREDICATE,
        "predicate": {"detector": name},
    }
    return json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()


def read_envelope(content: bytes, *, where: str) -> Envelope:
    """The envelope in a signature file; ``SignatureError`` when it is none. Nothing in it is believed yet."""
    try:
        facts = parse_json(content, where=where)
        if facts["payloadType"] != PAYLOAD or not 0 < len(facts["signatures"]) <= MOST_SIGNATURES:
            raise ValueError("another kind of payload, or too many signatures")
        signatures = {str(each["keyid"]): _decoded(each["sig"]) for each in facts["signatures"]}
        return Envelope(_decoded(facts["payload"]), signatures)
    except (ModelError, KeyError, TypeError, ValueError, binascii.Error) as error:
        raise SignatureError(
            "the signature file is damaged",
            where=where,
            expected="a DSSE envelope, as `garrison sign` writes it",
            remedy="remove it and sign the model again",
        ) from error


def _decoded(text: Any) -> bytes:
    if not isinstance(text, str):
        raise TypeError("not base64")
    return base64.b64decode(text, validate=True)
