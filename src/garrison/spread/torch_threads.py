"""How many threads PyTorch works with.

With one, sums are the same at every run, and processes do not fight for cores.
"""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def torch_threads(count: int = 1) -> Iterator[None]:
    """Let PyTorch, which must be there, use so many threads inside, and as many as before afterwards."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
