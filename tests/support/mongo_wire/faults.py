"""What the server can be told to do wrong."""

import threading
from dataclasses import dataclass
from typing import Literal

Kind = Literal["stall", "drop_before", "drop_after", "refuse_login", "fail_half"]


@dataclass
class Fault:
    """One kind of misbehaviour for the next ``times`` commands of a name, after ``skip`` that go well.

    ``stall`` never answers, ``drop_before`` and ``drop_after`` close the connection before or after the command was
    done, ``refuse_login`` refuses the right password, and ``fail_half`` refuses every second document of an insert
    with ``code``.
    """

    kind: Kind
    command: str
    times: int = 1
    skip: int = 0
    code: int = 91


class Faults:
    """The faults that are waiting, and those that have happened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self.happened: list[str] = []

    def add(self, fault: Fault) -> None:
        """Let ``fault`` happen from now on."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Behave from now on."""
        with self._lock:
            self._waiting.clear()

    def take(self, command: str) -> Fault | None:
        """Say what goes wrong with this command, and count it as happened."""
        with self._lock:
            for fault in self._waiting:
                if fault.command != command:
                    continue
                if fault.skip:
                    fault.skip -= 1
                    return None
                fault.times -= 1
                if not fault.times:
                    self._waiting.remove(fault)
                self.happened.append(f"{fault.kind} {command}")
                return fault
        return None
