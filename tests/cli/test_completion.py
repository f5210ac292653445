"""Shells complete commands and options, as soon as `garrison --install-completion` was called."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

GARRISON = Path(sys.executable).parent / "garrison"
pytestmark = pytest.mark.skipif(not GARRISON.exists(), reason="garrison is not installed beside this Python")


def completed(**asked: str) -> str:
    """What the command answers to a shell that asks what may come next."""
    return subprocess.run(
        [GARRISON], env={**os.environ, **asked}, capture_output=True, text=True, check=False, timeout=120
    ).stdout


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (
            {"_GARRISON_COMPLETE": "complete_bash", "COMP_WORDS": "garrison ru", "COMP_CWORD": "1"},
            "run\nruns\n",
        ),
        (
            {
                "_GARRISON_COMPLETE": "complete_fish",
                "_TYPER_COMPLETE_FISH_ACTION": "get-args",
                "_TYPER_COMPLETE_ARGS": "garrison serve --require-s",
            },
            "--require-signature\t",
        ),
        ({"_GARRISON_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "garrison models di"}, '"diff"'),
    ],
    ids=["bash", "fish", "zsh"],
)
def test_each_shell_is_told_what_may_come_next(asked: dict[str, str], answer: str) -> None:
    assert answer in completed(**asked)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_completes_after_the_installation(tmp_path: Path) -> None:
    (tmp_path / ".bashrc").write_text("", encoding="utf-8")
    environment = {
        **{name: value for name, value in os.environ.items() if name != "BASH_ENV"},
        "HOME": str(tmp_path),
        "PATH": f"{GARRISON.parent}{os.pathsep}{os.environ['PATH']}",
    }

    def bash(script: str) -> str:
        done = subprocess.run(
            ["bash", "--norc", "-c", script],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "installed" in bash("garrison --install-completion; exit $?")
    ask = "COMP_WORDS=(garrison sc); COMP_CWORD=1; _garrison_completion garrison; echo ${COMPREPLY[@]}"
    assert sorted(bash(f"source {tmp_path}/.bashrc; {ask}").split()) == ["score", "scorecard"]
