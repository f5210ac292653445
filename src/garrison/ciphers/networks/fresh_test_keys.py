"""Keys to test with, drawn from the stream of testing, which no training reads."""

from collections.abc import Iterator, Sequence

from garrison.ciphers.aes128 import control_stream
from garrison.ciphers.m209.random_keys import MANUAL, random_keys
from garrison.ciphers.m209.rules import KeyRules
from garrison.ciphers.networks.examples import Batch
from garrison.ciphers.seeds import branch, split_seed

_STREAM, _CONTROL = 2, 1


def fresh_test_keys(
    count: int,
    *,
    lengths: Sequence[int],
    rules: KeyRules = MANUAL,
    control: bool = False,
    seed: int = 0,
) -> Iterator[Batch]:
    """``count`` keys with a message of each of ``lengths``, a batch a length.

    With ``control`` the key streams are those of AES-128, of which no pin can be told.
    """
    stream = branch(split_seed(seed, "test"), _STREAM)
    keys = random_keys(count, rules, seed=stream)
    for length in lengths:
        batch = Batch.of(keys, length)
        if control:
            drawn = control_stream(count, length, seed=branch(stream, _CONTROL, length))
            batch = Batch(drawn, batch.pins, batch.lugs)
        yield batch
