"""Scorecards with a figure or two, as something that measured them would write."""

from garrison.assurance.scorecard import Curve, Doubt, Figure, Grid, Part, Scorecard


def small_card(
    *,
    digest: str = "0" * 64,
    name: str = "sites",
    version: int | None = 1,
    detection: float = 0.4,
    doubt: str = "",
    why: str = "12 events were attacked",
    own_test: bool = False,
) -> Scorecard:
    """A scorecard of two parts and one that could not be measured."""
    quality = Part(
        name="quality",
        title="Quality",
        protocol="scored once",
        figures=(Figure.measured("auc", 0.91, low=0.9, high=0.92, protocol="all thresholds"),),
        curves=(Curve(title="ROC", x="false", y="true", lines={"detector": ((0.0, 0.0), (1.0, 1.0))}),),
    )
    evasion = Part(
        name="evasion",
        title="Evasion",
        protocol="attacked",
        figures=(
            Figure.measured("evasion.detection@cost=2", detection, protocol="of 12 events"),
            Figure.measured("latency.p99_ms", 2.5, protocol="one by one"),
        ),
        tables=(
            Grid(title="The attacks", columns=("attack", "success"), rows=(("walk", 0.6), ("guess", None))),
        ),
        doubts=(Doubt(name=doubt, why=why),) if doubt else (),
        seconds=1.5,
    )
    nothing = Part(name="unknown_attacks", title="Unknown", protocol="left out", not_measured="no kinds")
    return Scorecard(
        model=f"experimental/{name}@{version}",
        name=name,
        version=version,
        digest=digest,
        family="xgboost",
        threshold=0.5,
        threshold_rule="f1",
        data="events.csv",
        rows=100,
        malicious=30,
        refused=0,
        own_test=own_test,
        seed=0,
        when="2026-01-05T10:00:00+00:00",
        parts=(quality, evasion, nothing),
    )
