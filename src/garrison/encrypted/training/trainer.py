"""The trainer: takes the steps on rows it cannot read, and gives back weights it cannot read. No secret reaches it.

A ciphertext holds one input of many rows, a weight stands in all slots of its own. So log-odds need no turning of
slots, and a weight's slope is the sum over all slots, which turning by 1, 2, 4, … leaves in every one of them: no mask
is multiplied in anywhere. Two levels make the cubic, as its cube is (cube * z) * (z * z).
"""

from collections.abc import Callable
from typing import Any

from garrison.encrypted.messages import EvaluationKeys
from garrison.encrypted.seal import seal_for
from garrison.encrypted.training.messages import EncryptedTable, FreshWeights, TrainedWeights, check_belongs
from garrison.encrypted.training.plan import Plan
from garrison.errors import EncryptionError


class Trainer:
    """One plan and one owner's evaluation keys."""

    def __init__(self, plan: Plan, keys: EvaluationKeys) -> None:
        """``EncryptionError`` for keys of another plan, or ones that are not whole."""
        if keys.parameters != plan.parameters or keys.block != plan.parameters.slots:
            raise EncryptionError(
                "these keys were made for another plan",
                expected=str(plan.parameters),
                remedy="agree on one plan",
            )
        if keys.squares is None or keys.turns is None:
            raise EncryptionError("keys for squares or for sums are missing", remedy="make them for the plan")
        self.plan, self._fingerprint = plan, keys.fingerprint
        self._seal = seal = seal_for(plan.parameters)
        self._squares = seal.load(
            seal.api.RelinKeys(), keys.squares, seal.relinearisation_keys(), what="the keys for squares"
        )
        self._turns = seal.load(
            seal.api.GaloisKeys(), keys.turns, seal.galois_keys(keys.block), what="the keys for sums"
        )

    def train(
        self,
        table: EncryptedTable,
        weights: FreshWeights | None = None,
        *,
        after_step: Callable[[int], None] = lambda _: None,
    ) -> TrainedWeights:
        """Take the plan's ``steps`` from weights of zero, or its ``later_steps`` from ``weights``.

        Nothing is decrypted in between. ``after_step`` is told the number of each step.
        """
        plan = self.plan
        parts = -(-plan.rows // plan.parameters.slots)
        check_belongs(table, plan, self._fingerprint, count=parts * (plan.inputs + 1))
        if weights is not None:
            check_belongs(weights, plan, self._fingerprint, count=plan.inputs)
        try:
            held = None if weights is None else [self._read(each) for each in weights.ciphertexts]
            rows = [self._read(each) for each in table.ciphertexts]
            width = plan.inputs + 1
            each_part = [
                (rows[at : at + width - 1], rows[at + width - 1]) for at in range(0, len(rows), width)
            ]
            for step in range(plan.steps if held is None else plan.later_steps):
                held = self._step(each_part, held)
                after_step(step + 1)
            return TrainedWeights(plan, self._fingerprint, tuple(self._finished(each) for each in held or []))
        except (ValueError, RuntimeError) as error:
            raise EncryptionError(
                f"the steps cannot be taken on these rows: {str(error).splitlines()[0][:200]}",
                expected="rows and weights as their owner encrypts them",
                remedy="encrypt them again",
            ) from error

    def _step(self, parts: list[tuple[list[Any], Any]], weights: list[Any] | None) -> list[Any]:
        """The weights after one more step; from None, which are zero, it is one multiplication deep."""
        slopes: list[Any] = [None] * self.plan.inputs
        for inputs, targets in parts:
            if weights is None:
                inputs = [self._switched(each, self._level(targets)) for each in inputs]  # noqa: PLW2901
                pulls = targets
            else:
                level = self._level(weights[0])
                inputs = [self._switched(each, level) for each in inputs]  # noqa: PLW2901
                pulls = self._pulls(inputs, targets, weights, level)
                inputs = [self._switched(each, level - 3) for each in inputs]  # noqa: PLW2901
            for place, each in enumerate(inputs):
                slopes[place] = self._sum(slopes[place], self._product(each, pulls))
        return [
            self._moved(None if weights is None else weights[place], slope)
            for place, slope in enumerate(slopes)
        ]

    def _pulls(self, inputs: list[Any], targets: Any, weights: list[Any], level: int) -> Any:
        """How much each row pulls on its inputs: ``rate / n * (sigmoid(z) - y)``, three levels below the weights."""
        seal, sigmoid, share = self._seal, self.plan.sigmoid, self.plan.rate / self.plan.rows
        scale, primes = self.plan.parameters.scale, seal.primes
        z = None
        for each, weight in zip(inputs, weights, strict=True):
            z = self._sum(z, self._product(each, weight))
        z = self._lowered(z)
        square = self._lowered(self._product(z, z))
        # The product of the pulls and an input is to have the scale of the weights: backwards from there.
        of_pulls = scale * primes[level - 3] / inputs[0].scale
        of_cubed = of_pulls * primes[level - 2] / square.scale
        cubed = self._times(z, share * sigmoid.cube, of_cubed)
        pulls = self._lowered(self._product(cubed, square))
        pulls.scale = of_pulls
        line = self._switched(self._times(z, share * sigmoid.slope, of_pulls), level - 3)
        kept = self._times(self._switched(targets, level), 1.0, of_pulls)
        for part in (line, self._switched(kept, level - 3)):
            seal.evaluator.add_inplace(pulls, part)
        return pulls

    def _moved(self, weight: Any, slope: Any) -> Any:
        """The weight, in all slots, less the sum of its slope over all slots."""
        seal = self._seal
        slope = self._lowered(slope)
        for step in seal.rotations(self.plan.parameters.slots):
            turned = seal.api.Ciphertext(seal.context)
            seal.evaluator.rotate_vector(slope, step, self._turns, turned)
            seal.evaluator.add_inplace(slope, turned)
        slope.scale = self.plan.parameters.scale
        seal.evaluator.negate_inplace(slope)
        if weight is not None:
            seal.evaluator.add_inplace(slope, self._switched(weight, self._level(slope)))
        return slope

    def _product(self, one: Any, other: Any) -> Any:
        """Of three parts, until ``_lowered``: sums of products are relinearised once."""
        seal = self._seal
        found = seal.api.Ciphertext(seal.context)
        seal.evaluator.multiply(one, other, found)
        return found

    def _sum(self, so_far: Any, more: Any) -> Any:
        if so_far is None:
            return more
        self._seal.evaluator.add_inplace(so_far, more)
        return so_far

    def _lowered(self, number: Any) -> Any:
        """Of two parts again, and one level down."""
        if number.size() > 2:
            self._seal.evaluator.relinearize_inplace(number, self._squares)
        self._seal.evaluator.rescale_to_next_inplace(number)
        return number

    def _times(self, number: Any, factor: float, scale: float) -> Any:
        """The number times a plain one, one level down, at exactly this scale."""
        seal, level = self._seal, self._level(number)
        plain, found = seal.api.Plaintext(), seal.api.Ciphertext(seal.context)
        seal.encoder.encode(factor, seal.levels[level], scale * seal.primes[level] / number.scale, plain)
        if plain.is_zero():
            raise EncryptionError(
                f"a factor of {factor:.1g} vanishes at this scale",
                expected="fewer rows, longer steps, or a larger ring",
            )
        seal.evaluator.multiply_plain(number, plain, found)
        seal.evaluator.rescale_to_next_inplace(found)
        found.scale = scale
        return found

    def _switched(self, number: Any, level: int) -> Any:
        found = self._seal.api.Ciphertext(self._seal.context)
        self._seal.evaluator.mod_switch_to(number, self._seal.levels[level], found)
        return found

    def _level(self, number: Any) -> int:
        return int(self._seal.levels.index(number.parms_id()))

    def _read(self, content: bytes) -> Any:
        seal = self._seal
        number = seal.api.Ciphertext(seal.context)
        return seal.load(number, content, seal.fresh_row(), what="an encrypted column")

    def _finished(self, number: Any) -> bytes:
        seal = self._seal
        seal.evaluator.mod_switch_to_inplace(number, seal.levels[0])
        number.scale = self.plan.parameters.scale
        return seal.dump(number)
