"""Key lists as JSON for people and other programs: ``bars``, ``pins_effective``, and the check of 26 letters.

A file holds one list, or many under ``key_lists``. What the machine cannot be set to is refused; what the field manual
advises against is not, because lists were made that do not follow it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from garrison.ciphers.letters import as_text, message_letters
from garrison.ciphers.m209.indicators import parse_indicator
from garrison.ciphers.m209.keys import M209Keys
from garrison.ciphers.m209.machine import M209
from garrison.ciphers.m209.wheels import BARS, KINDS, LETTERS, PAIRS, PINS, WHEELS, pins_of
from garrison.errors import DataError, GarrisonError, SourceError, UsageError

MOST_BYTES = 1 << 28
CHECK_LETTERS = 26
CHECK_START = "A" * WHEELS


@dataclass(frozen=True)
class KeyList:
    """One named key of an array of one."""

    name: str
    keys: M209Keys


def read_key_list(path: Path, name: str | None = None) -> KeyList:
    """The key list of that name in a file; of a file with one list, that one.

    Raises ``SourceError`` or ``DataError`` saying which list, bar or wheel is wrong, ``UsageError`` for a name that is
    not there, or none where one is needed.
    """
    names = [str(facts.get("name", "")) for facts in _lists(path)]
    if name is None and len(names) != 1:
        raise UsageError(
            "the file has several key lists", where=str(path), expected="--list " + " or ".join(names)
        )
    if name is not None and name not in names:
        raise UsageError(
            f"there is no key list {name!r}", where=str(path), expected="one of " + ", ".join(names)
        )
    place = 0 if name is None else names.index(name)
    facts = _lists(path)[place]
    return KeyList(names[place], parse_key_list(facts, where=f"{path}, key list {names[place] or 1}"))


def read_key_lists(path: Path) -> M209Keys:
    """All key lists of a file, each with its check."""
    return M209Keys.join(
        [
            parse_key_list(facts, where=f"{path}, key list {facts.get('name') or place}")
            for place, facts in enumerate(_lists(path), 1)
        ]
    )


def _lists(path: Path) -> Sequence[Mapping[str, Any]]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise SourceError(
                "the key file is too large", where=str(path), expected=f"at most {MOST_BYTES:,} bytes"
            )
        found = orjson.loads(path.read_bytes())
    except OSError as error:
        raise SourceError(f"cannot read the key file: {error.strerror}", where=str(path)) from error
    except orjson.JSONDecodeError as error:
        raise SourceError(f"the key file is not JSON: {error}", where=str(path)) from error
    lists = found.get("key_lists", [found]) if isinstance(found, dict) else None
    if not isinstance(lists, list) or not lists or not all(isinstance(each, dict) for each in lists):
        raise SourceError(
            "the file holds no key list",
            where=str(path),
            expected='an object with "bars" and "pins_effective", or such objects under "key_lists"',
        )
    return lists


def parse_key_list(facts: Mapping[str, Any], *, where: str) -> M209Keys:
    """One key of its JSON values; its check is worked out again where it has one. ``DataError`` for what is wrong."""
    bars = np.zeros((1, KINDS), np.uint8)
    for kind in _kinds_of_bars(facts.get("bars"), where):
        bars[0, kind] += 1
    keys = M209Keys(_pins(facts.get("pins_effective"), where)[None], bars)
    if (check := facts.get("check")) is not None:
        _reproduce(keys, check, where)
    return keys


def _kinds_of_bars(bars: Any, where: str) -> list[int]:
    if not isinstance(bars, list) or len(bars) != BARS:
        count = f"{len(bars)} bars" if isinstance(bars, list) else "no list of bars"
        raise DataError(
            f"the key has {count}", where=f"{where}, bars", expected=f"{BARS} bars, each with two lugs"
        )
    kinds = []
    for place, bar in enumerate(bars, 1):
        at = f"{where}, bar {place}"
        if not (isinstance(bar, list) and len(bar) == 2 and all(type(lug) is int for lug in bar)):
            raise DataError(f"{bar!r} is no bar", where=at, expected="two lugs, such as [1, 4] or [0, 4]")
        if not all(0 <= lug <= WHEELS for lug in bar):
            raise DataError(
                f"a lug stands at {next(lug for lug in bar if not 0 <= lug <= WHEELS)}",
                where=at,
                expected="wheels 1 to 6, or 0 for a lug at none",
            )
        wheels = sorted(lug - 1 for lug in bar if lug)
        if len(wheels) == 2 and wheels[0] == wheels[1]:
            raise DataError(f"both lugs stand at wheel {bar[0]}", where=at, expected="two different places")
        if wheels:
            kinds.append(wheels[0] if len(wheels) == 1 else WHEELS + PAIRS.index((wheels[0], wheels[1])))
    return kinds


def _pins(wheels: Any, where: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    if not (isinstance(wheels, list) and len(wheels) == WHEELS and all(isinstance(w, str) for w in wheels)):
        raise DataError(
            "the effective pins are not those of six wheels",
            where=f"{where}, pins_effective",
            expected="six strings of letters",
        )
    pins = np.zeros(PINS, np.bool_)
    for place, (effective, there) in enumerate(zip(wheels, LETTERS, strict=True)):
        at = f"{where}, pins of wheel {place + 1}"
        for letter in effective:
            if letter not in there:
                raise DataError(f"wheel {place + 1} has no pin {letter!r}", where=at, expected=there)
        if len(set(effective)) != len(effective):
            raise DataError("a pin is named twice", where=at, expected="each effective pin once")
        pins[pins_of(place)] = [letter in effective for letter in there]
    return pins


def _reproduce(keys: M209Keys, check: Any, where: str) -> None:
    try:
        start = parse_indicator(str(check["external_wheel_start"]))
        plaintext, told = message_letters(check["plaintext"]), message_letters(check["ciphertext"])
    except (KeyError, TypeError, AttributeError, GarrisonError) as error:
        raise DataError("the check cannot be read", where=f"{where}, check", expected=str(error)) from error
    found = M209().encrypt(keys, plaintext[None], indicators=start)[0]
    if found.shape != told.shape or (found != told).any():
        raise DataError(
            "the letter check does not come out: pins, lugs or the check are wrong",
            where=where,
            expected=f"{as_text(told)}, as its check says; these pins and lugs give {as_text(found)}",
            remedy="compare the list with its original, letter by letter",
        )


def key_list_facts(keys: M209Keys, names: Sequence[str]) -> list[dict[str, Any]]:
    """Keys as JSON values, each with its check; ``parse_key_list`` reads them."""
    checks = M209().encrypt(keys, np.zeros((len(keys), CHECK_LETTERS), np.uint8))
    lugs = [[0, wheel + 1] for wheel in range(WHEELS)] + [[one + 1, other + 1] for one, other in PAIRS]
    return [
        {
            "name": name,
            "bars": [lugs[kind] for kind, count in enumerate(bars) for _ in range(count)]
            + [[0, 0]] * (BARS - sum(bars)),
            "pins_effective": [
                "".join(letter for letter, pin in zip(there, pins[pins_of(wheel)], strict=True) if pin)
                for wheel, there in enumerate(LETTERS)
            ],
            "check": {
                "external_wheel_start": CHECK_START,
                "plaintext": "A" * CHECK_LETTERS,
                "ciphertext": as_text(check),
            },
        }
        for name, pins, bars, check in zip(names, keys.pins, keys.bars.tolist(), checks, strict=True)
    ]
