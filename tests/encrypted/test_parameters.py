import numpy as np
import pytest
from small_circuits import line, network

from garrison.detection.circuit import Circuit, Dense, Square
from garrison.encrypted import Parameters, parameters_for, terms_for
from garrison.encrypted.choosing import check_fit
from garrison.encrypted.parameters import MOST_BITS
from garrison.encrypted.seal import seal_for
from garrison.errors import ModelError


def test_table_is_the_one_that_seal_holds_itself_to() -> None:
    from tenseal import sealapi

    level = sealapi.SEC_LEVEL_TYPE.TC128
    assert {degree: sealapi.CoeffModulus.MaxBitCount(degree, level) for degree in MOST_BITS} == MOST_BITS


@pytest.mark.parametrize(
    ("degree", "bits", "scale_bits"),
    [
        (4096, (38, 34, 38), 32),
        (8192, (60, 50, 50, 60), 40),
        (2048, (20, 20, 20), 20),
        (1000, (38, 32, 38), 32),
        (4096, (38, 70, 38), 32),
        (4096, (38, 32, 30), 32),
        (4096, (32, 30, 38), 32),
        (4096, (54, 54), 32),
    ],
)
def test_weak_or_impossible_parameters_are_refused(
    degree: int, bits: tuple[int, ...], scale_bits: int
) -> None:
    with pytest.raises(ModelError):
        Parameters(degree, bits, scale_bits)


@pytest.mark.parametrize(
    "facts",
    [
        None,
        {},
        {"degree": 4096, "bits": [38, 32, 38], "scale_bits": 32, "more": 1},
        {"degree": 4096.0, "bits": [38, 32, 38], "scale_bits": 32},
        {"degree": 4096, "bits": "383238", "scale_bits": 32},
        {"degree": True, "bits": [38, 32, 38], "scale_bits": 32},
    ],
)
def test_what_is_no_form_of_parameters_is_refused(facts: object) -> None:
    with pytest.raises(ModelError):
        Parameters.from_dict(facts)


def test_parameters_survive_their_form() -> None:
    parameters = parameters_for(network())
    assert Parameters.from_dict(parameters.to_dict()) == parameters


def test_smallest_ring_that_holds_the_model_is_taken() -> None:
    assert parameters_for(line()).degree == 4096
    assert parameters_for(network()).degree == 8192
    assert parameters_for(network(), tolerance=5e-8).degree > 8192


def test_chosen_primes_are_as_long_as_asked_for() -> None:
    parameters = parameters_for(network())
    primes = seal_for(parameters).primes
    assert [prime.bit_length() for prime in primes] == list(parameters.bits[:-1])
    assert len(set(primes)) == len(primes)


def test_too_large_numbers_are_refused_when_the_model_is_prepared() -> None:
    huge = Circuit((Dense(np.full((1, 3), 1e15), np.zeros(1)),), limits=np.ones(3))
    with pytest.raises(ModelError, match="no safe parameters hold this model") as told:
        terms_for(huge)
    assert "layer 1 of 1 (weighted sums)" in told.value.where


def test_too_many_layers_are_refused_when_the_model_is_prepared() -> None:
    deep = Circuit((Dense(np.full((1, 2), 3.0), np.zeros(1)), *[Square()] * 12), limits=np.ones(2))
    with pytest.raises(ModelError, match="13 layers") as told:
        terms_for(deep)
    assert "layer 10 of 13 (squares)" in told.value.where


def test_parameters_of_another_model_are_held_against_this_one() -> None:
    with pytest.raises(ModelError, match="layer 2 of 3 is one multiplication too many"):
        check_fit(network(), parameters_for(line()))
    wide = Circuit((Dense(np.full((1, 3), 1000.0), np.zeros(1)),), limits=np.ones(3))
    with pytest.raises(ModelError, match="layer 1 can reach 3e"):
        check_fit(wide, Parameters(4096, (36, 34, 36), 33))
