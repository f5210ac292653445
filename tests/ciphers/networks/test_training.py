"""Training: it learns the machine and nothing of the control, goes on where it was, and stops when it should."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from garrison.ciphers.m209 import KeyRules
from garrison.ciphers.networks.fresh_keys import FreshKeys
from garrison.ciphers.networks.fresh_test_keys import fresh_test_keys
from garrison.ciphers.networks.kept_arrays import KeptArrays
from garrison.ciphers.networks.saved_network import open_network
from garrison.ciphers.stages import arrays, encrypt, keys, open_arrays
from garrison.ciphers.stages.testing import batches_of, judge_network
from garrison.ciphers.stages.train import train
from garrison.errors import IntegrityError, SettingsError, UsageError

pytest.importorskip("torch")

from garrison.ciphers.networks.decoder import Shape
from garrison.ciphers.networks.training import Training

EASY = KeyRules(overlaps=(1, 1))
TINY = Training(shape=Shape.of_width(12, rounds=2), steps=6, batch=8, last=2, every=2, warmup=2)
FRESH = FreshKeys(lengths=(52, 60), rules=EASY, validation=8, seed=1)


def weights(folder: Path) -> bytes:
    return (folder / "network" / "weights.safetensors").read_bytes()


def test_pins_are_learnt(tmp_path: Path) -> None:
    how = Training(
        shape=Shape.of_width(24, rounds=3), steps=60, batch=32, last=2, every=30, rate=6e-3, warmup=10
    )
    examples = FreshKeys(lengths=(200,), rules=EASY, validation=50, seed=1)
    heard: list[Any] = []
    made = train(tmp_path, examples, how, told=heard.append, command="garrison …")
    assert [each["step"] for each in heard] == [30, 60]
    assert heard[1]["loss"] < heard[0]["loss"]
    network = open_network(made.folder)
    assert network.facts["command"] == "garrison …"
    judged = judge_network(network, fresh_test_keys(100, lengths=(200,), rules=EASY, seed=9)).by_length[0]
    assert judged.accuracy.low > 0.6
    assert not judged.at_chance


def test_nothing_is_learnt_of_the_control(tmp_path: Path) -> None:
    for split, count in (("train", 700), ("test", 300)):
        keys(tmp_path, split, count=count, rules=EASY, jobs=1)  # type: ignore[arg-type]
        encrypt(tmp_path, split, mode="known-plaintext", length=104, control=True, jobs=1)  # type: ignore[arg-type]
        arrays(tmp_path, split, jobs=1)  # type: ignore[arg-type]
    how = dataclasses.replace(TINY, steps=40, batch=32, every=20, rate=6e-3)
    made = train(tmp_path / "network", KeptArrays(open_arrays(tmp_path, "train")), how)
    judged = judge_network(open_network(made.folder), batches_of(open_arrays(tmp_path, "test"))).by_length[0]
    assert judged.keys == 300
    assert 0.48 < judged.accuracy.value < 0.52
    assert judged.accuracy.low <= 0.505


def test_a_broken_training_goes_on_and_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole = train(tmp_path / "whole", FRESH, TINY)

    def breaks(found: Any) -> None:
        if found["step"] == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "broken", FRESH, TINY, told=breaks)
    heard: list[Any] = []
    broken = train(tmp_path / "broken", FRESH, TINY, told=heard.append)
    assert [each["step"] for each in heard] == [6]
    assert json.dumps(list(broken.curve)) == json.dumps(list(whole.curve))
    assert weights(tmp_path / "broken") == weights(tmp_path / "whole")
    assert broken.digest == whole.digest
    longer = train(tmp_path / "broken", FRESH, dataclasses.replace(TINY, steps=8))
    assert [each["step"] for each in longer.curve] == [2, 4, 6, 8]


def test_a_training_may_begin_with_a_network(tmp_path: Path) -> None:
    first = train(tmp_path / "first", FRESH, TINY, command="one")
    still = dataclasses.replace(TINY, rate=1e-9, steps=2)
    second = train(tmp_path / "second", FRESH, still, start=first.folder)
    assert second.best["accuracy"] == pytest.approx(first.best["accuracy"], abs=0.02)
    assert open_network(second.folder).facts["start"]["command"] == "one"
    wider = dataclasses.replace(TINY, shape=Shape.of_width(15, rounds=2))
    with pytest.raises(UsageError, match="another shape"):
        train(tmp_path / "third", FRESH, wider, start=first.folder)


def test_it_stops_when_nothing_is_gained(tmp_path: Path) -> None:
    still = dataclasses.replace(TINY, rate=1e-9, steps=100, every=1, patience=2)
    made = train(tmp_path, FRESH, still)
    assert len(made.curve) < 20
    best = made.curve.index(made.best)
    assert len(made.curve) - 1 - best == 2


def test_other_settings_and_changed_bytes_are_refused(tmp_path: Path) -> None:
    train(tmp_path, FRESH, dataclasses.replace(TINY, steps=2))
    with pytest.raises(UsageError, match="other settings") as refused:
        train(tmp_path, FRESH, dataclasses.replace(TINY, rate=0.5))
    assert "rate was 0.002, is 0.5" in str(refused.value)
    for name in ("checkpoint/adam.safetensors", "network/weights.safetensors"):
        path = tmp_path / name
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
    with pytest.raises(IntegrityError, match=r"adam\.safetensors"):
        train(tmp_path, FRESH, TINY)
    with pytest.raises(IntegrityError, match=r"weights\.safetensors"):
        open_network(tmp_path / "network")


def test_what_is_no_training_is_refused() -> None:
    for wrong in ({"last": 3}, {"steps": 0}, {"precision": "float8"}):
        with pytest.raises(SettingsError):
            dataclasses.replace(TINY, **wrong)


def test_a_device_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no device"):
        train(tmp_path, FRESH, TINY, device="abacus")
