"""Who may go into production: what a version's record says of its evaluation decides, or a person who says why.

The rule is ``assurance.judgement``: the first model needs its gates alone; a later one was compared with the very
model that is in production now, and the whole interval of its gain lies above the margin.
"""

from pydantic import ValidationError

from garrison.assurance import NO_JUDGEMENT, Judgement
from garrison.assurance.scorecard import Scorecard
from garrison.errors import DataError, NotAccepted, RegistryError, UsageError
from garrison.registry.local import LocalRegistry
from garrison.registry.scorecards import judged_by, scorecard_of
from garrison.registry.version import Record, Version

JUDGEMENT = "judgement"
"""The fact of a record that holds what the version was judged by."""

SETTINGS = "settings"
"""The fact of a record that holds the settings of the run that made it."""


def judgement_of(record: Record) -> Judgement | None:
    """What the version was judged by; None where nothing is known. ``RegistryError`` for a damaged record."""
    facts = record.facts.get(JUDGEMENT)
    if facts is None:
        return None
    try:
        return Judgement.model_validate(facts)
    except ValidationError as error:
        raise RegistryError(
            "the judgement in a version's record cannot be read",
            where=f"{record.name}@{record.version}",
            remedy="run the pipeline again, or promote it with --force and a reason",
        ) from error


def objections_to(record: Record, current: Version | None, card: Scorecard | None = None) -> tuple[str, ...]:
    """What speaks against a version taking the place of ``current`` (None: there is none in production).

    ``card`` is the scorecard that was kept of it; gates that it misses speak against it too.
    """
    try:
        judgement = judgement_of(record)
    except RegistryError as error:
        return (error.what,)
    if judgement is None:
        return (NO_JUDGEMENT,)
    if card is not None:
        judgement = judged_by(judgement, card)
    if current is None:
        return judgement.flaws()
    if judgement.rival is None or judgement.rival.digest != current.record.digest:
        return (
            *judgement.flaws(),
            f"it was never compared with version {current.version}, which is in production",
        )
    return judgement.objections()


def promote_judged(
    registry: LocalRegistry, name: str, version: int, *, force: bool = False, reason: str | None = None
) -> Version:
    """Bring a version into production if nothing speaks against it, or by force with a reason, which is recorded.

    Raises ``NotAccepted`` with every objection, ``UsageError`` when force has no reason, and ``RegistryError`` when
    there is no such version, or another one came into production while this was decided.
    """
    if force and not (reason or "").strip():
        raise UsageError(
            "a promotion by force needs a reason",
            expected="--reason TEXT, which is kept in the model's history",
            remedy='add it: --force --reason "the sensor was replaced; see ticket 417"',
        )
    candidate, current = registry.find(name, version), registry.current(name)
    if current is not None and current.version == version:
        return registry.promote(name, version, over={version})
    objections = _objections(registry, candidate, current)
    if objections and not force:
        raise NotAccepted(
            f"{name}@{version} may not go into production: {'; '.join(objections)}",
            where=str(candidate.path),
            expected="every gate kept, and a gain over the model in production that is no accident",
            remedy="run the pipeline again, which compares it with the model in production; go back to an earlier "
            "version with `garrison rollback`; or overrule this with --force --reason TEXT",
        )
    return registry.promote(
        name,
        version,
        reason=reason,
        over={current.version if current else None},
        overruled=objections,
    )


def _objections(registry: LocalRegistry, candidate: Version, current: Version | None) -> tuple[str, ...]:
    """With what its scorecard says; one that cannot be read is an objection of its own."""
    try:
        card = scorecard_of(registry, candidate)
    except DataError as error:
        return (*objections_to(candidate.record, current), error.what)
    return objections_to(candidate.record, current, card)
