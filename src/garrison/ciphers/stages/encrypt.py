"""The second stage: a message for every key, its ciphertext, and the key stream where the plaintext is known."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from garrison.ciphers.aes128 import control_stream
from garrison.ciphers.corpus import Corpus, books, books_or_fail
from garrison.ciphers.letters import Bytes
from garrison.ciphers.m209.indicators import parse_indicator
from garrison.ciphers.m209.key_stream import key_stream
from garrison.ciphers.m209.keys import M209Keys
from garrison.ciphers.m209.machine import combined
from garrison.ciphers.m209.wheels import SIZES
from garrison.ciphers.seeds import Split, branch, split_seed
from garrison.ciphers.shards import Content, Made, Shards, make_shards
from garrison.ciphers.stages.keys import open_keys
from garrison.ciphers.stages.places import MESSAGES, numpy_stream, stage_folder
from garrison.ciphers.stages.stored_keys import stored_keys
from garrison.errors import UsageError
from garrison.files import sha256_of
from garrison.progress import say

Mode = Literal["known-plaintext", "ciphertext-only"]
MODES: tuple[Mode, ...] = get_args(Mode)

RANDOM = "random"
MOST_LETTERS = 100_000
_STREAM = 1


def encrypt(
    folder: Path,
    split: Split,
    *,
    mode: Mode,
    length: int = 104,
    texts: Sequence[Path] = (),
    indicator: str = RANDOM,
    control: bool = False,
    seed: int = 0,
    jobs: int = -1,
    replace: bool = False,
) -> Made:
    """Encipher a message of ``length`` letters with every key of ``folder/split/keys``, into ``folder/split/messages``.

    Messages are cut at random out of ``texts``, or the books at hand: for training out of the first nine tenths of
    each, for testing out of the rest. A shard has ``ciphertext`` uint8 ``(rows, length)``, ``indicators`` uint8
    ``(rows, 6)`` and, with known plaintext, ``key_stream`` uint8 ``(rows, length)`` in 0..25. ``indicator`` is where
    the wheels stand first: random for every message, or six letters. With ``control`` the key stream is AES-128's
    instead of the machine's, so that nothing can be learnt of the keys.

    Raises ``DatasetError`` where no text is at hand and the ciphertext alone is to be learnt from (with known plaintext
    the text makes no difference: uniform letters are taken, and that is said), and as ``make_shards`` does.
    """
    if mode not in MODES:
        raise UsageError(f"there is no mode {mode!r}", expected=" or ".join(MODES))
    if not 1 <= length <= MOST_LETTERS:
        raise UsageError(f"messages of {length:,} letters", expected=f"1 to {MOST_LETTERS:,}")
    if indicator != RANDOM:
        parse_indicator(indicator)
    paths = tuple(texts) or tuple(books() if mode == "known-plaintext" else books_or_fail())
    if not paths:
        say(
            "no text is at hand (--text): the messages are uniform letters, which the key stream does not depend on"
        )
    corpus = Corpus.read(paths, split) if paths else None
    if corpus is not None:
        corpus.draw(1, length, np.random.default_rng(0))
    there = open_keys(folder, split)
    made_from: dict[str, Any] = {
        "split": split,
        "keys": there.manifest.identity,
        "mode": mode,
        "length": length,
        "texts": [{"name": path.name, "sha256": sha256_of(path)} for path in paths],
        "indicator": indicator if indicator == RANDOM else indicator.upper(),
        "control": control,
        "seed": seed,
        "numpy": numpy_stream(),
    }
    make = partial(
        _shard,
        split=split,
        mode=mode,
        length=length,
        indicator=indicator,
        control=control,
        seed=seed,
    )
    return make_shards(
        stage_folder(folder, split, MESSAGES),
        make,
        stage=MESSAGES,
        rows=[shard.rows for shard in there.manifest.shards],
        made_from=made_from,
        read=partial(_keys_of, there),
        shared=(corpus,),
        anywhere=True,
        jobs=jobs,
        replace=replace,
        letters_a_row=length,
    )


def _keys_of(shards: Shards, number: int) -> tuple[M209Keys]:
    return (stored_keys(shards, number),)


def _shard(
    number: int,
    here: M209Keys,
    corpus: Corpus | None,
    *,
    split: Split,
    mode: Mode,
    length: int,
    indicator: str,
    control: bool,
    seed: int,
) -> Content:
    streams = [branch(split_seed(seed, split), _STREAM, number, stream) for stream in range(3)]
    text, turned = (np.random.default_rng(stream) for stream in streams[:2])
    if corpus is not None:
        plaintext = corpus.draw(len(here), length, text)
    else:
        plaintext = text.integers(26, size=(len(here), length), dtype=np.uint8)
    indicators = _indicators(indicator, len(here), turned)
    made_by_aes = partial(control_stream, len(here), length, seed=streams[2])
    stream = made_by_aes() if control else key_stream(here, length, indicators)
    content = {"ciphertext": combined(stream, plaintext), "indicators": indicators}
    return content | ({"key_stream": stream} if mode == "known-plaintext" else {})


def _indicators(indicator: str, count: int, generator: np.random.Generator) -> Bytes:
    if indicator != RANDOM:
        return np.repeat(parse_indicator(indicator), count, axis=0)
    return np.stack([generator.integers(size, size=count, dtype=np.uint8) for size in SIZES], axis=1)


def open_messages(folder: Path, split: Split) -> Shards:
    """The finished messages of a split, each shard verified when it is first read."""
    return Shards.open(stage_folder(folder, split, MESSAGES), MESSAGES)
