"""Published answers: the vectors beside the project, where they are, and the one that everybody can look up."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from m209_by_hand import CHECK, published

from garrison.ciphers import M209, Speck
from garrison.ciphers.letters import as_text, message_letters
from garrison.ciphers.m209 import displacements
from garrison.ciphers.m209.indicators import internal_indicator, parse_indicator
from garrison.ciphers.m209.key_list import parse_key_list, read_key_list, read_key_lists
from garrison.ciphers.speck import round_keys
from garrison.data.catalogue import data_folders


def vectors(name: str) -> Path:
    found = next((folder / name for folder in data_folders() if (folder / name).is_file()), None)
    if found is None:
        pytest.skip(f"{name} is in no data folder")
    return found


def facts_of(name: str) -> Any:
    return json.loads(vectors(name).read_text(encoding="utf-8"))


def test_the_published_key_list_gives_its_check() -> None:
    keys = parse_key_list({**published(), "check": None}, where="AB")
    assert as_text(M209().encrypt(keys, np.zeros((1, 26), np.uint8))[0]) == CHECK


def test_every_key_list_gives_its_check_and_its_displacements() -> None:
    path = vectors("m209_vectors.json")
    lists = facts_of("m209_vectors.json")["key_lists"]
    assert len(read_key_lists(path)) == len(lists) == 3
    for facts in lists:
        keys, check = read_key_list(path, facts["name"]).keys, facts["check"]
        assert displacements(keys, 26)[0].tolist() == check["displacement_per_letter"]
        sent = M209().encrypt(keys, message_letters(check["plaintext"])[None])
        assert as_text(sent[0]) == check["ciphertext"]
        assert as_text(M209().decrypt(keys, sent)[0]) == check["plaintext"]


def test_every_message_is_reproduced() -> None:
    path = vectors("m209_vectors.json")
    for facts in facts_of("m209_vectors.json")["messages"]:
        keys = read_key_list(path, facts["key_list"]).keys
        internal = internal_indicator(keys, facts["external_message_indicator"], facts["system_indicator"])
        assert internal == facts["internal_message_indicator"]
        plain = message_letters(facts["plaintext_as_typed"])
        start = parse_indicator(internal)
        assert as_text(M209().encrypt(keys, plain[None], indicators=start)[0]) == facts["ciphertext_body"]
        back = M209().decrypt(keys, message_letters(facts["ciphertext_body"])[None], indicators=start)
        assert as_text(back[0]).replace("Z", "") == facts["plaintext"]


def words(texts: list[str]) -> np.ndarray[Any, np.dtype[np.uint16]]:
    return np.array([[int(text, 16) for text in texts]], np.uint16)


def test_every_state_of_speck_is_reproduced() -> None:
    facts = facts_of("speck32_64_vectors.json")
    key, plain = words(facts["published"]["key_words"]), words(facts["published"]["plaintext"])
    assert [f"{each:04x}" for each in round_keys(key)[:, 0]] == facts["round_keys"]
    states = facts["computed_reduced_rounds"]["state_after"]
    assert len(states) == 22
    for rounds, state in states.items():
        found = Speck(int(rounds)).encrypt(key, plain)
        np.testing.assert_array_equal(found, words(state))
        np.testing.assert_array_equal(Speck(int(rounds)).decrypt(key, found), plain)
    np.testing.assert_array_equal(Speck().encrypt(key, plain), words(facts["published"]["ciphertext"]))
