"""`garrison ciphers`: what a person types, what is printed, and how it ends."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from m209_by_hand import CHECK, published

from garrison.ciphers.m209.indicators import internal_indicator
from garrison.ciphers.m209.key_list import parse_key_list
from garrison.cli.main import run_command
from garrison.run.lock import FolderLock


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("key.json").write_text(json.dumps(published()), encoding="utf-8")
    Path("book.txt").write_text("It was a bright cold day in April. " * 100, encoding="utf-8")
    return tmp_path


def run(*arguments: object) -> int:
    return run_command(["ciphers", *map(str, arguments)])


def keys(split: str, *more: object) -> int:
    return run("keys", "--split", split, "--overlaps", "1-2", "--jobs", 1, *more)


def test_a_message_goes_there_and_back(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("encipher", "--key", "key.json", "A" * 26) == 0
    assert capsys.readouterr().out == "TNJUW AUQTK CZKNU TOTBC WARMI O\n"
    assert run("decipher", "--key", "key.json", CHECK) == 0
    assert capsys.readouterr().out == "AAAAA AAAAA AAAAA AAAAA AAAAA A\n"
    start = ("--key", "key.json", "--indicator", "zyxusq")
    assert run("encipher", *start, "--spaces", "Attack at dawn") == 0
    sent = capsys.readouterr().out.strip()
    assert len(sent.replace(" ", "")) == 14
    assert run("decipher", *start, "--spaces", sent) == 0
    assert capsys.readouterr().out == "ATTACK AT DAWN\n"
    assert run("decipher", *start, sent) == 0
    assert capsys.readouterr().out == "ATTAC KZATZ DAWN\n"
    assert run("encipher", *start, "Attack at dawn") == 0
    assert len(capsys.readouterr().out.replace(" ", "").strip()) == 12


def test_a_message_begins_where_its_system_indicator_leads(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hidden = internal_indicator(parse_key_list(published(), where="AB"), "ABCDEF", "G")
    assert run("encipher", "--key", "key.json", "--indicator", hidden, "Attack at dawn") == 0
    sent = capsys.readouterr().out
    start = ("--key", "key.json", "--indicator", "ABCDEF", "--system-indicator", "g")
    assert run("encipher", *start, "Attack at dawn") == 0
    assert capsys.readouterr().out == sent
    assert run("decipher", *start, sent) == 0
    assert capsys.readouterr().out == "ATTAC KATDA WN\n"
    for letter in ("7", "GG", "", "\ufb06"):
        assert run("encipher", *start[:-1], letter, "Attack at dawn") == 2
        assert "is no letter" in capsys.readouterr().err


def test_a_message_comes_from_a_pipe(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"aaaaa\naaaaa\n")))
    assert run("encipher", "--key", "key.json") == 0
    assert capsys.readouterr().out == "TNJUW AUQTK\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--key", "key.json", "MEET AT 7"], 5, "which the machine cannot print"),
        (["--key", "key.json", " "], 5, "no letters"),
        (["--key", "none.json", "A"], 5, "cannot read the key file"),
        (["--key", "book.txt", "A"], 5, "not JSON"),
        (["--key", "key.json", "--indicator", "AAAAAZ", "A"], 2, "wheel 6 has no letter 'Z'"),
        (["--key", "key.json", "--list", "XY", "A"], 2, "no key list 'XY'"),
        (["A"], 2, "--key"),
    ],
)
def test_what_cannot_be_enciphered(
    place: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    assert run("encipher", *arguments) == code
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


def test_the_road_from_keys_to_arrays(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert keys("train", "--count", 60, "--shard", 25) == 0
    assert "60 keys in 3 shards: ciphers/train/keys" in capsys.readouterr().out
    assert keys("test", "--count", 20) == 0
    assert "none of them is among the 60 keys of train" in capsys.readouterr().out
    for split in ("train", "test"):
        asked = ("--split", split, "--mode", "known-plaintext", "--length", 26, "--text", "book.txt")
        assert run("encrypt", *asked) == 0
        assert run("arrays", "--split", split) == 0
    told = capsys.readouterr().out
    assert "60 messages of 26 letters in 3 shards: ciphers/train/messages" in told
    assert "20 rows of 26 letters (known-plaintext), 131 pins and 21 lug counts in 1 shard" in told
    Path("ciphers/train/keys/keys-00001.npy").unlink()
    assert run("arrays", "--split", "train", "--replace") == 13
    assert "shard 1 cannot be used: keys-00001.npy is missing" in capsys.readouterr().err
    assert keys("train", "--count", 60, "--shard", 25) == 0
    told = capsys.readouterr().out
    assert "kept:    2 shards finished before" in told
    assert "mended:  1 shard damaged" in told
    assert run("arrays", "--split", "train", "--replace") == 0


def test_key_lists_go_out_and_come_in_as_json(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--count", 12, "--format", "json", "--non-shared", "1:5-7", "--non-shared", "2:0-9")
    assert keys("train", *asked) == 0
    assert "non-shared lugs 1:5-7 2:0-9" in capsys.readouterr().out
    path = Path("ciphers/train/keys/keys-00000.json")
    assert run("encipher", "--key", path, "--list", "train-11", "HELLO") == 0
    assert keys("train", "--from", path, "--folder", "other") == 0
    assert "12 keys in 1 shard: other/train/keys" in capsys.readouterr().out
    assert keys("test", "--from", path) == 3
    assert "12 keys are both of training and of testing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["keys", "--split", "validate", "--count", "5"], 2, "no split 'validate'"),
        (["keys", "--split", "train"], 2, "made or taken from a file"),
        (["keys", "--split", "train", "--count", "5", "--overlaps", "3-x"], 2, "'3-x' is no range"),
        (["keys", "--split", "train", "--count", "5", "--overlaps", "0"], 2, "out of range"),
        (["keys", "--split", "train", "--count", "5", "--non-shared", "7"], 2, "WHEEL:N"),
        (["keys", "--split", "train", "--count", "5", "--non-shared", "9:1"], 2, "no wheel 9"),
        (["keys", "--split", "train", "--count", "5", "--format", "pickle"], 2, "no format 'pickle'"),
        (
            ["keys", "--split", "train", "--count", "5", "--overlaps", "1", "--folder", "book.txt"],
            11,
            "cannot write",
        ),
        (["encrypt", "--split", "train", "--mode", "both"], 2, "no mode 'both'"),
        (["encrypt", "--split", "train", "--mode", "known-plaintext"], 2, "no finished keys"),
        (["encrypt", "--split", "train", "--mode", "ciphertext-only", "--text", "none"], 5, "cannot read"),
        (["arrays", "--split", "train"], 2, "no finished keys"),
    ],
)
def test_what_cannot_be_made(
    place: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    before = sorted(path.name for path in place.iterdir())
    assert run(*arguments) == code
    assert said in capsys.readouterr().err
    assert sorted(path.name for path in place.iterdir()) == before


def test_a_killed_command_goes_on_and_gives_the_same_bytes(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--split", "train", "--count", 12_000, "--shard", 100, "--overlaps", "1-2", "--jobs", 1)
    command = [
        sys.executable,
        "-c",
        "from garrison.cli import main; main()",
        "ciphers",
        "keys",
        *map(str, asked),
    ]
    killed = subprocess.Popen(command, cwd=place, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    folder = place / "ciphers" / "train" / "keys"
    until = time.monotonic() + 60
    while len([*folder.glob("shard-*.json")]) < 5 and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL, "it was at work"
    assert not (folder / "manifest.json").exists()
    assert run("keys", *asked) == 0
    kept = [line for line in capsys.readouterr().out.splitlines() if line.startswith("kept:")]
    assert kept, "what was finished was not made again"
    assert run("keys", *asked, "--folder", "unbroken") == 0
    assert contents(folder) == contents(Path("unbroken/train/keys"))


def test_speck_is_told_from_random_pairs_and_the_control_is_not(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    small = ("--epochs", 1, "--epoch-pairs", 4000, "--batch", 200, "--pairs", 2000, "--entries", 2000)
    assert run("distinguish", "--cipher", "speck", "--rounds", 2, "--rounds", 3, "--staged", *small) == 0
    told = capsys.readouterr().out
    assert told.count("difference table") == told.count("key averaging") == 2
    assert "flag:" not in told
    assert Path("ciphers/distinguishers/speck32_64-3/weights.safetensors").is_file()
    assert run("distinguish", "--cipher", "aes128", *small) == 0
    assert "flag:    network, aes128: no better than chance" in capsys.readouterr().out
    with FolderLock(Path("ciphers/distinguishers/.lock")):
        assert run("distinguish", "--cipher", "speck", "--rounds", 2, *small) == 12
    assert run("distinguish", "--cipher", "aes128", "--method", "averaging", *small) == 2
    assert "know Speck alone" in capsys.readouterr().err
    assert run("distinguish", "--cipher", "enigma") == 2
    assert run("distinguish", "--cipher", "speck", "--method", "luck") == 2
    assert run("distinguish", "--cipher", "speck", "--rounds", 30, "--method", "network") == 2


def contents(folder: Path) -> dict[str, Any]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}
