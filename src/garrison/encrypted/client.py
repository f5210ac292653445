"""The client: holds the secret key, encrypts rows, decrypts what a model made of them."""

import secrets
from pathlib import Path
from typing import Any

import numpy as np

from garrison.detection.circuit import Floats
from garrison.encrypted.key_files import read_keys, rotate_keys, write_keys
from garrison.encrypted.key_pair import KeyPair
from garrison.encrypted.limits import check_limits
from garrison.encrypted.messages import MOST_ROWS, EncryptedOutputs, EncryptedRows, EvaluationKeys
from garrison.encrypted.packing import PACKINGS, choose_packing, packing_named
from garrison.encrypted.seal import seal_for
from garrison.encrypted.terms import Terms
from garrison.errors import DataError, EncryptionError


class Client:
    """One key pair, and the terms of the model that is asked with it.

    Neither its text nor anything it sends holds the secret key.
    """

    def __init__(self, keys: KeyPair, terms: Terms) -> None:
        """``EncryptionError`` where the keys were made for other parameters or another kind of model."""
        if not keys.suits(terms):
            raise EncryptionError(
                "these keys were made for another model",
                expected=f"keys for {terms.parameters}"
                + (", with keys for squares" if terms.squares else "")
                + (f", with keys that sum {terms.block} slots" if terms.block > 1 else ""),
                remedy="make keys for this model: garrison encrypted keygen",
            )
        self._keys = keys
        self.terms = terms

    @classmethod
    def create(cls, terms: Terms) -> "Client":
        """A client with a new key pair."""
        return cls(KeyPair.for_terms(terms), terms)

    @classmethod
    def load(cls, folder: Path, terms: Terms) -> "Client":
        """A client with the keys in ``folder``, which nobody but its owner may read."""
        return cls(read_keys(folder), terms)

    def save(self, folder: Path) -> None:
        """Write the keys into ``folder``: ``secret.key`` for its owner alone, ``evaluation.keys`` for servers."""
        write_keys(folder, self._keys)

    def replace(self, folder: Path) -> Path:
        """Write the keys in the place of those in ``folder``, which are kept, retired; says where."""
        return rotate_keys(folder, self._keys)

    def rotate(self, folder: Path) -> "Client":
        """A client with a new pair, which takes the place of this one's in ``folder``; the old is kept, retired."""
        new = Client.create(self.terms)
        new.replace(folder)
        return new

    def __repr__(self) -> str:
        """Who it is, and not what it holds."""
        return f"Client({self.fingerprint[:16]}, model {self.terms.model[:16]})"

    @property
    def fingerprint(self) -> str:
        """What servers know its keys by."""
        return self._keys.fingerprint

    def evaluation_keys(self) -> EvaluationKeys:
        """What a server needs once; nothing in it helps to decrypt."""
        return self._keys.evaluation

    def encrypt(self, rows: Floats, limits: Floats, *, packing: str = "auto") -> EncryptedRows:
        """Encrypt rows float64 ``(n, inputs)``, each number within its limit of zero.

        ``packing`` is ``columns``, ``rows``, or ``auto`` for the one of fewer ciphertexts.

        ``DataError`` names the first number that is beyond its limit: it would decrypt to nonsense.
        """
        terms = self.terms
        if rows.ndim != 2 or rows.shape[1] != terms.inputs or not 1 <= len(rows) <= MOST_ROWS:
            raise DataError(
                f"rows of shape {rows.shape}",
                expected=f"1 to {MOST_ROWS:,} rows of {terms.inputs} numbers",
                remedy="encrypt more rows in several messages",
            )
        check_limits(rows, limits)
        packed = choose_packing(len(rows), terms) if packing == "auto" else packing_named(packing, terms)
        seal = seal_for(terms.parameters)
        encryptor = seal.api.Encryptor(seal.context, self._keys.seal_secret())
        ciphertexts = []
        for slots in PACKINGS[packed].slots(rows, terms):
            plain = seal.api.Plaintext()
            seal.encoder.encode(slots.tolist(), terms.parameters.scale, plain)
            ciphertexts.append(seal.dump(encryptor.encrypt_symmetric(plain)))
        return EncryptedRows(
            parameters=terms.parameters,
            fingerprint=self.fingerprint,
            model=terms.model,
            name=secrets.token_hex(32),
            rows=len(rows),
            packing=packed,
            ciphertexts=tuple(ciphertexts),
        )

    def decrypt(self, outputs: EncryptedOutputs, of: EncryptedRows | None = None) -> Floats:
        """The outputs, float64 ``(n, outputs)``, in the order of the rows.

        ``EncryptionError`` for what was encrypted under another key, is of another model or parameters, was made of
        other rows than those that are given, or decrypts to numbers that the model cannot give. The numbers hold a
        little of the encryption's noise, from which a stranger who is given many of them could work out the secret key:
        give verdicts to others, or rounded scores.
        """
        terms = self.terms
        self._check(outputs)
        if of is not None and (outputs.name, outputs.rows) != (of.name, of.rows):
            raise EncryptionError(
                f"these are outputs of {outputs.rows:,} other rows: {outputs.name[:16]}",
                expected=f"those of the {of.rows:,} rows {of.name[:16]}",
                remedy="ask again; a server that answers so is broken, or dishonest",
            )
        layout = PACKINGS[outputs.packing]
        if not layout.suits(terms) or len(outputs.ciphertexts) != layout.results(outputs.rows, terms):
            raise EncryptionError(
                f"{len(outputs.ciphertexts):,} results of {outputs.rows:,} rows",
                expected="as many as the packing says",
                remedy="ask again",
            )
        seal = seal_for(terms.parameters)
        decryptor = seal.api.Decryptor(seal.context, self._keys.seal_secret())
        results = [self._decrypted(seal, decryptor, each) for each in outputs.ciphertexts]
        found = layout.outputs(results, outputs.rows, terms)
        if not np.isfinite(found).all() or np.abs(found).max() > terms.largest * 1.01 + 100 * terms.error:
            raise EncryptionError(
                "it decrypts to numbers that the model cannot give",
                expected=f"numbers of at most {terms.largest:.3g}",
                remedy="it was encrypted under another key, or changed: encrypt and ask again",
            )
        return found

    def _decrypted(self, seal: Any, decryptor: Any, content: bytes) -> Floats:
        number = seal.api.Ciphertext(seal.context)
        seal.load(number, content, seal.output(self.terms.scale), what="an encrypted output")
        plain = seal.api.Plaintext()
        decryptor.decrypt(number, plain)
        return np.array(seal.encoder.decode_double(plain))

    def _check(self, outputs: EncryptedOutputs) -> None:
        if outputs.fingerprint != self.fingerprint:
            raise EncryptionError(
                f"this is encrypted under the keys {outputs.fingerprint[:16]}",
                expected=f"the keys {self.fingerprint[:16]}",
                remedy="decrypt it with the keys it was made for; rotated ones are kept in retired/ beside the new",
            )
        if outputs.parameters != self.terms.parameters or outputs.model != self.terms.model:
            raise EncryptionError(
                f"these are outputs of the model {outputs.model[:16]}",
                expected=f"the model {self.terms.model[:16]}, with its parameters",
                remedy="take the client's part that belongs to that model",
            )
