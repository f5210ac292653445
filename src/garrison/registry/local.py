"""The registry on this machine: numbered versions, and one small file that names the current one.

::

    models/
      experimental/phishing/3/detector/…   the saved detector
      experimental/phishing/3/record.json  when, by which run, metrics, reason, parent
      production/phishing/3/…              the same number once it is promoted
      production/phishing/CURRENT          which version is current, and every move so far
      .locks/phishing                      writers of one name queue here; readers never do

A version's folder is filled under a temporary name and renamed, and only then is ``CURRENT`` replaced. A
process that is killed in between leaves the old version current; the next writer of that name removes what it
left.
"""

import shutil
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from garrison.errors import IntegrityError, RegistryError
from garrison.files import atomic_folder, output_errors, write_json
from garrison.registry.contents import contents_of, copy_contents, identity_of
from garrison.registry.current import Current, Move, make_current, read_current, step_back
from garrison.registry.turn import alone
from garrison.registry.version import STAGES, Record, Version, checked_name, checked_stage, make_record


class LocalRegistry:
    """Versions of models under one folder, numbered 1, 2, 3… for each name across all stages.

    ``wait_s`` is how many seconds a writer waits for its turn before it gives up with a ``RegistryError``.

    >>> LocalRegistry(Path("nowhere")).current("phishing") is None
    True
    """

    def __init__(self, root: Path = Path("models"), *, wait_s: float = 30.0) -> None:
        self.root = root
        self.wait_s = wait_s

    def push(
        self,
        detector_folder: Path,
        name: str,
        *,
        stage: str = "experimental",
        record: Mapping[str, Any] | None = None,
    ) -> Version:
        """Copy a saved detector in as the next version of ``name`` and make it the current one of ``stage``.

        ``record`` may hold ``run``, ``metrics``, ``reason`` and any other JSON facts.

        Raises ``IntegrityError`` when a byte of the detector was changed, ``OutputError`` when the registry
        cannot be written, and ``RegistryError`` otherwise.
        """
        home = self._home(name, stage)
        contents = contents_of(detector_folder)
        with self.turn(name):
            number = 1 + max((v.version for each in STAGES for v in self.versions(name, each)), default=0)
            written = make_record(
                record or {},
                name=name,
                version=number,
                stage=stage,
                digest=identity_of(contents),
                parent=self._current_number(home),
            )
            version = self._add(detector_folder, contents, written)
            make_current(home / "CURRENT", number, action="push", reason=written.reason)
        return version

    def promote(
        self,
        name: str,
        version: int,
        *,
        reason: str | None = None,
        over: Collection[int | None] | None = None,
        overruled: Sequence[str] = (),
    ) -> Version:
        """Bring an experimental version into production under the same number, and make it the current one.

        A version that stood in production before is made current again; one that is current stays so. ``over`` are
        the versions (None: none yet) that it may take the place of; with another one current, ``RegistryError``.
        ``overruled`` is what spoke against it, for the history. Whether it should be promoted is not asked here:
        ``promotion.promote_judged`` asks.
        """
        home = self._home(name, "production")
        with self.turn(name):
            self._check_unmoved(name, home, over)
            known = {each.version: each for each in self.versions(name, "production")}
            if version in known:
                promoted = known[version]
                self._verified(promoted)
            else:
                candidate = self._find(name, "experimental", version)
                contents = self._verified(candidate)
                facts = {
                    "stage": "production",
                    "parent": self._current_number(home),
                    "reason": reason or candidate.record.reason,
                }
                promoted = self._add(candidate.detector, contents, candidate.record.model_copy(update=facts))
            if self._current_number(home) != version:
                make_current(
                    home / "CURRENT", version, action="promote", reason=reason, overruled=tuple(overruled)
                )
        return promoted

    def rollback(
        self,
        name: str,
        *,
        stage: str = "production",
        reason: str | None = None,
        over: Collection[int | None] | None = None,
    ) -> Version:
        """Make the version that was current before the present one current again; ``over`` as in ``promote``."""
        home = self._home(name, stage)
        with self.turn(name):
            self._check_unmoved(name, home, over)
            current = read_current(home / "CURRENT")
            if current is None:
                raise RegistryError(
                    f"no version of {name} is in {stage}",
                    where=str(home),
                    expected="the name of a model that is in use",
                    remedy="garrison models list",
                )
            if not current.before:
                raise RegistryError(
                    f"{name} has no earlier version in {stage} to return to",
                    where=str(home),
                    expected="at least two versions that were current",
                    remedy="promote another version instead",
                )
            version = self._find(name, stage, current.before[-1])
            self._verified(version)
            step_back(home / "CURRENT", current, reason=reason)
        return version

    def current(self, name: str, stage: str = "production") -> Version | None:
        """The current version of ``name`` in ``stage``, or None where there is none yet."""
        number = self._current_number(self._home(name, stage))
        return None if number is None else self._find(name, stage, number)

    def versions(self, name: str, stage: str = "production") -> tuple[Version, ...]:
        """Every whole version of ``name`` in ``stage``, by number."""
        home = self._home(name, stage)
        numbers = sorted(int(path.name) for path in home.glob("[1-9]*") if path.name.isdecimal())
        return tuple(Version(name, number, stage, home / str(number)) for number in numbers)

    def names(self, stage: str = "production") -> tuple[str, ...]:
        """The names of the models that have a version in ``stage``, in alphabetical order."""
        homes = (self.root / checked_stage(stage)).glob("[a-z0-9]*")
        return tuple(sorted(home.name for home in homes if self.versions(home.name, stage)))

    def history(self, name: str, stage: str = "production") -> tuple[Move, ...]:
        """Every push, promotion and rollback of ``name`` in ``stage``, oldest first."""
        current = read_current(self._home(name, stage) / "CURRENT")
        return current.moves if current else ()

    def before(self, name: str, stage: str = "production") -> int | None:
        """The version that a rollback of ``name`` makes current again, or None where there is none."""
        current = read_current(self._home(name, stage) / "CURRENT")
        return current.before[-1] if current and current.before else None

    def load(self, name: str, stage: str = "production", *, version: int | None = None) -> Path:
        """The folder of a verified detector: the current one, or the version asked for.

        Raises ``IntegrityError`` when a byte was changed since the push, ``RegistryError`` when there is no
        such version.
        """
        found = self.current(name, stage) if version is None else self._find(name, stage, version)
        if found is None:
            raise RegistryError(
                f"{name} has no version in {stage}",
                where=str(self.root),
                expected=f"one of: {', '.join(self.names(stage)) or 'none yet'}",
                remedy="push a detector, or promote an experimental version",
            )
        self._verified(found)
        return found.detector

    def find(self, name: str, version: int) -> Version:
        """Version ``version`` of ``name``: in production if it stands there, else the experimental one.

        Raises ``RegistryError`` when there is none.
        """
        standing = {each.version: each for each in self.versions(name, "production")}
        return standing.get(version) or self._find(name, "experimental", version)

    def turn(self, name: str) -> AbstractContextManager[None]:
        """Hold the place of the one who may change the versions of ``name``; others wait for theirs."""
        return alone(self.root / ".locks" / checked_name(name), wait_s=self.wait_s)

    def _check_unmoved(self, name: str, home: Path, over: Collection[int | None] | None) -> None:
        current = self._current_number(home)
        if over is not None and current not in over:
            expected = " or ".join(f"version {each}" if each else "no version" for each in over)
            raise RegistryError(
                f"version {current} of {name} came into production meanwhile",
                where=str(home),
                expected=f"{expected} in production, as it was when this was decided",
                remedy="look at `garrison models list` and decide anew; "
                "a run that is resumed compares its candidate with the new version",
            )

    def _home(self, name: str, stage: str) -> Path:
        return self.root / checked_stage(stage) / checked_name(name)

    def _current_number(self, home: Path) -> int | None:
        current: Current | None = read_current(home / "CURRENT")
        return current.version if current else None

    def _find(self, name: str, stage: str, number: int) -> Version:
        known = {each.version: each for each in self.versions(name, stage)}
        if number not in known:
            raise RegistryError(
                f"{name} has no version {number} in {stage}",
                where=str(self._home(name, stage)),
                expected=f"one of: {', '.join(map(str, known)) or 'none yet'}",
            )
        return known[number]

    def _verified(self, version: Version) -> dict[str, str]:
        contents = contents_of(version.detector)
        if identity_of(contents) != version.record.digest:
            raise IntegrityError(
                "this is not the detector that was pushed",
                where=str(version.detector),
                expected=f"digest {version.record.digest}",
                remedy="roll back, or push the detector again",
            )
        return contents

    def _add(self, detector_folder: Path, contents: Mapping[str, str], record: Record) -> Version:
        home = self._home(record.name, record.stage)
        self._sweep(home)
        target = home / str(record.version)
        with atomic_folder(target) as temporary:
            copy_contents(detector_folder, contents, temporary / "detector")
            write_json(temporary / "record.json", record.model_dump(mode="json"))
        return Version(record.name, record.version, record.stage, target)

    def _sweep(self, home: Path) -> None:
        """Remove what a killed writer left; nobody else writes here while the lock is held."""
        with output_errors(home):
            for leftover in home.glob(".*.part"):
                if leftover.is_dir():
                    shutil.rmtree(leftover)
                else:
                    leftover.unlink()
