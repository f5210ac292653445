"""A saved network that somebody made wrong, digests and all: it is refused, or reads; and gets no memory it names."""

from pathlib import Path
from typing import Any

import pytest
from held_to import examples, refused_or, sealed_anew
from hypothesis import given
from hypothesis import strategies as st
from nearly_right import damaged_files, damaged_json

pytest.importorskip("torch")

from garrison.ciphers.networks.decoder import Decoder, Shape
from garrison.ciphers.networks.saved_network import open_network, save_network
from garrison.detection.integrity import read_sealed, write_sealed
from garrison.errors import IntegrityError

FEW = 12
TINY = Shape(pin=2, wheel=2, letter=3, rounds=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_network(tmp_path / "network", Decoder(TINY), lengths=(30, 40), facts={"seed": 1})
    return tmp_path / "network"


def facts_of(folder: Path) -> dict[str, Any]:
    return {name: value for name, value in read_sealed(folder).manifest.items() if name != "files"}


def test_a_damaged_network_with_right_digests_is_refused_or_opens(folder: Path) -> None:
    assert open_network(folder).module.shape == TINY
    files, facts = read_sealed(folder).files, facts_of(folder)

    @examples(FEW, share=0.5)
    @given(
        st.tuples(damaged_files(files), st.just(facts)) | st.tuples(st.just(files), damaged_json(facts)),
    )
    def hold(found: tuple[dict[str, bytes], dict[str, Any]]) -> None:
        sealed_anew(folder, *found)
        refused_or(lambda: open_network(folder))

    hold()


@pytest.mark.parametrize(
    "changes",
    [
        {"shape": {"pin": 2**30, "wheel": 2, "letter": 2**20, "rounds": 1}},
        {"shape": {"pin": 2, "wheel": 2, "letter": 3, "rounds": 10**9}},
        {"shape": {"pin": 2, "wheel": 2, "letter": 3.5, "rounds": 1}},
        {"lengths": [30, "forty"]},
    ],
    ids=["huge", "endless", "no number", "no length"],
)
def test_a_network_that_says_it_is_huge_or_endless_is_refused(folder: Path, changes: dict[str, Any]) -> None:
    files, facts = read_sealed(folder).files, facts_of(folder)
    write_sealed(folder, files, facts | changes)
    assert refused_or(lambda: open_network(folder)) is None
    with pytest.raises(IntegrityError, match="the network cannot be read"):
        open_network(folder)


def test_weights_that_are_no_safetensors_are_an_error_of_ours(folder: Path) -> None:
    write_sealed(folder, {"weights.safetensors": b"\xff" * 100}, facts_of(folder))
    with pytest.raises(IntegrityError, match="the network cannot be read"):
        open_network(folder)
