"""The report page of a run: the table that answers the question, then what stands behind each column."""

from dataclasses import dataclass

from garrison.assurance import (
    Badge,
    Block,
    CaveatList,
    CodeBlock,
    Column,
    Report,
    Section,
    Table,
    Text,
    render_report,
    stage_times_picture,
)
from garrison.files import write_json
from garrison.pipelines.federating.cards import CardsOfCells
from garrison.pipelines.federating.caveats import caveats_of
from garrison.pipelines.federating.conclusions import conclusions
from garrison.pipelines.federating.data import Sides
from garrison.pipelines.federating.findings import Difference, Entry
from garrison.pipelines.federating.inversion import InvertedModels
from garrison.pipelines.federating.membership import FoundInCells
from garrison.pipelines.federating.party_members import FoundInUpdates
from garrison.pipelines.federating.publishing import PublishedCell
from garrison.pipelines.federating.settings import FederatedSettings
from garrison.pipelines.federating.shown import (
    drawn_classes,
    member_curves,
    recovered_images,
    rounds_picture,
    updates_table,
)
from garrison.pipelines.federating.table import answer_blocks, main_table
from garrison.pipelines.federating.training import TrainedCells
from garrison.pipelines.federating.updates import InvertedUpdates
from garrison.pipelines.outcome import Outcome
from garrison.run.folder import RunFolder


@dataclass(frozen=True)
class Answered:
    """Everything that a run found, for its report; None where the settings leave an attack out, or push nothing."""

    settings: FederatedSettings
    run: RunFolder
    sides: Sides
    trained: TrainedCells
    inverted: InvertedModels | None
    updates: InvertedUpdates | None
    members: FoundInCells | None
    sent: FoundInUpdates | None
    cards: CardsOfCells
    published: PublishedCell | None
    found: tuple[Entry, ...]
    compared: tuple[Difference, ...]
    seconds: dict[str, float]


def write_answer(answered: Answered) -> Outcome:
    """Write ``report.html`` and ``report.json`` into the run's folder."""
    path = answered.run.path / "report.html"
    render_report(_report(answered), path)
    write_json(answered.run.path / "report.json", _facts(answered))
    missed = [key for key, card in answered.cards.cards.items() if _missed(card)]
    pushed = answered.published
    return Outcome(
        pipeline=answered.run.record.pipeline,
        run_id=answered.run.id,
        folder=answered.run.path,
        report=path,
        model=f"{len(answered.trained.rows)} models, {answered.run.path / 'models'}"
        if pushed is None
        else _pushed(answered, pushed),
        accepted=pushed.judgement.accepted
        if pushed is not None
        else not missed
        if answered.settings.gates
        else None,
        verdict=_verdict(answered, missed) if pushed is None else pushed.judgement.verdict(),
        results=(),
        caveats=caveats_of(answered.settings, answered.sides, answered.updates, answered.inverted),
        detector=None if pushed is None else pushed.version.path / "detector",
        scorecard=answered.cards.folder
        if pushed is None
        else answered.cards.folder / f"{pushed.cell.key}.html",
    )


def _pushed(answered: Answered, pushed: PublishedCell) -> str:
    """Which version the chosen cell's model became, and where it lies."""
    version = pushed.version
    return f"{version.stage}/{answered.settings.name}@{version.version} ({pushed.cell.title}), {version.path}"


def _verdict(answered: Answered, missed: list[str]) -> str:
    if not answered.settings.gates:
        return "no gates were stated"
    return f"gates missed by {', '.join(missed)}" if missed else "every cell keeps its gates"


def _report(answered: Answered) -> Report:
    settings, record = answered.settings, answered.run.record
    missed = [key for key, card in answered.cards.cards.items() if _missed(card)]
    return Report(
        title="Pooled or federated: what each way of training gives away",
        subtitle=f"{', '.join(settings.networks)} on {answered.sides.name}, {settings.seeds} seed(s) a cell",
        facts=(
            ("run", answered.run.id),
            ("data", answered.sides.name),
            (
                "images",
                f"{len(answered.sides.pool_y):,} in the pool, {len(answered.sides.test_y):,} for the test",
            ),
            ("parties", f"{settings.parties.count}, {settings.parties.partition}"),
            ("strategy", settings.federation.strategy),
            ("seed", str(settings.seed)),
            ("started", record.started[:16].replace("T", " ") + " UTC"),
            ("commit", (record.git_commit or "unknown")[:12]),
        ),
        verdict=None
        if not settings.gates
        else Badge("gates missed", "bad")
        if missed
        else Badge("gates kept", "good"),
        sections=(
            Section("The answer", answer_blocks(settings.cells, answered.found, answered.compared)),
            Section(
                "Caveats",
                (CaveatList(caveats_of(settings, answered.sides, answered.updates, answered.inverted)),),
            ),
            *_attacks(answered),
            Section("Training", (*rounds_picture(settings, answered.trained), _models(answered))),
            Section("Scorecards", (_cards(answered), *_kept(answered))),
            Section("The run", (_again(answered), stage_times_picture([*answered.seconds.items()]))),
        ),
    )


def _attacks(answered: Answered) -> tuple[Section, ...]:
    cells, sections = answered.settings.cells, []
    if answered.updates is not None:
        sections.append(
            Section(
                "Images from updates",
                (*recovered_images(cells, answered.updates), updates_table(cells, answered.updates)),
            )
        )
    if answered.inverted is not None:
        sections.append(Section("Images from final models", drawn_classes(cells, answered.inverted)))
    if answered.members is not None:
        sections.append(Section("Who was a member", member_curves(cells, answered.members, answered.sent)))
    return tuple(sections)


def _models(answered: Answered) -> Table:
    rows = []
    for cell in answered.settings.cells:
        for row in answered.trained.of(cell):
            rows.append(
                (
                    cell.title,
                    int(row["seed"]),
                    float(row["accuracy"]),
                    len(row["rounds"]),
                    sum(one["bytes_sent"] + one["bytes_received"] for one in row["rounds"]) / 1e6,
                    row["epsilon"],
                    row["delta"],
                    float(row["seconds"]),
                )
            )
    return Table(
        columns=(
            "model",
            "seed",
            Column("accuracy", 4),
            "rounds or epochs",
            Column("MB sent", 1),
            Column("ε spent", 3),
            "δ",
            Column("seconds", 1),
        ),
        rows=tuple(rows),
        caption="Every model; ε is what the records of one party have lost at most",
        folded=True,
    )


def _cards(answered: Answered) -> Block:
    if not answered.cards.cards:
        return Text("None.")
    rows = tuple(
        (
            cell.title,
            f"stages/scorecards/{cell.key}.html",
            Badge("missed", "bad")
            if _missed(answered.cards.cards[cell.key])
            else Badge("kept" if answered.settings.gates else "none stated", "plain"),
        )
        for cell in answered.settings.cells
    )
    return Table(
        columns=("model", "page, in the run's folder", "gates"),
        rows=rows,
        caption="A scorecard a cell, in the form of those of detectors",
    )


def _kept(answered: Answered) -> tuple[Block, ...]:
    """What became of the chosen cell's model."""
    pushed = answered.published
    if pushed is None:
        return ()
    return (
        Text(f"In the registry: {_pushed(answered, pushed)}. {pushed.judgement.verdict().capitalize()}."),
    )


def _again(answered: Answered) -> CodeBlock:
    return CodeBlock(
        f"garrison run federated --config {answered.run.path / 'settings.yml'}\n"
        f"garrison run federated --resume {answered.run.id} --set attacks.updates.steps=1000",
        "The run again; and other attacks on the same models, without training",
    )


def _missed(card: dict[str, object]) -> bool:
    gates = card["gates"]
    return isinstance(gates, list | tuple) and any(not gate["passed"] for gate in gates)


def _facts(answered: Answered) -> dict[str, object]:
    table = main_table(answered.settings.cells, answered.found)
    return {
        "run": answered.run.id,
        "columns": [column.title if isinstance(column, Column) else column for column in table.columns],
        "table": [list(row) for row in table.rows],
        "figures": [
            {
                "network": entry.cell.network,
                "training": entry.cell.training,
                "measure": entry.measure.key,
                "adversary": entry.measure.adversary,
                "values": list(entry.values),
                "mean": entry.mean,
                "low": entry.interval.low if entry.interval else None,
                "high": entry.interval.high if entry.interval else None,
                "by_construction": entry.by_construction,
            }
            for entry in answered.found
        ],
        "differences": [
            {
                "measure": each.measure.key,
                "from": each.first.cell.key,
                "to": each.second.cell.key,
                "value": each.interval.value,
                "low": each.interval.low,
                "high": each.interval.high,
                "sure": each.sure,
            }
            for each in answered.compared
        ],
        "conclusions": conclusions(answered.found, answered.compared),
        "models": list(answered.trained.rows),
        "published": None
        if answered.published is None
        else {
            "cell": answered.published.cell.key,
            "name": answered.settings.name,
            "version": answered.published.version.version,
            "stage": answered.published.version.stage,
            "judgement": answered.published.judgement.model_dump(mode="json"),
        },
        "seconds": answered.seconds,
    }
