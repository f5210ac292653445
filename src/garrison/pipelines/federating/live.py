"""Every model's training while it goes on: a table that lives on a terminal, lines elsewhere."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from garrison.federated import Round
from garrison.federated.told_rounds import COLUMNS, round_cells, round_line
from garrison.pipelines.federating.cells import Cell
from garrison.pipelines.federating.round_notes import Note, NotesRead
from garrison.progress import Advance

LOOKS_EVERY_S = 0.25
_SHOWN = ("round", "loss", "accuracy", "parties", "sent", "seconds", "epsilon")
_OF_PARTIES = ("parties", "sent", "epsilon")


class LiveTraining:
    """Shows what the notes in ``file`` say; ``rounds`` is how many each cell has, ``seeds`` its models.

    On a terminal a row a cell: how many of its models are finished, which seed was heard of last, and its last round.
    Elsewhere a line for each round of the first seed's federations, and for each model that is finished. Who was lost
    or refused is told in a line either way. ``bar`` is a progress bar in the form of ``garrison.progress``.
    """

    def __init__(
        self, file: Path, rounds: dict[Cell, int], *, seeds: int, console: Console | None = None
    ) -> None:
        self._notes = NotesRead(file)
        self._cells = {cell.key: cell for cell in rounds}
        self._rounds = {cell.key: most for cell, most in rounds.items()}
        self._seeds = seeds
        self._finished: dict[str, set[int]] = {cell.key: set() for cell in rounds}
        self._last: dict[str, tuple[int, Round]] = {}
        self._console = console or Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        )
        self._stopped = Event()

    @contextlib.contextmanager
    def bar(self, title: str, *, total: int | None = None) -> Iterator[Advance]:
        """Show it while work is done; yields a function that says that ``n`` more models are finished."""
        task = self._bar.add_task(title, total=total)
        live = Live(get_renderable=self.shown, console=self._console)
        watcher = Thread(target=self._watch, daemon=True)
        with live if self._console.is_terminal else contextlib.nullcontext():
            watcher.start()
            try:
                yield lambda n: self._bar.advance(task, n)
            finally:
                self._stopped.set()
                watcher.join()
                self.look()

    def shown(self) -> Group:
        """The table as it stands, over the bar of all models; it fits 80 columns."""
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=0, show_edge=False)
        for name in ("model", "done", "seed", *_SHOWN):
            table.add_column(
                "ε" if name == "epsilon" else name,
                justify="left" if name == "model" else "right",
                no_wrap=True,
            )
        for key, cell in self._cells.items():
            done = f"{len(self._finished[key])}/{self._seeds}"
            seed, told = "", [""] * len(_SHOWN)
            if key in self._last:
                number, one = self._last[key]
                named = dict(zip(COLUMNS, round_cells(one, of=self._rounds[key]), strict=True))
                hidden = () if cell.federated else _OF_PARTIES
                seed, told = str(number), ["" if name in hidden else named[name] for name in _SHOWN]
            table.add_row(f"{cell.network}: {cell.head}", done, seed, *told)
        return Group(table, self._bar)

    def look(self) -> None:
        """Read what was noted since the last look, and say what is to be said in lines."""
        for note in self._notes.new():
            if note.cell in self._cells:
                self._heard(note)

    def _heard(self, note: Note) -> None:
        cell = self._cells[note.cell]
        title = f"{cell.title}, seed {note.seed}"
        plain = not self._console.is_terminal
        if note.ended is None:
            self._finished[note.cell].add(note.seed)
            if plain:
                count = sum(map(len, self._finished.values()))
                self._console.print(f"{title}: finished; {count} of {self._seeds * len(self._cells)} models")
            return
        self._last[note.cell] = (note.seed, note.ended)
        if note.ended.refused or (plain and note.seed == 0 and cell.federated):
            self._console.print(f"{title}: {round_line(note.ended, of=self._rounds[note.cell])}")

    def _watch(self) -> None:
        while not self._stopped.wait(LOOKS_EVERY_S):
            self.look()
