"""Who vouches for a detector: signing its manifest, and demanding that a trusted key has signed it."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from garrison.detection.detector import Detector
from garrison.detection.integrity import SIGNATURE, Sealed
from garrison.detection.saved import load_detector, verify_detector
from garrison.errors import SignatureError
from garrison.files import output_errors
from garrison.registry.envelope import MOST_SIGNATURES, Envelope, read_envelope, statement
from garrison.registry.signing_key import SigningKey
from garrison.registry.trusted_keys import PublicKey


@dataclass(frozen=True)
class Signed:
    """A trusted key has signed the manifest whose SHA-256 is ``digest``."""

    digest: str
    key: PublicKey


def sign_detector(folder: Path, key: SigningKey) -> Signed:
    """Sign a saved detector, after every byte of it was verified; signatures of other keys are kept.

    The signature is written to ``signature.json`` in the folder, whole or not at all. Signing again with the same key
    changes nothing. Raises ``IntegrityError`` when a byte was changed since the detector was saved.
    """
    sealed = verify_detector(folder)
    made = Envelope(statement(_name(sealed), sealed.digest), {})
    others = _signatures_of(folder, sealed, made)
    envelope = Envelope(made.payload, {**others, key.public.id: key.sign(made.signed_text())})
    if len(envelope.signatures) > MOST_SIGNATURES:
        raise SignatureError(
            f"the model has {len(others)} signatures already",
            where=str(folder / SIGNATURE),
            expected=f"at most {MOST_SIGNATURES}",
        )
    _put(folder, envelope.to_json())
    return Signed(sealed.digest, key.public)


def require_signature(folder: Path, keys: Sequence[PublicKey]) -> Signed:
    """Verify every byte of a saved detector, and that one of ``keys`` has signed its manifest.

    Raises ``SignatureError`` when it is not signed, or by other keys only, or when the signature is of another
    detector; ``IntegrityError`` when a byte was changed. To load what was verified and nothing put in its place since:
    ``load_signed``.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    sealed = verify_detector(folder)
    where = str(folder / SIGNATURE)
    trusted = ", ".join(key.id[:16] for key in keys) or "none"
    if sealed.signature is None:
        raise SignatureError(
            "the model is not signed",
            where=str(folder),
            expected=f"a signature of a trusted key ({trusted})",
            remedy="sign it: garrison sign MODEL",
        )
    envelope = read_envelope(sealed.signature, where=where)
    known = [key for key in keys if key.id in envelope.signatures]
    if not known:
        raise SignatureError(
            "no trusted key has signed the model",
            where=where,
            expected=f"a signature of one of: {trusted}",
            remedy=f"it is signed by {', '.join(sorted(each[:16] for each in envelope.signatures))}; "
            "trust that key with --trusted if you know whose it is, or sign the model yourself",
        )
    for key in known:
        try:
            Ed25519PublicKey.from_public_bytes(key.raw).verify(
                envelope.signatures[key.id], envelope.signed_text()
            )
        except (InvalidSignature, ValueError):
            continue
        if envelope.payload == statement(_name(sealed), sealed.digest):
            return Signed(sealed.digest, key)
    raise SignatureError(
        "the signature does not fit the model",
        where=where,
        expected=f"a signature of the manifest with the SHA-256 {sealed.digest}",
        remedy="take the model from where it was signed, or sign it again after you have checked it",
    )


def load_signed(folder: Path, keys: Sequence[PublicKey]) -> Detector:
    """The detector in ``folder``, if one of ``keys`` has signed it; raises as ``require_signature`` does."""
    return load_detector(folder, digest=require_signature(folder, keys).digest)


def _name(sealed: Sealed) -> str:
    return str(sealed.manifest.get("name", ""))


def _signatures_of(folder: Path, sealed: Sealed, made: Envelope) -> dict[str, bytes]:
    """The signatures that are there for these very bytes; those for others no longer count and go."""
    if sealed.signature is None:
        return {}
    try:
        there = read_envelope(sealed.signature, where=str(folder / SIGNATURE))
    except SignatureError:
        return {}
    return dict(there.signatures) if there.payload == made.payload else {}


def _put(folder: Path, text: str) -> None:
    """Write the file beside the folder and move it in, so that nobody finds a half-written or foreign file inside."""
    target = folder / SIGNATURE
    with output_errors(target):
        descriptor, name = tempfile.mkstemp(prefix=".signature.", suffix=".part", dir=folder.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o644)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
