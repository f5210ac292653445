import dataclasses

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from garrison.data.schema import Schema
from garrison.data.splits import group_ids, grouped_folds, split_groups
from garrison.data.url_host import host_of, registered_domain
from garrison.errors import DataError, SchemaError


def schema(group_by: str = "features") -> Schema:
    return Schema.from_dict(
        {
            "name": "links",
            "columns": [
                {"name": "url", "type": "string"},
                {"name": "n", "type": "integer", "nullable": True, "impute": "median"},
                {"name": "bad", "type": "boolean", "role": "label"},
            ],
            "label": {"column": "bad", "positive": True, "negative": False},
            "group_by": group_by,
        }
    )


rows = st.lists(st.tuples(st.integers(0, 25), st.booleans()), min_size=8, max_size=120)


def arrays(drawn: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    groups = np.array([group for group, _ in drawn])
    labels = np.array([label for _, label in drawn])
    return labels, groups


@given(rows, st.floats(0.1, 0.9), st.integers(0, 5))
def test_no_group_stands_on_both_sides(drawn: list[tuple[int, bool]], share: float, seed: int) -> None:
    labels, groups = arrays(drawn)
    try:
        split = split_groups(labels, groups, test_share=share, seed=seed)
    except DataError:
        assume(False)
    assert not set(groups[split.train]) & set(groups[split.test])
    assert sorted([*split.train, *split.test]) == list(range(len(labels)))
    for side in (split.train, split.test):
        assert 0 < labels[side].sum() < len(side)
        assert (np.diff(side) > 0).all()


@given(rows, st.integers(2, 4), st.integers(0, 5))
def test_every_row_is_tested_in_one_fold(drawn: list[tuple[int, bool]], folds: int, seed: int) -> None:
    labels, groups = arrays(drawn)
    try:
        made = grouped_folds(labels, groups, folds=folds, seed=seed)
    except DataError:
        assume(False)
    assert len(made) == folds
    assert sorted(np.concatenate([test for _, test in made])) == list(range(len(labels)))
    for train, test in made:
        assert not set(groups[train]) & set(groups[test])
        assert len(train) + len(test) == len(labels)


def test_the_sides_have_the_asked_share_of_each_class() -> None:
    generator = np.random.default_rng(3)
    groups = generator.integers(0, 900, size=3000)
    labels = generator.random(3000) < 0.3
    split = split_groups(labels, groups, test_share=0.2, seed=1)
    assert labels[split.test].sum() == pytest.approx(0.2 * labels.sum(), abs=5)
    assert (~labels[split.test]).sum() == pytest.approx(0.2 * (~labels).sum(), abs=5)


def test_a_seed_decides_the_split_and_another_changes_it() -> None:
    groups = np.arange(400) // 2
    labels = np.arange(400) % 3 == 0
    first = split_groups(labels, groups, test_share=0.25, seed=7)
    again = split_groups(labels, groups, test_share=0.25, seed=7)
    other = split_groups(labels, groups, test_share=0.25, seed=8)
    assert first.test.tolist() == again.test.tolist()
    assert first.test.tolist() != other.test.tolist()
    folds = [grouped_folds(labels, groups, folds=3, seed=seed)[0][1].tolist() for seed in (7, 7, 8)]
    assert folds[0] == folds[1] != folds[2]


def test_one_group_cannot_be_split() -> None:
    with pytest.raises(DataError, match="too few groups"):
        split_groups(np.array([True, False]), np.array([0, 0]), test_share=0.5, seed=0)
    with pytest.raises(DataError, match="positive class has too few groups"):
        grouped_folds(np.array([True, False, False]), np.array([0, 1, 2]), folds=2, seed=0)


def test_a_group_with_nearly_all_rows_of_a_class_is_refused_or_split_soundly() -> None:
    labels = np.array([True] * 100 + [True] + [False] * 100)
    groups = np.array([0] * 100 + [1] + list(range(2, 102)))
    split = split_groups(labels, groups, test_share=0.2, seed=0)
    assert 0 in groups[split.train]
    assert 1 in groups[split.test]


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0, float("nan")])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(DataError, match="out of range"):
        split_groups(np.array([True, False] * 4), np.arange(8), test_share=share, seed=0)


def test_unequal_lengths_and_single_folds_are_refused() -> None:
    with pytest.raises(DataError, match="do not belong together"):
        split_groups(np.array([True, False]), np.arange(3), test_share=0.5, seed=0)
    with pytest.raises(DataError, match="too few"):
        grouped_folds(np.array([True, False]), np.arange(2), folds=1, seed=0)


TABLE = pa.table(
    {
        "url": [
            "http://b.com/1",
            "https://B.com:443/1",
            "http://a.b.com/",
            "http://x.org/1",
            None,
            "http://b.com/1",
        ],
        "n": [1, 1, 1, 1, None, 1],
        "bad": [True, True, False, False, True, False],
    }
)


def test_groups_by_features_by_column_by_host_and_by_domain() -> None:
    def partition(group_by: str) -> list[int]:
        ids = group_ids(TABLE, schema(group_by)).tolist()
        return [ids.index(one) for one in ids]

    assert partition("features") == [0, 1, 2, 3, 4, 0]
    assert partition("n") == [0, 0, 0, 0, 4, 0]
    assert partition("host:url") == [0, 0, 2, 3, 4, 0]
    assert partition("domain:url") == [0, 0, 0, 3, 4, 0]


def test_an_unknown_derivation_names_the_known_ones() -> None:
    with pytest.raises(SchemaError) as caught:
        group_ids(TABLE, dataclasses.replace(schema("features"), group_by="moon:url"))
    assert "host" in caught.value.expected
    with pytest.raises(SchemaError, match="cannot be read from column 'n'"):
        group_ids(TABLE, schema("host:n"))
    with pytest.raises(SchemaError, match="columns are missing: url"):
        group_ids(TABLE.drop_columns(["url"]), schema("host:url"))


@pytest.mark.parametrize(
    ("url", "host", "domain"),
    [
        ("http://Example.COM./a", "example.com", "example.com"),
        ("example.com/a", "example.com", "example.com"),
        ("//example.com/a", "example.com", "example.com"),
        ("http://user:pass@a.example.co.uk:8080/?x=@y", "a.example.co.uk", "example.co.uk"),
        ("http://paypal.com\\@evil.org/", "paypal.com", "paypal.com"),
        ("http://evil.org#@paypal.com", "evil.org", "evil.org"),
        ("http://[::1]:80/", "::1", "::1"),
        ("http://192.0.2.7/x", "192.0.2.7", "192.0.2.7"),
        (" 'http://a.b.de/'", "a.b.de", "b.de"),
        ("http://пример.рф/", "пример.рф", "пример.рф"),
        ("", "", ""),
        ("http://", "", ""),
    ],
)
def test_hosts_and_domains_of_awkward_urls(url: str, host: str, domain: str) -> None:
    assert host_of(url) == host
    assert registered_domain(url) == domain


@given(st.text())
def test_any_text_has_a_host(text: str) -> None:
    assert isinstance(host_of(text), str)
    assert isinstance(registered_domain(text), str)
    assert host_of("http://example.com/" + text) == "example.com"
