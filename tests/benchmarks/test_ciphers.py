import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield importlib.import_module("ciphers")
    del sys.modules["ciphers"]


def test_both_machines_print_the_same(benchmark: Any) -> None:
    measured = benchmark.measure_plain(3, 60)
    assert measured["equal"] is True
    assert measured["keys"] > 0


def test_keys_of_the_peer_keep_our_rules(benchmark: Any) -> None:
    import random

    from garrison.ciphers.m209.key_list import parse_key_list
    from garrison.ciphers.m209.lug_settings import makes_every_shift, most_wheels_take_part
    from garrison.ciphers.m209.random_bars import spread_out

    peer = importlib.import_module("peers.m209_letter_by_letter")
    generator = random.Random(3)
    for _ in range(5):
        pins, bars = peer.random_key(generator)
        keys = parse_key_list({"pins_effective": pins, "bars": [[*bar] for bar in bars]}, where="peer")
        assert 53 <= keys.pins.sum() <= 78
        assert makes_every_shift(keys.bars).all()
        assert most_wheels_take_part(keys.bars).all()
        assert spread_out(keys.bars).all()
