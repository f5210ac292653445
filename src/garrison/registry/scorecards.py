"""The newest scorecard of each version, kept beside the registry's stages, and what it says against a promotion."""

from pathlib import Path

from garrison.assurance import Gate, Judgement
from garrison.assurance.figure_names import CALIBRATION, QUALITY, figure_name
from garrison.assurance.scorecard import Scorecard
from garrison.errors import DataError, GarrisonError
from garrison.files import sha256_of
from garrison.registry.local import LocalRegistry
from garrison.registry.version import Version

FOLDER = "scorecards"


def scorecard_path(registry: LocalRegistry, name: str, version: int) -> Path:
    """Where the scorecard of a version is kept, the same for all stages; its page lies beside it, as ``.html``."""
    return registry.root / FOLDER / name / f"{version}.json"


def keep_scorecard(registry: LocalRegistry, card: Scorecard) -> Path | None:
    """Keep a scorecard for promotions to read, in place of an older one; None where it is of no version there."""
    if card.version is None:
        return None
    try:
        version = registry.find(card.name, card.version)
    except GarrisonError:
        return None
    if _digest(version) != card.digest:
        return None
    path = scorecard_path(registry, card.name, card.version)
    with registry.turn(card.name):
        return _with_missed_before(card, path).write(path)


def scorecard_of(registry: LocalRegistry, version: Version) -> Scorecard | None:
    """The scorecard of a version, None where none was kept; ``DataError`` for one that is damaged or another's."""
    path = scorecard_path(registry, version.name, version.version)
    if not path.is_file():
        return None
    card = Scorecard.read(path)
    if card.digest != _digest(version):
        raise DataError(
            f"the scorecard kept for {version.name}@{version.version} is of another model",
            where=str(path),
            expected="that of the detector with this version's manifest",
            remedy="measure it again with `garrison scorecard`",
        )
    return card


def judged_by(judgement: Judgement, card: Scorecard) -> Judgement:
    """The judgement with what its scorecard says.

    A gate on a metric stays as the run judged it. Any other takes the newest figure, where that was measured on the
    run's own test part, or the run did not measure it. Gates that the scorecard was judged by count too.
    """
    figures = card.figures
    gates = []
    for gate in judgement.gates:
        beyond = figure_name(gate.name).part not in (QUALITY, CALIBRATION)
        if beyond and gate.name in figures and (card.own_test or gate.value is None):
            gate = card.judged(Gate.read(gate.name, gate.bound))  # noqa: PLW2901
        gates.append(gate)
    known = {(gate.name, gate.bound) for gate in gates}
    gates += [gate for gate in card.gates if (gate.name, gate.bound) not in known]
    return judgement.model_copy(update={"gates": tuple(gates)})


def _digest(version: Version) -> str:
    return sha256_of(version.detector / "manifest.json")


def _with_missed_before(card: Scorecard, path: Path) -> Scorecard:
    """The card with the gates that an older one missed, judged by the new figures where there are any.

    Neither a part that is left out nor a gate that is not stated again excuses what was missed.
    """
    try:
        old = Scorecard.read(path)
    except DataError:
        return card
    if old.digest != card.digest:
        return card
    stated = {(gate.name, gate.bound) for gate in card.gates}
    figures = card.figures
    missed = [gate for gate in old.missed if (gate.name, gate.bound) not in stated]
    again = [
        card.judged(Gate.read(gate.name, gate.bound)) if gate.name in figures else gate for gate in missed
    ]
    return card.model_copy(update={"gates": (*card.gates, *again)})
