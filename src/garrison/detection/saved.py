"""The saved form of a Detector: a folder of plain data in which no byte can change unnoticed.

::

    manifest.json      name, family, parameters, threshold, measures, caveats, versions; digest and size of each file
    manifest.sha256    the digest of the manifest
    schema.json        the schema, as a features file
    processor.json     the fitted processor
    reference.json     what the training rows looked like, as sketches; older detectors have none
    model/…            the model in the form of its family
    signature.json     who vouches for it, where somebody signed it

Nothing in it is a program, and nothing is unpickled. It holds no times, so that equal training gives equal bytes.
"""

import importlib.metadata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from garrison.data.schema import Schema
from garrison.detection.detector import Detector, Threshold
from garrison.detection.families import FAMILIES, Params
from garrison.detection.integrity import (
    MANIFEST,
    REMEDY,
    Sealed,
    parse_json,
    read_sealed,
    write_sealed_folder,
)
from garrison.errors import GarrisonError, IntegrityError, ModelError
from garrison.features import load_processor
from garrison.files import canonical_json
from garrison.run.fingerprint import versions

FORMAT = 1
SCHEMA, PROCESSOR, REFERENCE = "schema.json", "processor.json", "reference.json"
_SAME_LIBRARY = {"xgboost-cpu": ("xgboost-cpu", "xgboost")}


def save_detector(detector: Detector, folder: Path) -> str:
    """Write the detector to ``folder``, whole or not at all; gives the digest that names its content.

    A detector that stood there is replaced, anything else is not: ``UsageError``. Raises ``OutputError`` when the
    folder cannot be written.
    """
    files = {
        SCHEMA: canonical_json(detector.schema.to_dict()).encode(),
        PROCESSOR: canonical_json(detector.processor.to_dict()).encode(),
        **{f"model/{name}": content for name, content in detector.model.files().items()},
    }
    if detector.reference is not None:
        files[REFERENCE] = canonical_json(detector.reference).encode()
    facts = {
        **detector.to_dict(),
        "format": FORMAT,
        "libraries": {name: _version(name) for name in _libraries(detector.family, detector.params)},
        "versions": detector.versions or versions(),
    }
    return write_sealed_folder(folder, files, facts, replaces=(SCHEMA, PROCESSOR, REFERENCE, "model"))


def verify_detector(folder: Path) -> Sealed:
    """Check every byte of a saved detector and give them, and its manifest.

    ``IntegrityError`` names the file that is not as it was written.
    """
    return read_sealed(folder)


def load_detector(folder: Path, *, digest: str | None = None) -> Detector:
    """The detector saved in ``folder``; nothing is looked into before every digest has been verified.

    ``digest`` is the SHA-256 of its manifest where that is known, from a signature for one: a detector that was put
    in its place since is an ``IntegrityError``.

    Raises ``IntegrityError`` for a changed, missing or added file, and ``ModelError`` when the detector was saved by
    another format or major version of the model's library, or is nothing that ``save_detector`` wrote.
    """
    sealed = read_sealed(folder)
    manifest, files = sealed.manifest, sealed.files
    if digest is not None and sealed.digest != digest:
        raise IntegrityError(
            "this is another detector than the one asked for",
            where=str(folder),
            expected=f"a manifest with the SHA-256 {digest}",
            remedy=REMEDY,
        )
    if "kind" in manifest:
        raise ModelError(
            f"the folder holds a {manifest['kind']}, and no detector of events"[:200],
            where=str(folder / MANIFEST),
            expected="what `garrison run phishing`, `threats` or `garrison train` made",
            remedy="load a network in Python: garrison.federated.load_model",
        )
    if manifest.get("format") != FORMAT:
        raise ModelError(
            f"the detector has format {manifest.get('format')!r}",
            where=str(folder / MANIFEST),
            expected=f"format {FORMAT}",
            remedy="load it with the version of Garrison that saved it, or train again",
        )
    try:
        return _detector(folder, manifest, files)
    except GarrisonError:
        raise
    except Exception as error:
        raise ModelError(
            f"the saved detector cannot be read: {type(error).__name__}", where=str(folder), remedy=REMEDY
        ) from error


def _detector(folder: Path, manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> Detector:
    _check_libraries(folder, manifest["libraries"])
    family, params = str(manifest["family"]), dict(manifest["params"])
    own = {name.removeprefix("model/"): files[name] for name in files if name.startswith("model/")}
    schema = parse_json(files[SCHEMA], where=str(folder / SCHEMA))
    processor = load_processor(parse_json(files[PROCESSOR], where=str(folder / PROCESSOR)))
    model = FAMILIES[family].model.from_files(own)
    if len(processor.names) != model.features:
        raise ModelError(
            f"the processor gives {len(processor.names)} features, the model takes {model.features}",
            where=str(folder),
            remedy=REMEDY,
        )
    return Detector(
        name=str(manifest["name"]),
        schema=Schema.from_dict(schema, where=str(folder / SCHEMA)),
        processor=processor,
        model=model,
        family=family,
        params=params,
        threshold=Threshold(
            value=float(manifest["threshold"]["value"]), rule=str(manifest["threshold"]["rule"])
        ),
        training_fingerprint=str(manifest["training_fingerprint"]),
        measures=dict(manifest["measures"]),
        caveats=tuple(map(str, manifest["caveats"])),
        versions={str(name): str(version) for name, version in manifest["versions"].items()},
        reference=parse_json(files[REFERENCE], where=str(folder / REFERENCE)) if REFERENCE in files else None,
    )


def _libraries(family: str, params: Params) -> tuple[str, ...]:
    """The libraries whose major version the model depends on; of a vote, those of its members."""
    found = set(FAMILIES[family].libraries)
    if "family" in params:
        found.update(FAMILIES[params["family"]].libraries)
    for member in params.get("members", ()):
        found.update(FAMILIES[member["family"]].libraries)
    return tuple(sorted(found))


def _version(library: str) -> str:
    for name in _SAME_LIBRARY.get(library, (library,)):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    raise ModelError(f"{library} is not installed", remedy=f"pip install {library}")


def _check_libraries(folder: Path, needed: Mapping[str, str]) -> None:
    for library, then in needed.items():
        now = _version(library)
        if now.partition(".")[0] != str(then).partition(".")[0]:
            raise ModelError(
                f"the detector was saved with {library} {then}; here is {now}",
                where=str(folder / MANIFEST),
                expected=f"the same major version of {library}",
                remedy=f"pip install '{library}=={str(then).partition('.')[0]}.*', or train again",
            )
