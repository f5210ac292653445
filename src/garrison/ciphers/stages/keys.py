"""The first stage: keys, of training or of testing, proven to have none in common."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

import orjson

from garrison.ciphers.m209.key_list import key_list_facts, read_key_lists
from garrison.ciphers.m209.keys import M209Keys
from garrison.ciphers.m209.random_keys import MANUAL, random_keys
from garrison.ciphers.m209.rules import KeyRules
from garrison.ciphers.seeds import SPLITS, Split, branch, split_seed
from garrison.ciphers.shards import Content, Made, Manifest, Shards, make_shards
from garrison.ciphers.stages.disjoint import shared_keys
from garrison.ciphers.stages.places import KEYS, SHARD, numpy_stream, rows_of_shards, stage_folder
from garrison.errors import CheckFailed, UsageError
from garrison.files import sha256_of

Form = Literal["npy", "json"]

_STREAM = 0


def keys(
    folder: Path,
    split: Split,
    *,
    count: int | None = None,
    source: Path | None = None,
    rules: KeyRules = MANUAL,
    seed: int = 0,
    form: Form = "npy",
    shard: int = SHARD,
    jobs: int = -1,
    replace: bool = False,
) -> Made:
    """Make ``count`` random keys, or take those of the key lists in ``source``, into ``folder/split/keys``.

    A shard is an array ``keys`` uint8 ``(rows, 38)`` (``M209Keys.packed``), or with ``form="json"`` a file of key
    lists. Keys of training and of testing come from different streams; whichever is made later is compared with the
    other, key by key, and ``CheckFailed`` raised when they share one. Raises as ``make_shards`` does besides.
    """
    if (count is None) == (source is None):
        raise UsageError("keys are made or taken from a file", expected="either a number of keys, or a file")
    made_from: dict[str, Any] = {"split": split, "form": form, "shard": shard}
    if source is not None:
        made_from |= {"source": source.name, "sha256": sha256_of(source)}
        total = len(read_key_lists(source))
    else:
        total = count or 0
        made_from |= {"count": count, "seed": seed, "rules": rules.to_dict(), "numpy": numpy_stream()}
    rows = rows_of_shards(total, shard)
    make = partial(_shard, split=split, seed=seed, rules=rules, rows=tuple(rows), form=form)
    return make_shards(
        stage_folder(folder, split, KEYS),
        make,
        stage=KEYS,
        rows=rows,
        made_from=made_from,
        finish=partial(_compared, folder=folder, split=split),
        read=partial(_listed, source=source, rows=tuple(rows)),
        anywhere=True,
        jobs=jobs,
        replace=replace,
    )


def _listed(number: int, *, source: Path | None, rows: tuple[int, ...]) -> tuple[M209Keys | None]:
    """The keys of a shard, where they are taken from a file."""
    if source is None:
        return (None,)
    start = sum(rows[:number])
    return (read_key_lists(source)[start : start + rows[number]],)


def _shard(
    number: int,
    listed: M209Keys | None,
    *,
    split: Split,
    seed: int,
    rules: KeyRules,
    rows: tuple[int, ...],
    form: Form,
) -> Content:
    found = listed
    if found is None:
        found = random_keys(rows[number], rules, seed=branch(split_seed(seed, split), _STREAM, number))
    if form == "npy":
        return {"keys": found.packed()}
    first = sum(rows[:number])
    names = [f"{split}-{first + place}" for place in range(len(found))]
    return {"keys": orjson.dumps({"cipher": "M-209", "key_lists": key_list_facts(found, names)})}


def _compared(manifest: Manifest, *, folder: Path, split: Split) -> Mapping[str, Any]:
    """Hold these keys against those of the other split, where these are finished."""
    (other,) = (each for each in SPLITS if each != split)
    try:
        there = open_keys(folder, other)
    except UsageError:
        return {}
    here = Shards(stage_folder(folder, split, KEYS), manifest)
    if shared := shared_keys(here, there):
        raise CheckFailed(
            f"{shared:,} keys are both of training and of testing",
            where=f"{here.folder} and {there.folder}",
            expected="no key in common",
            remedy="choose another seed, or rules that more keys keep",
        )
    return {
        "compared_with": {
            "split": other,
            "keys": there.rows,
            "identity": there.manifest.identity,
            "shared": 0,
        }
    }


def open_keys(folder: Path, split: Split) -> Shards:
    """The finished keys of a split; ``stored_keys`` reads a shard of them."""
    return Shards.open(stage_folder(folder, split, KEYS), KEYS)
