"""The page of federated training: its tables name what there is."""

import re
from pathlib import Path

from garrison.federated.networks import NETWORKS
from garrison.federated.partitions import PARTITIONS
from garrison.federated.strategies import STRATEGIES

PAGE = (Path(__file__).parents[2] / "docs" / "federated.md").read_text(encoding="utf-8")


def table_after(heading: str) -> dict[str, str]:
    """The rows of the first table behind a heading, by the name in their first cell."""
    rows = re.findall(
        r"^\| `(\w+)` \| (.*) \|$", PAGE.partition(heading)[2].partition("\n## ")[0], re.MULTILINE
    )
    return dict(rows)


def test_every_strategy_is_described_with_its_parameters() -> None:
    found = table_after("## How updates come together")
    assert {*found} == {*STRATEGIES}
    for name, kind in STRATEGIES.items():
        for parameter, value in kind.parameters.items():
            assert f"`{parameter}` {value:g}" in found[name]


def test_every_partition_and_network_is_described() -> None:
    assert {*table_after("## Who has what")} == {*PARTITIONS, "by_value"}
    assert {*table_after("# Federated training")} >= {*NETWORKS}
