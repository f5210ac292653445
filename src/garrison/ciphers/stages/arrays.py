"""The third stage: what a network reads, and what it should find, as arrays that are mapped into memory."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from garrison.ciphers.m209.key_stream import acting_pins
from garrison.ciphers.seeds import Split
from garrison.ciphers.shards import Content, Made, Shards, make_shards
from garrison.ciphers.stages.encrypt import MODES, Mode, open_messages
from garrison.ciphers.stages.keys import open_keys
from garrison.ciphers.stages.places import ARRAYS, stage_folder
from garrison.ciphers.stages.stored_keys import stored_keys
from garrison.errors import IntegrityError, UsageError

X_OF_MODES: dict[Mode, str] = {"known-plaintext": "key_stream", "ciphertext-only": "ciphertext"}


def arrays(
    folder: Path, split: Split, *, mode: Mode | None = None, jobs: int = -1, replace: bool = False
) -> Made:
    """Put what a network reads beside its labels, into ``folder/split/arrays``.

    A shard has ``x`` uint8 ``(rows, length)``, the key stream or, with ciphertext only, the ciphertext, in 0..25; and
    as labels ``pins`` uint8 ``(rows, 131)`` in the order in which they act (letter i of x was made with pin i mod 26 of
    wheel 1, i mod 25 of wheel 2, …), ``lugs`` uint8 ``(rows, 6)``, the lugs at each wheel, and ``pairs`` uint8
    ``(rows, 15)``, the bars with a lug at both wheels of each pair. ``mode`` is that of the messages unless given.

    Raises ``UsageError`` for a mode that the messages were not made for, ``IntegrityError`` where the keys are not
    those of the messages, and as ``make_shards`` does.
    """
    keys, messages = open_keys(folder, split), open_messages(folder, split)
    made_for: Mode = messages.manifest.made_from["mode"]
    wanted = mode or made_for
    if wanted not in MODES:
        raise UsageError(f"there is no mode {wanted!r}", expected=" or ".join(MODES))
    if wanted == "known-plaintext" and made_for != wanted:
        raise UsageError(
            "the messages were made without their key stream",
            where=str(messages.folder),
            remedy="make them again: garrison ciphers encrypt --mode known-plaintext … --replace",
        )
    if messages.manifest.made_from["keys"] != keys.manifest.identity:
        raise IntegrityError(
            "the messages were made with other keys than those that are there now",
            where=str(messages.folder),
            remedy="make them again: garrison ciphers encrypt … --replace",
        )
    made_from: dict[str, Any] = {
        "split": split,
        "mode": wanted,
        "keys": keys.manifest.identity,
        "messages": messages.manifest.identity,
        "length": messages.manifest.made_from["length"],
    }
    if messages.manifest.made_from["control"]:
        made_from["control"] = True
    return make_shards(
        stage_folder(folder, split, ARRAYS),
        partial(_shard, keys=keys, messages=messages, mode=wanted),
        stage=ARRAYS,
        rows=[shard.rows for shard in keys.manifest.shards],
        made_from=made_from,
        jobs=jobs,
        replace=replace,
        letters_a_row=made_from["length"],
    )


def _shard(number: int, *, keys: Shards, messages: Shards, mode: Mode) -> Content:
    here, there = stored_keys(keys, number), messages.arrays(number)
    pins = acting_pins(here, np.asarray(there["indicators"]))
    return {"x": there[X_OF_MODES[mode]], "pins": pins.view(np.uint8), "lugs": here.lugs, "pairs": here.pairs}


def open_arrays(folder: Path, split: Split) -> Shards:
    """The finished arrays of a split, to learn from: each shard verified when it is first read, then mapped."""
    return Shards.open(stage_folder(folder, split, ARRAYS), ARRAYS)
