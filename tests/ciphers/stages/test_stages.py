"""The road from keys to arrays: what is in them, that training and testing are apart, and that bytes repeat."""

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from m209_by_hand import displacements_by_hand, published

from garrison.ciphers.letters import as_text
from garrison.ciphers.m209 import KeyRules
from garrison.ciphers.m209.indicators import indicator_text
from garrison.ciphers.m209.wheels import FIRST, PAIRS, SIZES
from garrison.ciphers.seeds import Split
from garrison.ciphers.shards import Shards
from garrison.ciphers.stages import arrays, encrypt, keys, open_arrays, stage_folder, stored_keys
from garrison.errors import CheckFailed, DataError, DatasetError, IntegrityError, SettingsError, UsageError

FEW = KeyRules(overlaps=(1, 2))
make_keys = partial(keys, rules=FEW, jobs=1, shard=40)
known = partial(encrypt, mode="known-plaintext", length=52, jobs=1)


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine tenths of letters A to M, one of N to Z."""
    path = tmp_path_factory.mktemp("text") / "halves.txt"
    path.write_text("ABCDEFGHIJKLM" * 180 + "NOPQRSTUVWXYZ" * 20, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory, text: Path) -> Path:
    """Both splits, all three stages."""
    folder = tmp_path_factory.mktemp("road")
    make_keys(folder, "train", count=100, seed=3)
    make_keys(folder, "test", count=30, seed=3)
    for split in ("train", "test"):
        known(folder, split, texts=[text], seed=3)
        arrays(folder, split, jobs=1)
    return folder


def every_file(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def test_ciphertext_is_what_a_person_would_print(road: Path) -> None:
    messages = Shards.open(stage_folder(road, "train", "messages"), "messages")
    there = Shards.open(stage_folder(road, "train", "keys"), "keys")
    for number, row in ((0, 0), (1, 7), (2, 19)):
        found, chosen = messages.arrays(number), stored_keys(there, number)
        start = indicator_text(found["indicators"][row])
        stream = np.array(displacements_by_hand(chosen, row, 52, start))
        assert (stream % 26).tolist() == found["key_stream"][row].tolist()
        plain = (25 + stream - found["ciphertext"][row]) % 26
        assert as_text(plain.astype(np.uint8)) in "ABCDEFGHIJKLM" * 8
    starts = np.concatenate([each["indicators"] for each in messages])
    assert (starts.max(0) < np.array(SIZES)).all()
    assert len({tuple(each) for each in starts.tolist()}) == 100


def test_testing_has_text_that_training_has_not(road: Path) -> None:
    halves: dict[Split, tuple[int, int]] = {"train": (0, 12), "test": (13, 25)}
    for split, (low, high) in halves.items():
        for shard in Shards.open(stage_folder(road, split, "messages"), "messages"):
            plain = (25 + shard["key_stream"].astype(int) - shard["ciphertext"]) % 26
            assert (plain.min(), plain.max()) == (low, high)


def test_labels_explain_what_the_network_reads(road: Path) -> None:
    letters = np.arange(52)
    for shard in open_arrays(road, "train"):
        assert {name: each.dtype for name, each in shard.items()} == dict.fromkeys(shard, np.dtype(np.uint8))
        active = [shard["pins"][:, first + letters % size] for first, size in zip(FIRST, SIZES, strict=True)]
        shifts = sum(on.astype(int) * shard["lugs"][:, wheel, None] for wheel, on in enumerate(active))
        for pair, (one, other) in enumerate(PAIRS):
            shifts -= active[one] * active[other] * shard["pairs"][:, pair, None].astype(int)
        np.testing.assert_array_equal(shifts % 26, shard["x"])


def test_equal_commands_give_equal_bytes(road: Path, tmp_path: Path, text: Path) -> None:
    make_keys(tmp_path, "test", count=30, seed=3)
    make_keys(tmp_path, "train", count=100, seed=3)
    assert make_keys(tmp_path, "test", count=30, seed=3).kept == 1
    for split in ("train", "test"):
        known(tmp_path, split, texts=[text], seed=3)
        arrays(tmp_path, split, jobs=1)
    ours, theirs = every_file(tmp_path), every_file(road)
    assert ours.keys() == theirs.keys()
    differ = [name for name in ours if ours[name] != theirs[name]]
    assert differ == ["train/keys/manifest.json"], "it was held against those of testing, which came first"


def test_training_and_testing_come_of_different_streams(road: Path) -> None:
    train = {key.tobytes() for shard in (0, 1, 2) for key in _packed(road, "train", shard)}
    test = {key.tobytes() for key in _packed(road, "test", 0)}
    assert len(train) == 100
    assert len(test) == 30
    assert not train & test


def _packed(folder: Path, split: Any, shard: int) -> Any:
    return stored_keys(Shards.open(stage_folder(folder, split, "keys"), "keys"), shard).packed()


def test_whichever_is_made_later_is_held_against_the_other(road: Path) -> None:
    facts = Shards.open(stage_folder(road, "test", "keys"), "keys").manifest.facts["compared_with"]
    assert (facts["split"], facts["keys"], facts["shared"]) == ("train", 100, 0)


@pytest.mark.parametrize("first", ["train", "test"])
def test_a_key_of_both_is_found_whatever_its_form(tmp_path: Path, first: Any) -> None:
    second: Split = "test" if first == "train" else "train"
    make_keys(tmp_path, first, count=90, seed=5, form="json")
    lists = json.loads((stage_folder(tmp_path, first, "keys") / "keys-00001.json").read_bytes())["key_lists"]
    (tmp_path / "taken.json").write_text(json.dumps({"key_lists": [published(), lists[3]]}), encoding="utf-8")
    with pytest.raises(CheckFailed, match="1 keys are both"):
        make_keys(tmp_path, second, source=tmp_path / "taken.json")
    with pytest.raises(UsageError, match="no finished keys"):
        Shards.open(stage_folder(tmp_path, second, "keys"), "keys")
    (tmp_path / "taken.json").write_text(json.dumps(published()), encoding="utf-8")
    made = make_keys(tmp_path, second, source=tmp_path / "taken.json", replace=True)
    assert made.manifest.facts["compared_with"]["keys"] == 90


def test_keys_as_json_are_the_same_keys(road: Path, tmp_path: Path, text: Path) -> None:
    make_keys(tmp_path, "train", count=100, seed=3, form="json")
    for shard in range(3):
        np.testing.assert_array_equal(_packed(tmp_path, "train", shard), _packed(road, "train", shard))
    known(tmp_path, "train", texts=[text], seed=3)
    ours, theirs = (
        Shards.open(stage_folder(each, "train", "messages"), "messages") for each in (tmp_path, road)
    )
    np.testing.assert_array_equal(ours.arrays(2)["ciphertext"], theirs.arrays(2)["ciphertext"])


def test_ciphertext_only_keeps_the_key_stream_to_itself(tmp_path: Path, text: Path) -> None:
    make_keys(tmp_path, "train", count=20)
    encrypt(tmp_path, "train", mode="ciphertext-only", length=60, texts=[text], indicator="aaaaaa", jobs=1)
    shards = Shards.open(stage_folder(tmp_path, "train", "messages"), "messages")
    assert {*shards.arrays(0)} == {"ciphertext", "indicators"}
    assert not shards.arrays(0)["indicators"].any()
    with pytest.raises(UsageError, match="without their key stream"):
        arrays(tmp_path, "train", mode="known-plaintext", jobs=1)
    arrays(tmp_path, "train", jobs=1)
    np.testing.assert_array_equal(
        open_arrays(tmp_path, "train").arrays(0)["x"], shards.arrays(0)["ciphertext"]
    )


def test_known_plaintext_can_be_learnt_from_as_ciphertext_alone(road: Path, tmp_path: Path) -> None:
    shutil.copytree(road, tmp_path / "copy")
    arrays(tmp_path / "copy", "test", mode="ciphertext-only", jobs=1, replace=True)
    sent = Shards.open(stage_folder(road, "test", "messages"), "messages").arrays(0)["ciphertext"]
    np.testing.assert_array_equal(open_arrays(tmp_path / "copy", "test").arrays(0)["x"], sent)


def test_without_text_known_plaintext_is_made_and_ciphertext_alone_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("garrison.ciphers.corpus.data_folders", lambda: (tmp_path,))
    make_keys(tmp_path, "train", count=20)
    with pytest.raises(DatasetError, match="no text to encipher"):
        encrypt(tmp_path, "train", mode="ciphertext-only", jobs=1)
    known(tmp_path, "train")
    assert "no text is at hand" in capsys.readouterr().err


def learnt(folder: Path) -> float:
    """The accuracy of a simple learner of pins: a pin is effective if letters at its places are shifted further."""
    right = []
    for shard in open_arrays(folder, "test"):
        shifts, pins = shard["x"].astype(float), shard["pins"]
        for first, size in zip(FIRST[:3], SIZES[:3], strict=True):
            mean = np.stack([shifts[:, place::size].mean(1) for place in range(size)], axis=1)
            guess = mean > np.median(mean, axis=1, keepdims=True)
            right.append((guess == pins[:, first : first + size]).mean())
    return float(np.mean(right))


def test_a_learner_learns_the_machine_and_nothing_of_the_control(tmp_path: Path, text: Path) -> None:
    keys(tmp_path, "test", count=400, rules=FEW, jobs=1)
    known(tmp_path, "test", texts=[text], length=208)
    arrays(tmp_path, "test", jobs=1)
    assert learnt(tmp_path) > 0.6
    known(tmp_path, "test", texts=[text], length=208, control=True, replace=True)
    arrays(tmp_path, "test", jobs=1, replace=True)
    spread = 0.5 / np.sqrt(400 * sum(SIZES[:3]))
    assert abs(learnt(tmp_path) - 0.5) < 5 * spread, "AES-128 cannot be learnt: something leaks"


def test_messages_of_keys_that_are_there_no_more_are_refused(road: Path, tmp_path: Path) -> None:
    shutil.copytree(road, tmp_path / "copy")
    make_keys(tmp_path / "copy", "train", count=100, seed=4, replace=True)
    with pytest.raises(IntegrityError, match="made with other keys"):
        arrays(tmp_path / "copy", "train", jobs=1)


def test_a_damaged_shard_of_keys_stops_what_is_made_of_it(road: Path, tmp_path: Path, text: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(road / "train" / "keys", copy / "train" / "keys")
    path = copy / "train" / "keys" / "keys-00001.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\x05")
    with pytest.raises(IntegrityError, match=r"shard 1 .*keys-00001.npy is damaged") as error:
        known(copy, "train", texts=[text], seed=3)
    assert "garrison ciphers keys" in error.value.remedy
    assert make_keys(copy, "train", count=100, seed=3).mended == 1
    known(copy, "train", texts=[text], seed=3)


@pytest.mark.parametrize(
    ("asked", "fault", "said"),
    [
        ({"mode": "plain"}, UsageError, "no mode 'plain'"),
        ({"length": 0}, UsageError, "messages of 0 letters"),
        ({"length": 2341}, DataError, "no text is long enough"),
        ({"length": 10**9}, UsageError, "messages of 1,000,000,000 letters"),
        ({"indicator": "AAAAAW"}, UsageError, "wheel 6 has no letter 'W'"),
    ],
)
def test_what_cannot_be_asked_of_encrypt(
    road: Path, text: Path, asked: dict[str, Any], fault: type[Exception], said: str
) -> None:
    before = every_file(road)
    with pytest.raises(fault, match=said):
        encrypt(road, "train", **{"mode": "known-plaintext", "texts": [text], "jobs": 1, **asked})
    assert every_file(road) == before


def test_what_cannot_be_asked_of_keys(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="made or taken from a file"):
        keys(tmp_path, "train")
    with pytest.raises(SettingsError, match="0 rows"):
        keys(tmp_path, "train", count=0)
    with pytest.raises(UsageError, match="no finished keys"):
        known(tmp_path, "train")
    assert every_file(tmp_path) == {}
