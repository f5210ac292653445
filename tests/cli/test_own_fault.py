"""A fault of Garrison's own: told in a few lines with a file of details, also where no file can be written."""

import errno
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from garrison.cli.main import FAULT_OF_OURS, INTERRUPTED, run_command


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    def fail(_app: Any) -> Any:
        raise RuntimeError("cannot reach https://me:hunter2@host")

    monkeypatch.setattr("typer.main.get_command", fail)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_details_go_to_a_file(faulty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([]) == FAULT_OF_OURS
    (path,) = faulty.iterdir()
    said = capsys.readouterr().err
    assert "RuntimeError: cannot reach https://me:***@host" in said
    assert str(path) in said
    details = path.read_text(encoding="utf-8")
    assert "Traceback" in details
    assert "hunter2" not in details + said


def test_an_interruption_that_a_library_made_an_error_of_is_none_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_app: Any) -> Any:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            raise ImportError("initialization failed") from error

    monkeypatch.setattr("typer.main.get_command", fail)
    assert run_command([]) == INTERRUPTED
    assert "interrupted; what was finished is kept" in capsys.readouterr().err


def test_a_full_disk_is_no_second_fault(
    faulty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = os.fdopen

    def full(handle: int, *rest: Any, **more: Any) -> Any:
        opened(handle).close()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    assert run_command([]) == FAULT_OF_OURS
    said = capsys.readouterr().err
    assert "RuntimeError: cannot reach" in said
    assert "No space left on device" in said
    assert "test_own_fault.py line" in said
    assert list(faulty.iterdir()) == []


def test_no_temporary_folder_is_no_second_fault(
    faulty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(faulty / "gone"))
    assert run_command([]) == FAULT_OF_OURS
    assert "RuntimeError: cannot reach" in capsys.readouterr().err
