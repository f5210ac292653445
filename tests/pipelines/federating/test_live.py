"""What a person sees while models are trained: a table on a terminal, lines elsewhere."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from garrison.federated import Refused, Round
from garrison.pipelines.federating.cells import Cell
from garrison.pipelines.federating.live import LiveTraining
from garrison.pipelines.federating.round_notes import NotesRead, RoundNotes

POOLED, TOGETHER = Cell("mlp", "conventional"), Cell("cnn", "private", 0.25)


def ended(number: int, *refused: Refused) -> Round:
    return Round(
        number=number,
        loss=0.5,
        accuracy=0.875,
        seconds=1.5,
        bytes_sent=665_000,
        epsilon=1.25,
        asked=5,
        answered=4,
        refused=refused,
    )


def shown_by(file: Path, *, terminal: bool) -> str:
    """What is shown of two seeds: one is in its second round, the other finished, and a party was refused."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=terminal, width=80, color_system=None, soft_wrap=True)
    live = LiveTraining(file, {POOLED: 30, TOGETHER: 15}, seeds=2, console=console)
    with live.bar("models", total=4) as advance:
        notes = RoundNotes(file, TOGETHER, 0)
        notes(ended(1))
        notes(ended(2, Refused("party-003", "not finite")))
        RoundNotes(file, POOLED, 1)(Round(number=30, loss=0.1, accuracy=0.9, seconds=0.1))
        RoundNotes(file, POOLED, 1).finished()
        advance(1)
    return screen.getvalue()


def test_on_a_terminal_every_cell_has_a_row_with_its_seeds_and_its_last_round(tmp_path: Path) -> None:
    last = shown_by(tmp_path / "notes", terminal=True).rpartition("seconds")[2].splitlines()
    pooled, together = (next(line for line in last if name in line) for name in ("mlp: pooled", "cnn: DP"))
    assert pooled.split() == ["mlp:", "pooled", "1/2", "1", "30/30", "0.1000", "0.9000", "0.1"]
    assert together.split() == [
        *("cnn:", "DP,", "ε", "=", "0.25", "0/2", "0", "2/15", "0.5000", "0.8750"),
        *("4", "of", "5", "665.0", "kB", "1.5", "1.25"),
    ]
    assert any("1/4" in line for line in last)


def test_elsewhere_lines_tell_of_rounds_and_of_finished_models(tmp_path: Path) -> None:
    first, second, finished = shown_by(tmp_path / "notes", terminal=False).splitlines()
    assert first.startswith("cnn: federated, DP ε = 0.25, seed 0: round 1/15; loss 0.5000; accuracy 0.8750;")
    assert second.endswith("epsilon 1.25; lost or refused party-003: not finite")
    assert finished == "mlp: pooled, seed 1: finished; 1 of 4 models"


@pytest.mark.parametrize("terminal", [True, False])
def test_a_party_that_was_refused_is_told_of_either_way(tmp_path: Path, terminal: bool) -> None:
    assert "party-003: not finite" in shown_by(tmp_path / "notes", terminal=terminal)


def test_a_note_that_is_being_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "notes"
    RoundNotes(file, TOGETHER, 0)(ended(1))
    whole = file.read_bytes()
    read = NotesRead(file)
    file.write_bytes(whole[:-10])
    assert [*read.new()] == []
    file.write_bytes(whole + b'{"cell": 3\n' + whole)
    assert [note.ended for note in read.new()] == [ended(1), ended(1)]
    assert [*read.new()] == []


def test_training_goes_on_where_nothing_can_be_noted(tmp_path: Path) -> None:
    RoundNotes(tmp_path / "no folder" / "notes", POOLED, 0).finished()
    assert [*NotesRead(tmp_path / "no folder" / "notes").new()] == []
