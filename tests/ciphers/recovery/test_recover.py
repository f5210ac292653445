"""From a crib to the key: what is found, what is said of it, and what is said where nothing is."""

import numpy as np
import pytest
from m209_by_hand import published

from garrison.ciphers import M209
from garrison.ciphers.letters import Bytes, message_letters, running_letters
from garrison.ciphers.m209 import M209Keys, acting_pins, key_stream, random_keys
from garrison.ciphers.m209.indicators import parse_indicator
from garrison.ciphers.m209.key_list import parse_key_list
from garrison.ciphers.recovery import Crib, Plan, Recovery, Start, recover
from garrison.errors import CheckFailed, UsageError

TEXT = running_letters(
    """When in the course of human events it becomes necessary for one people to dissolve the political bands which
    have connected them with another and to assume among the powers of the earth the separate and equal station to
    which the laws of nature and of nature's God entitle them a decent respect to the opinions of mankind requires that
    they should declare the causes which impel them to the separation we hold these truths to be self evident that all
    men are created equal that they are endowed by their Creator with certain unalienable rights that among these are
    life liberty and the pursuit of happiness"""
)


def attacked(
    keys: M209Keys, length: int, *, at: int = 0, indicator: str = "AAAAAA", seconds: float = 30, seed: int = 0
) -> tuple[Bytes, Recovery]:
    start = parse_indicator(indicator)
    message = M209().encrypt(keys, TEXT[None], indicators=start)[0]
    crib = Crib.of(message, TEXT[at : at + length], at)
    return message, recover(message, crib, indicator=start, plan=Plan(seconds=seconds), seed=seed)


@pytest.mark.parametrize(("length", "seed"), [(200, 1), (104, 2), (104, 3), (75, 4)])
def test_a_crib_gives_the_rest_of_the_message(length: int, seed: int) -> None:
    _, found = attacked(random_keys(1, seed=seed), length)
    assert found.fixed
    assert found.agreed.all()
    assert (found.plaintext == TEXT).all()
    assert 0 < found.steps_to_first <= found.steps
    assert 0 < found.came <= found.restarts


def test_the_key_reads_another_message_from_another_start() -> None:
    keys = random_keys(1, seed=5)
    _, found = attacked(keys, 150, at=37, indicator="KBMDSQ")
    assert found.fixed
    other = message_letters("THIS IS ANOTHER MESSAGE OF THE SAME DAY" * 20)
    start = parse_indicator("QRSTAB")
    sent = M209().encrypt(keys, other[None], indicators=start)
    assert (M209().decrypt(found.keys[:1], sent, indicators=start)[0] == other).all()


def test_a_key_list_that_does_not_follow_the_manual() -> None:
    _, found = attacked(parse_key_list(published(), where="published"), 150)
    assert (found.plaintext == TEXT).mean() > 0.99


def test_every_key_that_is_given_fits_the_crib_and_one_of_them_is_right() -> None:
    keys = random_keys(1, seed=8)
    message, found = attacked(keys, 60)
    streams = key_stream(found.keys, 1060)
    assert (streams[:, :60] == key_stream(keys, 60)).all()
    assert len(np.unique(streams, axis=0)) == len(found.keys)
    assert (M209().decrypt(found.keys, np.repeat(message[None], len(found.keys), 0)) == TEXT).all(1).any()
    assert (np.diff(found.behind) >= 0).all()


def test_a_crib_that_fixes_nothing_says_so() -> None:
    _, found = attacked(random_keys(1, seed=6), 12, at=20)
    assert not found.fixed
    assert found.bits_to_spare < 0
    assert len(found.keys) > 100
    assert found.agreed[20:32].all()
    assert found.agreed.mean() < 0.5
    assert (found.plaintext[20:32] == TEXT[20:32]).all()


def test_what_all_keys_agree_on_is_right() -> None:
    for seed in (11, 12):
        _, found = attacked(random_keys(1, seed=seed), 70)
        assert (found.plaintext == TEXT)[found.agreed].mean() > 0.99


def test_a_start_that_knows_something_needs_fewer_steps() -> None:
    keys = random_keys(1, seed=7)
    message = M209().encrypt(keys, TEXT[None])[0]
    crib = Crib.of(message, TEXT[:104])
    pins = np.where(acting_pins(keys)[0], 0.85, 0.15)
    pins[::10] = 1 - pins[::10]
    knowing = Start(pins, np.minimum(keys.lugs[0] + 1.0, 13), np.full(15, 0.3))
    blind, informed = recover(message, crib), recover(message, crib, start=knowing)
    assert (informed.plaintext == blind.plaintext).all()
    assert informed.steps_to_first < blind.steps_to_first


def test_the_same_seed_gives_the_same() -> None:
    one, other = (attacked(random_keys(1, seed=9), 104, seed=4)[1] for _ in range(2))
    assert one.steps_to_first == other.steps_to_first
    assert (one.keys.packed() == other.keys.packed()).all()


def test_a_crib_with_a_mistake_gives_no_key() -> None:
    keys = random_keys(1, seed=10)
    message = M209().encrypt(keys, TEXT[None])[0]
    wrong = np.random.default_rng(0).integers(26, size=104, dtype=np.uint8)
    with pytest.raises(CheckFailed, match="no key was found") as raised:
        recover(message, Crib.of(message, wrong), plan=Plan(restarts=16, seconds=0.001))
    assert "letters wrong" in raised.value.where
    late = TEXT[:350].copy()
    late[330] ^= 1
    with pytest.raises(CheckFailed, match="does not fit its letter 331"):
        recover(message, Crib.of(message, late))


@pytest.mark.parametrize(
    ("crib", "at", "said"),
    [
        ("", 0, "no letters"),
        ("ABCDEFGHIJK", 0, "longer than the message: 11 and 10 letters"),
        ("ABC", 8, "not within the message"),
        ("ABC", -1, "not within the message"),
    ],
)
def test_cribs_that_cannot_be(crib: str, at: int, said: str) -> None:
    letters = message_letters(crib) if crib else np.zeros(0, np.uint8)
    with pytest.raises(UsageError, match=said):
        Crib.of(np.zeros(10, np.uint8), letters, at)


def test_plans_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="positive"):
        Plan(restarts=0)
    with pytest.raises(ValueError, match="positive"):
        Plan(seconds=float("nan"))
