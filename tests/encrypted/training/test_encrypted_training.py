"""Steps on ciphertexts are the steps in the clear, and the trainer is given nothing that it could read."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit

from garrison.encrypted import EvaluationKeys, KeyPair
from garrison.encrypted.training import (
    CubicSigmoid,
    EncryptedTable,
    FreshWeights,
    Owner,
    Plan,
    TrainedWeights,
    Trainer,
    plain_steps,
)
from garrison.errors import DataError, EncryptionError, ModelError

pytest.importorskip("tenseal")

PLAN = Plan(rows=300, inputs=4, steps=2, rate=2.0, reach=5.0, degree=8192)


@dataclass(frozen=True)
class Round:
    """One owner, one trainer, what went between them, and the plain rows."""

    owner: Owner
    trainer: Trainer
    table: EncryptedTable
    trained: TrainedWeights
    X: NDArray[np.float64]
    y: NDArray[np.bool_]


@pytest.fixture(scope="module")
def first() -> Round:
    draw = np.random.default_rng(3)
    X = draw.uniform(-1, 1, (PLAN.rows, PLAN.inputs - 1))
    y = X @ np.array([2.0, -1.0, 0.5]) + 0.3 > draw.normal(size=PLAN.rows) * 0.3
    owner = Owner(PLAN)
    trainer = Trainer(PLAN, EvaluationKeys.from_bytes(owner.evaluation_keys().to_bytes()))
    table = EncryptedTable.from_bytes(owner.encrypt(X, y).to_bytes())
    seen: list[int] = []
    trained = trainer.train(table, after_step=seen.append)
    assert seen == [1, 2]
    return Round(owner, trainer, table, TrainedWeights.from_bytes(trained.to_bytes()), X, y)


def test_steps_on_ciphertexts_are_the_steps_in_the_clear(first: Round) -> None:
    found = first.owner.decrypt(first.trained)
    plain = plain_steps(PLAN, first.X, first.y, steps=2)
    one = plain_steps(PLAN, first.X, first.y, steps=1)
    assert np.abs(found - plain).max() < 0.01
    assert np.abs(found - one).max() > 0.1
    scores = expit(first.owner.layer(found)(first.X))
    np.testing.assert_allclose(scores, expit(first.owner.layer(plain)(first.X)), atol=5e-3)
    assert ((scores[:, 0] > 0.5) == first.y).mean() > 0.8


def test_another_round_goes_on_from_weights_that_were_encrypted_anew(first: Round) -> None:
    start = np.array([0.8, -0.4, 0.2, 0.1])
    fresh = FreshWeights.from_bytes(first.owner.encrypt_again(start).to_bytes())
    found = first.owner.decrypt(first.trainer.train(first.table, fresh))
    assert PLAN.later_steps == 1
    plain = plain_steps(PLAN, first.X, first.y, steps=1, weights=start)
    assert np.abs(found - plain).max() < 0.01
    assert np.abs(start - plain).max() > 0.1


def test_the_cubic_is_near_the_logistic_function_and_so_are_its_steps(first: Round) -> None:
    cubic = CubicSigmoid.within(5.0)
    z = np.linspace(-5, 5, 101)
    assert np.abs(cubic(z) - expit(z)).max() <= cubic.error() < 0.07
    assert CubicSigmoid.within(10.0).error() > cubic.error()
    with_cubic = plain_steps(PLAN, first.X, first.y, steps=3)
    with_true = plain_steps(PLAN, first.X, first.y, steps=3, sigmoid=expit)
    assert 0 < np.abs(with_cubic - with_true).max() < 0.05


def test_what_the_trainer_is_given_holds_neither_rows_nor_secret(first: Round) -> None:
    sent = first.owner.evaluation_keys().to_bytes() + first.table.to_bytes()
    secret = first.owner._keys.secret
    assert len(secret) > 1000
    assert secret[100:400] not in sent
    for number in (*first.X[0], *first.X[:, 0][:20]):
        assert np.float64(number).tobytes() not in sent
    assert secret.hex()[:64] not in repr(first.owner)
    with pytest.raises(EncryptionError, match="secret key"):
        EncryptedTable.from_bytes(first.owner._keys.to_secret_bytes())


def test_rows_beyond_the_slots_are_parts_of_one_table() -> None:
    plan = Plan(rows=4100, inputs=2, steps=1, rate=2.0, degree=8192)
    draw = np.random.default_rng(0)
    X = draw.uniform(-1, 1, (plan.rows, 1))
    y = X[:, 0] > 0
    owner = Owner(plan)
    table = owner.encrypt(X, y)
    assert len(table.ciphertexts) == 2 * 3
    found = owner.decrypt(Trainer(plan, owner.evaluation_keys()).train(table))
    np.testing.assert_allclose(found, plain_steps(plan, X, y, steps=1), atol=1e-3)


def test_what_does_not_belong_together_is_refused(first: Round) -> None:
    other = replace(PLAN, rate=1.0)
    with pytest.raises(EncryptionError, match="another plan"):
        first.trainer.train(replace(first.table, plan=other))
    with pytest.raises(EncryptionError, match="under the keys"):
        first.trainer.train(replace(first.table, fingerprint="0" * 64))
    with pytest.raises(EncryptionError, match="4 ciphertexts"):
        first.trainer.train(replace(first.table, ciphertexts=first.table.ciphertexts[:4]))
    cut = [first.table.ciphertexts[0][:-9], *first.table.ciphertexts[1:]]
    with pytest.raises(EncryptionError, match="cannot be read"):
        first.trainer.train(replace(first.table, ciphertexts=cut))
    for content in (b"", first.table.to_bytes()[:-5], first.trained.to_bytes()):
        with pytest.raises(EncryptionError):
            EncryptedTable.from_bytes(content)
    with pytest.raises(EncryptionError, match="another plan"):
        Owner(PLAN, KeyPair.make(PLAN.parameters, squares=True, block=2))
    with pytest.raises(EncryptionError, match="another plan"):
        Trainer(replace(PLAN, steps=1), first.owner.evaluation_keys())


def test_weights_under_other_keys_decrypt_to_an_error(first: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    # Their mean is a number that weights can be for one stranger in sixteen: here for every one.
    monkeypatch.setattr("garrison.encrypted.training.owner.plan_bound", lambda plan: float("inf"))
    stranger = Owner(PLAN)
    relabelled = replace(first.trained, fingerprint=stranger.evaluation_keys().fingerprint)
    with pytest.raises(EncryptionError, match="cannot give"):
        stranger.decrypt(relabelled)


def test_rows_that_do_not_fit_the_plan_are_refused(first: Round) -> None:
    beyond = first.X.copy()
    beyond[7, 1] = 1.5
    with pytest.raises(DataError) as found:
        first.owner.encrypt(beyond, first.y)
    assert found.value.where == "row 8, input 2"
    with pytest.raises(DataError):
        first.owner.encrypt(first.X[:5], first.y[:5])
    with pytest.raises(DataError):
        first.owner.encrypt_again(np.zeros(9))


def test_more_steps_than_a_ring_has_room_for_are_refused() -> None:
    with pytest.raises(ModelError, match="at most 2 there"):
        Plan(rows=10, inputs=2, steps=3, degree=8192)
    for degree, steps in ((8192, 2), (16384, 3), (32768, 7)):
        plan = Plan(rows=10, inputs=2, steps=steps, degree=degree)
        assert plan.parameters.multiplications == 1 + 4 * (steps - 1)
    with pytest.raises(ModelError):
        Plan(rows=0, inputs=2)
    with pytest.raises(ModelError):
        Plan.from_dict({**PLAN.to_dict(), "rate": "fast"})
