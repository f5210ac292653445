"""Unknown attacks: each kind is left out of training in turn, and what a model that never saw it makes of it."""

import numpy as np

from garrison.assurance.figure_names import KINDS
from garrison.assurance.scorecard import Doubt, Figure, Grid, Part
from garrison.detection.unknown_attacks import hold_out_attacks, kinds_of
from garrison.evaluation import mean_interval, threshold_at_fpr, wilson
from garrison.evaluation.unseen import UnseenScores
from garrison.pipelines.judging.subject import FEWEST, Floats, Subject

ROWS = 20_000
"""Events that are learnt from and held out, at most; half of them malicious."""
LEAST_A_KIND = 5
"""Events of a kind below which it is not looked at."""

RARE_KINDS = "rare_kinds"


def measure_unknown_attacks(subject: Subject) -> Part:
    """Recall of kinds of attack that models of the detector's own recipe never saw."""
    protocol = (
        "The detector's recipe (family and parameters; numbers by its own processor) is learnt anew from these events "
        "without one kind of attack and a fifth of the benign ones, and scores what was left out; each kind in turn. "
        "The threshold is the one that flags a stated share of the benign events held out."
    )
    title = "Attacks of kinds never seen"
    names = subject.detector.schema.attack_names(subject.table)
    if names is None:
        return _nothing(title, protocol, "no column says which kind of attack a malicious event is")
    rows = subject.drawn(ROWS)
    y, X, kinds = subject.y[rows], subject.X[rows], names[rows]
    known, counts = np.unique(kinds[y].astype(str), return_counts=True)
    rare = [str(kind) for kind, count in zip(known, counts, strict=True) if count < LEAST_A_KIND]
    kept = ~(y & np.isin(kinds.astype(str), rare))
    y, X, kinds, rows = y[kept], X[kept], kinds[kept], rows[kept]
    if len(kinds_of(y, kinds)) < 2:
        return _nothing(title, protocol, f"fewer than two kinds of attack have {LEAST_A_KIND} events or more")
    found = hold_out_attacks(
        subject.detector.family,
        subject.detector.params,
        X,
        y,
        kinds,
        subject.groups[rows],
        seed=subject.seed,
        jobs=subject.jobs,
    )
    figures: list[Figure] = []
    for rate in subject.values_of("unknown_attacks.recall", "unknown_attacks.worst"):
        figures += _figures(found, rate)
    rate = KINDS["unknown_attacks.recall"].usual[0]
    recalls = _recalls(found, rate)
    return Part(
        name="unknown_attacks",
        title=title,
        protocol=protocol,
        figures=tuple(figures),
        tables=(
            Grid(
                title=f"Kinds never seen, at {rate:.0%} false alarms",
                columns=("kind", "events", "recall", "AUC"),
                rows=tuple(
                    (kind.attack, kind.rows, recalls[kind.attack], kind.auc) for kind in found.kinds(0.5)
                ),
            ),
        ),
        doubts=_rare(rare, found),
    )


def _figures(found: UnseenScores, rate: float) -> list[Figure]:
    recalls = _recalls(found, rate)
    mean = float(np.mean(list(recalls.values())))
    worst = min(recalls, key=lambda kind: recalls[kind])
    low, high = wilson(recalls[worst], len(found.attacks[worst]))
    # Kinds are few and unlike each other: how far their mean goes says their own spread, not the count of events.
    over = mean_interval(list(recalls.values()), metric="recall")
    return [
        Figure.measured(
            KINDS["unknown_attacks.recall"].at(rate),
            mean,
            low=over.low,
            high=over.high,
            protocol=f"mean of {len(recalls)} kinds, each counted alike; Student's interval over kinds",
        ),
        Figure.measured(
            KINDS["unknown_attacks.worst"].at(rate),
            recalls[worst],
            low=float(low),
            high=float(high),
            protocol=f"{worst}, worst of {len(recalls)}; Wilson interval of its {len(found.attacks[worst]):,} events",
        ),
    ]


def _recalls(found: UnseenScores, rate: float) -> dict[str, float]:
    """The recall of each kind at the threshold that this share of the benign events held out sets."""
    return {
        kind: float((scores >= _threshold(scores, found.benign[kind], rate)).mean())
        for kind, scores in found.attacks.items()
    }


def _threshold(attack: Floats, benign: Floats, rate: float) -> float:
    both = np.concatenate([attack, benign])
    return threshold_at_fpr(np.arange(len(both)) < len(attack), both, rate)


def _rare(rare: list[str], found: UnseenScores) -> tuple[Doubt, ...]:
    few = sorted(kind for kind, scores in found.attacks.items() if len(scores) < FEWEST)
    said = []
    if rare:
        said.append(f"{', '.join(rare)}: fewer than {LEAST_A_KIND} events, not looked at")
    if few:
        said.append(f"{', '.join(few)}: fewer than {FEWEST} events")
    return tuple(Doubt(name=RARE_KINDS, why=why) for why in said)


def _nothing(title: str, protocol: str, why: str) -> Part:
    return Part(name="unknown_attacks", title=title, protocol=protocol, not_measured=why)
