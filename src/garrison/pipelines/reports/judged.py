"""The section of a report that says why a candidate may go into production, or may not."""

from garrison.assurance import Badge, Block, Column, Judgement, Table, Text
from garrison.pipelines.stages.evaluation import Evaluation


def verdict_blocks(evaluation: Evaluation) -> tuple[Block, ...]:
    """The verdict, every gate with its figure, and the comparison with the model in production."""
    judgement = Judgement.model_validate(evaluation.judgement)
    blocks: list[Block] = [Text(f"{evaluation.verdict[0].upper()}{evaluation.verdict[1:]}.")]
    if judgement.gates:
        blocks.append(_gates_table(judgement))
    if judgement.rival is not None and judgement.rival.gain is not None:
        blocks.append(_rival_table(judgement))
    return tuple(blocks)


def _gates_table(judgement: Judgement) -> Table:
    return Table(
        columns=("gate", "bound", Column("on the test part", 4), "verdict"),
        rows=tuple(
            (
                gate.name,
                gate.bound,
                gate.value,
                Badge("kept", "good") if gate.passed else Badge("missed", "bad"),
            )
            for gate in judgement.gates
        ),
        caption="The gates: bounds that the settings state",
    )


def _rival_table(judgement: Judgement) -> Table:
    rival = judgement.rival
    assert rival is not None
    assert rival.gain is not None
    return Table(
        columns=(
            "metric",
            Column("candidate", 4),
            Column("in production", 4),
            Column("gain", 4),
            Column("low", 4),
            Column("high", 4),
        ),
        rows=(
            (
                judgement.metric,
                judgement.found.value,
                rival.value,
                rival.gain.value,
                rival.gain.low,
                rival.gain.high,
            ),
        ),
        caption=f"Against version {rival.version}, on the same rows; all of the interval must lie above "
        f"{judgement.margin:g}",
    )
