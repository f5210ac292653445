"""The server: holds a model and evaluation keys, and works on rows it cannot read. No function of it takes a secret."""

from collections.abc import Iterator
from typing import Any

from garrison.detection.circuit import Circuit
from garrison.encrypted.evaluation import Evaluation
from garrison.encrypted.key_store import MOST_BYTES, MOST_KEYS, Held, KeyStore
from garrison.encrypted.messages import EncryptedOutputs, EncryptedRows, EvaluationKeys
from garrison.encrypted.packing import PACKINGS
from garrison.encrypted.seal import seal_for
from garrison.encrypted.terms import Terms, digest_of
from garrison.errors import EncryptionError, ModelError


class Server:
    """A circuit, its terms, and the evaluation keys of those who ask.

    What a client asks for reaches nobody but the client: the server learns how many rows there are, and when.
    """

    def __init__(
        self, circuit: Circuit, terms: Terms, *, most_keys: int = MOST_KEYS, most_key_bytes: int = MOST_BYTES
    ) -> None:
        """``ModelError`` where the terms were made for another circuit."""
        if digest_of(circuit, terms.parameters) != terms.model:
            raise ModelError("the terms belong to another model", remedy="prepare the model again")
        self.terms = terms
        self.keys = KeyStore(terms, most=most_keys, most_bytes=most_key_bytes)
        self._seal = seal_for(terms.parameters)
        self._evaluation = Evaluation(circuit, terms, self._seal)

    def accept(self, keys: EvaluationKeys) -> str:
        """Take a client's evaluation keys, once; gives the fingerprint by which its rows name them."""
        return self.keys.take(keys)

    def score(self, rows: EncryptedRows) -> EncryptedOutputs:
        """What the model makes of encrypted rows, encrypted under the same keys.

        ``EncryptionError`` for rows under keys that are not known, of other parameters, for another model, or that are
        not what their header says.
        """
        self._check(rows)
        keys = self.keys.get(rows.fingerprint)
        results = self._columns(rows, keys) if rows.packing == "columns" else self._rows(rows, keys)
        return EncryptedOutputs(
            rows.parameters, rows.fingerprint, rows.model, rows.name, rows.rows, rows.packing, tuple(results)
        )

    def _check(self, rows: EncryptedRows) -> None:
        terms = self.terms
        if rows.parameters != terms.parameters:
            raise EncryptionError(
                f"the rows are encrypted with other parameters: {rows.parameters}",
                expected=str(terms.parameters),
                remedy="encrypt them with the client's part of this model",
            )
        if rows.model != terms.model:
            raise EncryptionError(
                f"the rows are meant for the model {rows.model[:16]}",
                expected=f"the model {terms.model[:16]}",
                remedy="encrypt them with the client's part of this model",
            )
        layout = PACKINGS[rows.packing]
        if not layout.suits(terms) or len(rows.ciphertexts) != layout.ciphertexts(rows.rows, terms):
            raise EncryptionError(
                f"{len(rows.ciphertexts):,} ciphertexts for {rows.rows:,} rows packed as {rows.packing}",
                expected="as many as the packing says",
                remedy="encrypt them again",
            )

    def _columns(self, rows: EncryptedRows, keys: Held) -> Iterator[bytes]:
        width = self.terms.inputs
        for start in range(0, len(rows.ciphertexts), width):
            inputs = (
                self._ciphertext(content) if used else None
                for content, used in zip(
                    rows.ciphertexts[start : start + width], self._evaluation.used, strict=True
                )
            )
            for output in self._evaluation.columns(inputs, keys.squares):
                yield self._seal.dump(output)

    def _rows(self, rows: EncryptedRows, keys: Held) -> Iterator[bytes]:
        for content in rows.ciphertexts:
            yield self._seal.dump(self._evaluation.rows(self._ciphertext(content), keys.turns))

    def _ciphertext(self, content: bytes) -> Any:
        seal = self._seal
        return seal.load(
            seal.api.Ciphertext(seal.context), content, seal.fresh_row(), what="an encrypted row"
        )
