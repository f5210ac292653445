"""The owner of the training rows: encrypts them with their labels, and is the only one who can read the weights."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.detection.circuit import Dense, Floats
from garrison.encrypted.key_pair import KeyPair
from garrison.encrypted.messages import EvaluationKeys
from garrison.encrypted.seal import seal_for
from garrison.encrypted.training.messages import EncryptedTable, FreshWeights, TrainedWeights, check_belongs
from garrison.encrypted.training.plan import Plan
from garrison.errors import DataError, EncryptionError

MOST_SPREAD = 1.0
"""How far, in standard deviations, the slots of one weight may differ: all hold the same number, to a hundredth; under
another key they hold ten thousands of either sign, whose mean may well be a number that a weight can be."""


class Owner:
    """A key pair for a ``plan``; what is sent of it holds no secret.

    The decrypted weights hold a little of the encryption's noise: who gives them to strangers rounds them first.
    """

    def __init__(self, plan: Plan, keys: KeyPair | None = None) -> None:
        """With a new key pair, unless ``keys`` that were made by ``keys_for`` are given."""
        self.plan = plan
        self._keys = keys_for(plan) if keys is None else keys
        held = self._keys.evaluation
        if held.parameters != plan.parameters or held.block != plan.parameters.slots or held.squares is None:
            raise EncryptionError("these keys were made for another plan", remedy="make keys for this one")
        self._seal = seal_for(plan.parameters)

    def __repr__(self) -> str:
        """Who it is, and not what it holds."""
        return f"Owner({self._keys.fingerprint[:16]}, {self.plan})"

    def evaluation_keys(self) -> EvaluationKeys:
        """What the trainer needs once; nothing in it helps to decrypt."""
        return self._keys.evaluation

    def encrypt(self, rows: Floats, y: NDArray[np.bool_]) -> EncryptedTable:
        """Encrypt rows float64 ``(n, inputs - 1)`` in [-1, 1], a one after each, and labels bool ``(n,)``.

        Labels go as ``rate * (0.5 - y) / n``, the first step's share of each row. ``DataError`` for other shapes or
        numbers further than 1 from zero.
        """
        plan = self.plan
        if rows.shape != (plan.rows, plan.inputs - 1) or y.shape != (plan.rows,):
            raise DataError(
                f"rows of shape {rows.shape} and labels of shape {y.shape}",
                expected=f"({plan.rows}, {plan.inputs - 1}) and ({plan.rows},), as the plan says",
            )
        if not (np.abs(rows) <= 1).all():
            row, place = (int(each) for each in np.argwhere(~(np.abs(rows) <= 1))[0])
            raise DataError(
                f"a number is {rows[row, place]:g}",
                where=f"row {row + 1}, input {place + 1}",
                expected="numbers from -1 to 1",
                remedy="encode the rows as the families for encrypted rows do",
            )
        whole = np.column_stack([rows, np.ones(plan.rows), plan.rate * (0.5 - y) / plan.rows])
        slots = plan.parameters.slots
        ciphertexts = [
            self._encrypted(column)
            for start in range(0, plan.rows, slots)
            for column in whole[start : start + slots].T
        ]
        return EncryptedTable(plan, self._keys.fingerprint, tuple(ciphertexts))

    def decrypt(self, weights: TrainedWeights) -> Floats:
        """The weights, float64 ``(inputs,)``, the last of them the bias; ``EncryptionError`` for what is no result."""
        check_belongs(weights, self.plan, self._keys.fingerprint, count=self.plan.inputs)
        seal = self._seal
        decryptor = seal.api.Decryptor(seal.context, self._keys.seal_secret())
        slots = np.array([self._decrypted(decryptor, content) for content in weights.ciphertexts])
        found: Floats = slots.mean(axis=1)
        inside = np.isfinite(slots).all() and np.abs(found).max() <= plan_bound(self.plan)
        if not inside or slots.std(axis=1).max() > MOST_SPREAD:
            raise EncryptionError(
                "it decrypts to weights that so few steps cannot give",
                expected=f"weights of at most {plan_bound(self.plan):g}",
                remedy="it was encrypted under another key, or changed: train again",
            )
        return found

    def encrypt_again(self, weights: Floats) -> FreshWeights:
        """Weights float64 ``(inputs,)`` for another round, with all multiplications before them again."""
        if weights.shape != (self.plan.inputs,):
            raise DataError(f"weights of shape {weights.shape}", expected=f"({self.plan.inputs},)")
        slots = self.plan.parameters.slots
        made = [self._encrypted(np.full(slots, weight)) for weight in weights]
        return FreshWeights(self.plan, self._keys.fingerprint, tuple(made))

    def layer(self, weights: Floats) -> Dense:
        """The weights as the one layer of a circuit: log-odds of rows without the one."""
        return Dense(weights[None, :-1].copy(), weights[-1:].copy())

    def _encrypted(self, column: Floats) -> bytes:
        seal = self._seal
        plain = seal.api.Plaintext()
        seal.encoder.encode(column.tolist(), self.plan.parameters.scale, plain)
        encryptor = seal.api.Encryptor(seal.context, self._keys.seal_secret())
        return seal.dump(encryptor.encrypt_symmetric(plain))

    def _decrypted(self, decryptor: Any, content: bytes) -> Floats:
        seal = self._seal
        number = seal.api.Ciphertext(seal.context)
        skeleton = seal.output(self.plan.parameters.scale)
        seal.load(number, content, skeleton, what="an encrypted weight")
        plain = seal.api.Plaintext()
        decryptor.decrypt(number, plain)
        return np.array(seal.encoder.decode_double(plain))


def keys_for(plan: Plan) -> KeyPair:
    """A new key pair that squares, and that sums all slots."""
    return KeyPair.make(plan.parameters, squares=True, block=plan.parameters.slots)


def plan_bound(plan: Plan) -> float:
    """Where weights wrap around."""
    return plan.parameters.headroom
