"""From what a person calls a model to the folder of a verified detector: the one way in which every command does it.

| text | the detector |
| --- | --- |
| ``./folder`` or any path of a folder | the one saved in that folder |
| ``NAME`` or ``production/NAME`` | the current one in production |
| ``experimental/NAME`` | the last one pushed to experimental |
| ``NAME@3`` | version 3, wherever it stands |
| ``experimental/NAME@3``, ``production/NAME@3`` | version 3 of that stage |
"""

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from garrison.detection.integrity import MANIFEST
from garrison.detection.saved import verify_detector
from garrison.errors import RegistryError
from garrison.registry.contents import contents_of, identity_of
from garrison.registry.local import LocalRegistry
from garrison.registry.version import STAGES, Record, Version, read_record
from garrison.run.redaction import redact

FORMS = "a folder, NAME, NAME@VERSION, production/NAME or experimental/NAME@VERSION"

_ADDRESS = re.compile(
    r"(?:(?P<stage>[a-z]+)/)?(?P<name>[a-z0-9][a-z0-9._-]{0,63})(?:@(?P<version>[1-9][0-9]{0,8}))?"
)


@dataclass(frozen=True)
class FoundModel:
    """A verified detector folder; ``version`` and ``stage`` are None for one that stands in no registry."""

    folder: Path
    name: str
    version: int | None = None
    stage: str | None = None

    @property
    def record(self) -> Record | None:
        """What its registry wrote down of it; None for one that stands in none."""
        return read_record(self.folder.parent / "record.json") if self.stage else None

    def __str__(self) -> str:
        """As a person calls it: ``production/threats@3``, or the folder."""
        return f"{self.stage}/{self.name}@{self.version}" if self.stage else str(self.folder)


def find_model(text: str, *, root: Path) -> Path:
    """The folder of the verified detector that ``text`` names; ``root`` is the registry's folder (``models``).

    Raises ``RegistryError`` when there is no such model, naming those there are, and ``IntegrityError`` when a byte
    of it was changed.
    """
    return resolve_model(text, root=root).folder


def resolve_model(text: str, *, root: Path) -> FoundModel:
    """As ``find_model``, with the model's name, version and stage."""
    if "://" in text or text.startswith(("mlflow:", "models:", "file:")):
        raise RegistryError(
            "the model is somewhere else",
            where=redact(text),
            expected=FORMS,
            remedy="bring it here first: garrison models fetch NAME --from ADDRESS --into FOLDER",
        )
    folder = saved_in(text)
    registry = LocalRegistry(root)
    version = _known(text, registry)
    if folder is not None and version is not None:
        raise RegistryError(
            f"{text!r} is both a folder here and a model's name in the registry",
            where=f"{folder.resolve()} and {root}",
            expected="one model",
            remedy=f"write ./{text} for the folder, or {version.stage}/{version.name}@{version.version}",
        )
    if folder is not None:
        return _in_folder(folder)
    if version is None:
        raise _unknown(text, registry)
    detector = registry.load(version.name, version.stage, version=version.version)
    return FoundModel(detector, version.name, version.version, version.stage)


def parse_address(text: str) -> tuple[str | None, str, int | None]:
    """The stage, the name and the version that ``text`` names; stage and version are None where it names none.

    >>> parse_address("production/threats")
    ('production', 'threats', None)
    >>> parse_address("threats@3")
    (None, 'threats', 3)
    """
    parts = _ADDRESS.fullmatch(text)
    if parts is None or parts["stage"] not in {None, *STAGES}:
        raise RegistryError(f"not the name of a model: {text!r}", expected=FORMS)
    return parts["stage"], parts["name"], int(parts["version"]) if parts["version"] else None


def saved_in(text: str) -> Path | None:
    """The folder with a saved detector that ``text`` is a path of: itself, or ``detector`` in it; None if neither."""
    try:
        places = [place for place in (Path(text), Path(text) / "detector") if (place / MANIFEST).is_file()]
    except (OSError, ValueError):
        return None
    return places[0] if text and places else None


def _known(text: str, registry: LocalRegistry) -> Version | None:
    """The version that ``text`` names in the registry; None when it names none."""
    try:
        stage, name, number = parse_address(text)
    except RegistryError:
        return None
    if number is None:
        return registry.current(name, stage or "production")
    for each in (stage,) if stage else ("production", "experimental"):
        for version in registry.versions(name, each):
            if version.version == number:
                return version
    return None


def _in_folder(folder: Path) -> FoundModel:
    """The detector of a folder, with its number where the folder stands in a registry."""
    name = str(verify_detector(folder).manifest.get("name", folder.name))
    if folder.name == "detector" and (folder.parent / "record.json").is_file():
        record = read_record(folder.parent / "record.json")
        place = folder.resolve().parts[-4:-1] == (record.stage, record.name, str(record.version))
        if place and record.digest == identity_of(contents_of(folder)):
            return FoundModel(folder, record.name, record.version, record.stage)
    return FoundModel(folder, name)


def _unknown(text: str, registry: LocalRegistry) -> RegistryError:
    """Why ``text`` names no model, and what to write instead."""
    is_folder = bool(text) and "\0" not in text and Path(text).is_dir()
    if is_folder or text.startswith(("/", ".", "~")):
        return RegistryError(
            "no detector is saved in this folder" if is_folder else "there is no such folder",
            where=text,
            expected=f"a folder with a {MANIFEST}, or a model's name",
            remedy="list the models with `garrison models list`",
        )
    stage, name, number = parse_address(text)
    there = {each: [version.version for version in registry.versions(name, each)] for each in STAGES}
    if any(there.values()):
        said = "; ".join(f"{each}: {', '.join(map(str, have)) or 'none'}" for each, have in there.items())
        if number is not None:
            what = f"{name} has no version {number}" + (f" in {stage}" if stage else "")
        else:
            what = f"{name} has no version in {stage or 'production'}"
        newest = max(there["experimental"] or there["production"])
        return RegistryError(
            what,
            where=str(registry.root),
            expected=f"one of its versions ({said})",
            remedy=f"write {name}@{newest}" + ("" if there["production"] else ", or promote it first"),
        )
    known = sorted({known for each in STAGES for known in registry.names(each)})
    near = difflib.get_close_matches(name, known, n=3)
    return RegistryError(
        f"there is no model {name!r}",
        where=str(registry.root),
        expected=f"one of: {', '.join(known)}" if known else "a model; there is none yet",
        remedy=f"did you mean {' or '.join(near)}?"
        if near
        else "list the models with `garrison models list`, or name their folder with --workspace",
    )
