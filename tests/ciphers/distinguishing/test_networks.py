"""Networks learn what can be learnt, nothing of AES-128, and go on where they were broken off."""

from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from garrison.ciphers import AES128, M209, Speck
from garrison.ciphers.distinguishing import Training, judge, make_pairs, train_network
from garrison.ciphers.distinguishing.study import by_network, cipher_of, study
from garrison.ciphers.speck import before_right
from garrison.errors import IntegrityError, SettingsError, UsageError

pytest.importorskip("torch")

QUICK = Training(epochs=2, pairs=10_000, batch=250, validation=1000)
TINY = Training(epochs=1, pairs=1000, batch=200, validation=100)


def test_pairs_differ_as_they_should_before_the_first_round() -> None:
    pairs = make_pairs(Speck(1), 4000, seed=1)
    after_one = pairs.differences()[pairs.real]
    assert (after_one == [0x8000, 0x8000]).all(), "the first round is passed with probability 1"
    assert len(np.unique(pairs.differences()[~pairs.real], axis=0)) > 1900
    bits = pairs.bits()
    assert bits.shape == (4000, 6, 16)
    words = (bits.astype(np.uint16) << np.arange(15, -1, -1, dtype=np.uint16)).sum(2, dtype=np.uint16)
    np.testing.assert_array_equal(words[:, [0, 2]], np.stack([pairs.first[:, 0], pairs.second[:, 0]], axis=1))
    np.testing.assert_array_equal(words[:, 4:], words[:, :2] ^ words[:, 2:4])
    with pytest.raises(UsageError, match="no input difference is known for M-209"):
        make_pairs(M209(), 5, seed=1)


def test_the_right_word_before_the_last_round_needs_no_key() -> None:
    keys, blocks = Speck().random_keys(50, seed=1), Speck().random_messages(50, seed=2)
    seen = before_right(Speck(5).encrypt(keys, blocks))
    np.testing.assert_array_equal(seen[:, 1], Speck(4).encrypt(keys, blocks)[:, 1])


def test_a_network_learns_speck() -> None:
    heard: list[tuple[int, float, float]] = []
    network = train_network(Speck(3), QUICK, told=lambda *epoch: heard.append(epoch))
    assert [epoch for epoch, _, _ in heard] == [1, 2]
    judged = judge(lambda pairs: by_network(network, pairs), Speck(3), pairs=3000)
    assert judged.accuracy.low > 0.8
    assert not judged.at_chance


def test_no_network_learns_the_control() -> None:
    """Should this fail, something leaks of the answer into the pairs."""
    network = train_network(AES128(), QUICK)
    judged = judge(lambda pairs: by_network(network, pairs), AES128(), pairs=6000)
    assert judged.at_chance, str(judged.accuracy)


def test_what_was_broken_off_gives_the_same_network(tmp_path: Path) -> None:
    how = Training(epochs=3, pairs=2000, batch=200, validation=200)

    class Stopped(Exception):
        pass

    def stop(epoch: int, _loss: float, _accuracy: float) -> None:
        if epoch == 3:
            raise Stopped

    whole = train_network(Speck(5), how, folder=tmp_path / "whole")
    with pytest.raises(Stopped):
        train_network(Speck(5), how, folder=tmp_path / "broken", told=stop)
    heard: list[int] = []
    again = train_network(
        Speck(5), how, folder=tmp_path / "broken", told=lambda epoch, *_: heard.append(epoch)
    )
    assert heard == [3]
    bits = make_pairs(Speck(5), 500, seed=9).bits()
    np.testing.assert_array_equal(again.probabilities(bits), whole.probabilities(bits))
    for name in ("weights.safetensors", "training.safetensors"):
        assert (tmp_path / "broken" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_changed_or_foreign_folder_is_refused(tmp_path: Path) -> None:
    how = Training(epochs=1, pairs=400, batch=200, validation=100)
    train_network(Speck(5), how, folder=tmp_path / "net")
    with pytest.raises(IntegrityError, match="trained in another way"):
        train_network(Speck(6), how, folder=tmp_path / "net")
    path = tmp_path / "net" / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with pytest.raises(IntegrityError, match=r"weights\.safetensors"):
        train_network(Speck(5), how, folder=tmp_path / "net")


def test_fewer_epochs_than_there_were_are_refused(tmp_path: Path) -> None:
    how = Training(epochs=2, cycle=1, pairs=400, batch=200, validation=100)
    train_network(Speck(5), how, folder=tmp_path / "net")
    with pytest.raises(UsageError, match="trained for 2 epochs already, and 1 are asked for"):
        train_network(Speck(5), replace(how, epochs=1), folder=tmp_path / "net")


def test_as_many_pairs_are_judged_as_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garrison.ciphers.distinguishing.judging.DRAWN", 100)
    monkeypatch.setattr("garrison.ciphers.distinguishing.judging.ASKED", 300)
    asked: list[int] = []

    def real_all(pairs: Any) -> Any:
        asked.append(len(pairs))
        return np.ones(len(pairs), bool)

    found = judge(real_all, Speck(5), pairs=730, seed=1)
    assert asked == [300, 300, 130]
    assert (found.tpr.value, found.tnr.value) == (1.0, 0.0)


def test_weights_may_be_taken_over() -> None:
    how = Training(epochs=1, pairs=400, batch=200, validation=100, highest=0.0, lowest=0.0)
    first = train_network(Speck(3), TINY)
    second = train_network(Speck(4), how, start=first)
    learnt = [each for name, each in first.module.named_parameters()]
    taken = [each for name, each in second.module.named_parameters()]
    assert all(bool((one == other).all()) for one, other in zip(learnt, taken, strict=True))


def test_a_study_holds_all_ways_beside_each_other() -> None:
    found = [*study("speck", 3, how=TINY, pairs=2000, entries=5000)]
    ways = ["key averaging", "difference table", "network"]
    assert [(each.rounds, each.method) for each in found] == [(3, way) for way in ways]
    assert min(each.judged.accuracy.value for each in found[:2]) > 0.99
    assert [each.method for each in study("aes128", 5, methods=ways[:2])] == []


def test_what_was_judged_is_not_judged_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {"how": TINY, "pairs": 500, "entries": 5000, "folder": tmp_path}
    first = [each.judged for each in study("speck", 3, **asked)]
    monkeypatch.setattr("garrison.ciphers.distinguishing.study.judge", lambda *_args, **_more: judged_anew())
    assert [each.judged for each in study("speck", 3, **asked)] == first
    with pytest.raises(Anew):
        [*study("speck", 3, **{**asked, "entries": 4000})]
    path = tmp_path / "judged" / "speck32_64-3-key-averaging.json"
    path.write_text(path.read_text().replace('"level": 0.95', '"level": 0.99'))
    with pytest.raises(Anew):
        [*study("speck", 3, **asked)]


class Anew(Exception):
    """It was judged again."""


def judged_anew() -> NoReturn:
    raise Anew


def test_what_cannot_be_asked() -> None:
    with pytest.raises(UsageError, match="pairs of 'm209' cannot be told apart"):
        cipher_of("m209", 5)
    with pytest.raises(UsageError, match="no method 'luck'"):
        [*study("speck", 3, methods=("luck",))]
    with pytest.raises(SettingsError, match="no training"):
        Training(pairs=100, batch=200)
    assert [round(Training().rate(epoch), 6) for epoch in (0, 9, 10)] == [0.002, 0.0001, 0.002]


def test_without_torch_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="need torch") as error:
        train_network(Speck(3), QUICK)
    assert error.value.remedy == "pip install 'garrison[torch]'"
