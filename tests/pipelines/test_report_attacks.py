"""The parts of a report about attacks: what they say, and that the page takes them."""

import numpy as np

from garrison.assurance import (
    Block,
    CaveatList,
    Report,
    Section,
    Table,
    Text,
    attack_recall_picture,
    contributions_picture,
    report_html,
)
from garrison.data.hygiene import lone_separators
from garrison.evaluation import AttackRow, Contributions, by_attack, by_value, contributions
from garrison.pipelines.reports.attacks import (
    attack_blocks,
    contribution_blocks,
    lone_feature_table,
    slice_blocks,
)


def attacks() -> tuple[AttackRow, ...]:
    y = np.arange(300) >= 100
    p = np.where(np.arange(300) < 280, np.where(y, 0.9, 0.1), 0.05)
    kinds = np.array([""] * 100 + ["dos"] * 150 + ["probe"] * 30 + ["worm"] * 20)
    return by_attack(y, p, kinds, threshold=0.5)


def page(*blocks: Block) -> str:
    return report_html(Report("r", "", (), (Section("s", blocks),)))


def words(blocks: tuple[Block, ...]) -> str:
    return "\n".join(block.text for block in blocks if isinstance(block, Text))


def table_of(blocks: tuple[Block, ...]) -> Table:
    return next(block for block in blocks if isinstance(block, Table))


def test_attacks_are_told_in_words_picture_table_and_caveats() -> None:
    rows = attacks()
    blocks = attack_blocks(rows, picture=attack_recall_picture(rows))
    assert "180 of 200 attacks of 3 kinds" in words(blocks)
    assert "the least found is worm, 0 of 20" in words(blocks)
    table = table_of(blocks)
    titles = [column if isinstance(column, str) else column.title for column in table.columns]
    assert titles[6:8] == ["recall at 1 % FPR", "recall at 0.1 % FPR"]
    assert [row[:4] for row in table.rows] == [
        ("dos", 150, 150, 1.0),
        ("probe", 30, 30, 1.0),
        ("worm", 20, 0, 0.0),
    ]
    caveats = next(block for block in blocks if isinstance(block, CaveatList)).caveats
    assert caveats == ("fewer than 30 rows, so that their recall says little: worm",)
    assert "recall at 0.1 % FPR" in page(*blocks)


def test_kinds_held_out_of_training_have_their_column() -> None:
    rows = attacks()
    blocks = attack_blocks(rows, picture=attack_recall_picture(rows), held_out={"dos": 0.4, "probe": 0.8})
    assert [row[-1] for row in table_of(blocks).rows] == [0.4, 0.8, None]
    assert "Of 2 kinds held out of training in turn" in words(blocks)
    assert "60.0%" in words(blocks)


def test_a_kind_scored_under_the_benign_rows_is_a_caveat() -> None:
    y = np.arange(100) >= 50
    rows = by_attack(y, np.where(y, 0.2, 0.4), np.where(y, "stealth", ""), threshold=0.5)
    blocks = attack_blocks(rows, picture=attack_recall_picture(rows))
    assert "scored lower than benign rows more often than not: stealth" in page(*blocks)


def test_without_names_of_attacks_it_says_so() -> None:
    assert "do not name the kinds" in words(attack_blocks((), picture=attack_recall_picture(())))


def test_slices_name_where_the_false_alarms_are() -> None:
    y = np.array([0, 0, 0, 1, 1, 0])
    p = np.array([0.9, 0.8, 0.1, 0.9, 0.1, 0.9])
    service = np.array(["dns", "dns", "dns", "http", "http", "http"])
    blocks = slice_blocks("service", by_value(y, p, service, name="service", threshold=0.5, least_rows=1))
    assert "2 of the 3 false alarms are in rows where service is dns" in words(blocks)
    assert table_of(blocks).rows[0] == ("dns", 3, 0, 0.0, None, 2 / 3, 2)
    assert "no false alarm" in words(
        slice_blocks("service", by_value(y, p, service, name="service", threshold=0.95))
    )
    assert "no row" in words(slice_blocks("service", ()))


def test_contributions_say_which_way_a_feature_pulls() -> None:
    X = np.random.default_rng(0).normal(size=(60, 4))
    found: Contributions = contributions(
        lambda X: X @ [0.2, -0.1, 0.0, 0.05],
        X,
        background=np.zeros((4, 4)),
        names=["up", "down", "unread", "kind=a"],
    )
    blocks = contribution_blocks(found, contributions_picture(found))
    directions = {row[0]: row[4] for row in table_of(blocks).rows}
    assert directions == {"up": "yes", "down": "no, it falls", "unread": None, "kind": None}
    assert "60 rows" in words(blocks)
    assert page(*blocks)


def test_the_feature_that_alone_separates_is_named_first() -> None:
    generator = np.random.default_rng(1)
    y = np.arange(200) < 100
    X = np.column_stack(
        [generator.normal(size=200), y + generator.random(200) / 2, generator.normal(size=200)]
    )
    table = lone_feature_table(lone_separators(X, y, ("noise", "leak", "more noise")), most=2)
    assert table.rows[0][0] == "leak"
    assert len(table.rows) == 2
    assert "Of 3, one does." in table.caption
    assert "none does" in lone_feature_table([]).caption
    assert "Which feature alone separates" in page(table)
