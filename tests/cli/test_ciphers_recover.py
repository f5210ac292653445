"""`garrison ciphers recover`: what a person types, what is printed, and how it ends."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from m209_by_hand import published

from garrison.cli.main import run_command

TEXT = (
    "WHEN IN THE COURSE OF HUMAN EVENTS IT BECOMES NECESSARY FOR ONE PEOPLE TO DISSOLVE THE POLITICAL BANDS WHICH "
    "HAVE CONNECTED THEM WITH ANOTHER AND TO ASSUME AMONG THE POWERS OF THE EARTH THE SEPARATE AND EQUAL STATION TO "
    "WHICH THE LAWS OF NATURE AND OF NATURES GOD ENTITLE THEM A DECENT RESPECT TO THE OPINIONS OF MANKIND REQUIRES "
    "THAT THEY SHOULD DECLARE THE CAUSES WHICH IMPEL THEM TO THE SEPARATION"
)


def run(*arguments: object) -> int:
    return run_command(["ciphers", *map(str, arguments)])


@pytest.fixture
def message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.chdir(tmp_path)
    Path("key.json").write_text(json.dumps(published()), encoding="utf-8")
    assert run("encipher", "--key", "key.json", "--indicator", "ABCDEF", "--spaces", TEXT) == 0
    return capsys.readouterr().out.strip()


def test_from_a_crib_to_the_message_and_the_next(message: str, capsys: pytest.CaptureFixture[str]) -> None:
    crib = TEXT[22:202]
    asked = ("recover", message, "--spaces", "--crib", crib, "--at", 23, "--indicator", "ABCDEF")
    assert run(*asked, "--out", "found.json") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == TEXT
    assert lines[0].startswith("keys: ")
    next_one = run("encipher", "--key", "key.json", "--indicator", "KLMNOP", "ANOTHER MESSAGE")
    assert next_one == 0
    sent = capsys.readouterr().out.strip()
    assert run("decipher", "--key", "found.json", "--indicator", "KLMNOP", sent) == 0
    assert capsys.readouterr().out.replace(" ", "") == "ANOTHERMESSAGE\n"


def test_the_message_is_not_written_over(message: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("sent.txt").write_text(message, encoding="utf-8")
    command = [sys.executable, "-m", "garrison", "ciphers", "recover", "--spaces", "--crib", TEXT[:180]]
    with Path("sent.txt").open() as sent:
        done = subprocess.run(
            [*command, "--out", "sent.txt"], stdin=sent, capture_output=True, text=True, check=False
        )
    assert done.returncode == 2
    assert "would replace what is read" in done.stderr
    assert Path("sent.txt").read_text(encoding="utf-8") == message


def test_a_crib_that_is_too_short_ends_with_a_number_and_dots(
    message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("recover", message, "--spaces", "--crib", "HUMAN EVENTS", "--at", 23) == 3
    told = capsys.readouterr()
    assert "at least" in told.out
    letters = told.out.splitlines()[-1]
    assert len(letters) == len(TEXT)
    assert letters[22:34] == "HUMAN EVENTS"
    assert letters.count(".") > len(TEXT) / 2
    assert "the key is not fixed" in told.err


def test_the_network_s_start_needs_fewer_steps_than_a_random_one(
    message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    steps = {}
    for start in ("random", "network"):
        crib = ("--spaces", "--crib", TEXT[:104], "--indicator", "ABCDEF", "--start", start)
        assert run("recover", message, *crib) in (0, 3)
        search = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("search:"))
        steps[start] = int(search.partition("after ")[2].partition(" steps")[0].replace(",", ""))
    assert 0 < steps["network"] < steps["random"]


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--crib", "A" * 20, "--start", "network"], 2, "does not read a crib of 20 letters"),
        (["--crib", "MEET AT 7"], 5, "the crib has '7'"),
        (["--crib", " "], 5, "the crib has no letters"),
        (["--crib", "A" * 500], 2, "longer than the message"),
        (["--crib", "AAAA", "--at", "0"], 2, "not within the message"),
        (["--crib", "AAAA", "--at", "5000"], 2, "not within the message"),
        (["--crib", "AAAA", "--indicator", "AAAAAZ"], 2, "wheel 6 has no letter"),
        (["--crib", "AAAA", "--out", "nowhere/found.json"], 2, "no such folder"),
        ([], 2, "--crib"),
        (["--crib", "QQ" * 60, "--seconds", "0.01", "--restarts", "8"], 3, "no key was found"),
    ],
)
def test_what_cannot_be_recovered(
    message: str, capsys: pytest.CaptureFixture[str], more: list[str], code: int, said: str
) -> None:
    assert run("recover", message, *more) == code
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


def test_a_message_with_other_letters(message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("recover", message + "!", "--crib", "AAAA") == 5
    assert "which the machine cannot print" in capsys.readouterr().err


def test_the_message_is_told_even_where_the_key_cannot_be_written(
    message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("full").mkdir()
    shutil.copy("key.json", "full/key.json")
    Path("full/found.json").mkdir()
    assert run("recover", message, "--spaces", "--crib", TEXT[:180], "--out", "full/found.json") != 0
    assert TEXT[200:] in capsys.readouterr().out
