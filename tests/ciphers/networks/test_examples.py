"""What a network learns from: the same batches at any time, none of them with keys that are set aside or tested."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from garrison.ciphers.m209 import KeyRules
from garrison.ciphers.networks.examples import Batch
from garrison.ciphers.networks.fresh_keys import FreshKeys
from garrison.ciphers.networks.fresh_test_keys import fresh_test_keys
from garrison.ciphers.networks.kept_arrays import KeptArrays
from garrison.ciphers.stages import arrays, encrypt, keys, open_arrays
from garrison.errors import SettingsError, UsageError

FEW = KeyRules(overlaps=(1, 2))


def rows(*batches: Batch) -> set[bytes]:
    return {each.tobytes() for batch in batches for each in np.hstack([batch.pins, batch.lugs])}


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("road")
    text = folder / "text.txt"
    text.write_text("abc def " * 200, encoding="utf-8")
    make = partial(keys, folder, "train", count=100, rules=FEW, shard=40, jobs=1)
    make()
    encrypt(folder, "train", mode="known-plaintext", length=52, texts=[text], jobs=1)
    arrays(folder, "train", jobs=1)
    return folder


def test_fresh_batches_are_told_by_their_number() -> None:
    here, again = (FreshKeys(lengths=(52, 60), rules=FEW, validation=30, seed=4) for _ in range(2))
    batches = [here.batch(number, 16) for number in range(300)]
    assert (again.batch(299, 16).stream == batches[299].stream).all()
    assert {batch.stream.shape[1] for batch in batches[:20]} == {52, 60}
    assert len(rows(*batches)) == 300 * 16
    assert not rows(*batches) & rows(*here.held_out())
    assert not rows(*here.held_out()) & rows(*fresh_test_keys(50, lengths=(52,), rules=FEW, seed=4))
    other = FreshKeys(lengths=(52, 60), rules=FEW, validation=30, seed=5)
    assert not rows(other.batch(0, 16)) & rows(*batches)


def test_lengths_at_which_pins_stay_silent_are_refused() -> None:
    for lengths in ((), (25,), (52, 1001)):
        with pytest.raises(SettingsError, match="letters"):
            FreshKeys(lengths=lengths)


def test_arrays_come_in_another_order_each_time_through(road: Path) -> None:
    kept = KeptArrays(open_arrays(road, "train"), validation=0.1, seed=1)
    assert kept.set_aside == 10
    first = [kept.batch(number, 30) for number in range(3)]
    second = [kept.batch(number, 30) for number in range(3, 6)]
    assert len(rows(*first)) == 90
    assert rows(*first) == rows(*second)
    assert (first[0].pins != second[0].pins).any()
    assert not rows(*first) & rows(*kept.held_out())
    assert len(rows(*kept.held_out())) == 10
    again = KeptArrays(open_arrays(road, "train"), validation=0.1, seed=1).batch(4, 30)
    assert (again.stream == second[1].stream).all()


def test_a_row_keeps_its_labels(road: Path) -> None:
    shards = open_arrays(road, "train")
    told = {bytes(x): (bytes(pins), bytes(lugs)) for each in shards for x, pins, lugs in _of(each)}
    batch = KeptArrays(shards, seed=1).batch(0, 64)
    for stream, pins, lugs in zip(batch.stream, batch.pins, batch.lugs, strict=True):
        assert told[bytes(stream)] == (bytes(pins), bytes(lugs))


def _of(found: object) -> zip:  # type: ignore[type-arg]
    return zip(found["x"], found["pins"], np.hstack([found["lugs"], found["pairs"]]), strict=True)  # type: ignore[index]


def test_a_batch_larger_than_the_arrays_is_refused(road: Path) -> None:
    with pytest.raises(UsageError, match="batch of 96 keys is more than the 95"):
        KeptArrays(open_arrays(road, "train")).batch(0, 96)


def test_ciphertext_alone_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("abc def " * 200, encoding="utf-8")
    keys(tmp_path, "train", count=20, rules=FEW, jobs=1)
    encrypt(tmp_path, "train", mode="ciphertext-only", length=52, texts=[text], jobs=1)
    arrays(tmp_path, "train", jobs=1)
    with pytest.raises(UsageError, match="ciphertext alone"):
        KeptArrays(open_arrays(tmp_path, "train"))
