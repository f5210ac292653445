import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from m209_by_hand import published

from garrison.ciphers.m209 import KeyRules, random_keys
from garrison.ciphers.m209.indicators import indicator_text, internal_indicator, parse_indicator
from garrison.ciphers.m209.key_list import key_list_facts, parse_key_list, read_key_list, read_key_lists
from garrison.errors import DataError, SourceError, UsageError


def test_keys_are_written_and_read(tmp_path: Path) -> None:
    keys = random_keys(20, KeyRules(overlaps=(1, 3)), seed=1)
    path = tmp_path / "keys.json"
    names = [f"K{place}" for place in range(20)]
    path.write_text(json.dumps({"key_lists": key_list_facts(keys, names)}), encoding="utf-8")
    np.testing.assert_array_equal(read_key_lists(path).packed(), keys.packed())
    np.testing.assert_array_equal(read_key_list(path, "K7").keys.packed(), keys[7:8].packed())


def test_one_list_alone_needs_no_name(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_text(json.dumps(published()), encoding="utf-8")
    assert read_key_list(path).name == "AB"
    with pytest.raises(UsageError, match="no key list 'XY'"):
        read_key_list(path, "XY")
    path.write_text(json.dumps({"key_lists": [published(), published() | {"name": "CD"}]}), encoding="utf-8")
    with pytest.raises(UsageError, match="--list AB or CD"):
        read_key_list(path)


def test_order_of_bars_and_lugs_makes_no_difference() -> None:
    facts = published()
    turned = facts | {"bars": [bar[::-1] for bar in facts["bars"][::-1]]}
    np.testing.assert_array_equal(
        parse_key_list(turned, where="x").packed(), parse_key_list(facts, where="x").packed()
    )


def bars(change: Callable[[list[Any]], Any]) -> dict[str, Any]:
    facts = published()
    change(facts["bars"])
    return facts


WRONG = [
    ({**published(), "bars": None}, "no list of bars"),
    (bars(lambda them: them.pop()), "26 bars"),
    (bars(lambda them: them.__setitem__(3, [1])), r"(?s)\[1\] is no bar.*bar 4"),
    (bars(lambda them: them.__setitem__(3, [1, True])), "is no bar"),
    (bars(lambda them: them.__setitem__(0, [7, 1])), "(?s)a lug stands at 7.*bar 1"),
    (bars(lambda them: them.__setitem__(0, [2, 2])), "both lugs stand at wheel 2"),
    ({**published(), "pins_effective": ["A"] * 5}, "six wheels"),
    ({**published(), "pins_effective": ["A", "A", "A", "A", "W", "A"]}, "wheel 5 has no pin 'W'"),
    ({**published(), "pins_effective": ["AA", "A", "A", "A", "B", "A"]}, "named twice"),
    ({**published(), "check": {"plaintext": "A"}}, "check cannot be read"),
    (bars(lambda them: them.__setitem__(0, [3, 5])), "letter check does not come out"),
]


@pytest.mark.parametrize(("facts", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_the_machine_cannot_be_set_to_is_named(tmp_path: Path, facts: Any, said: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(DataError, match=said) as error:
        read_key_list(path)
    assert str(path) in error.value.where
    assert "AB" in error.value.where


@pytest.mark.parametrize("content", ["", "[1, 2]", "{", '{"key_lists": []}', '{"key_lists": [1]}', "\x00"])
def test_a_file_that_holds_no_key_list_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SourceError):
        read_key_list(path)
    with pytest.raises(SourceError, match="cannot read"):
        read_key_list(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("indicator", "said"),
    [
        ("AAAAA", "5 letters"),
        ("AAAAAAA", "7 letters"),
        ("AAAAWA", "wheel 5 has no letter 'W'"),
        ("", "0 letters"),
    ],
)
def test_indicators_that_no_wheel_shows_are_refused(indicator: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_indicator(indicator)


def test_indicators_are_read_and_shown() -> None:
    assert indicator_text(parse_indicator("zyxusq")[0]) == "ZYXUSQ"
    keys = parse_key_list(published(), where="AB")
    assert len(internal_indicator(keys, "ABCDEF", "G")) == 6
    with pytest.raises(UsageError, match="is no letter"):
        internal_indicator(keys, "ABCDEF", "7")
