"""PyTorch, which the attacks on differentiable models need and the core does without."""

import contextlib
import importlib.util
from collections.abc import Iterator

from garrison.errors import UsageError
from garrison.spread import torch_threads


@contextlib.contextmanager
def learning_library(*, threads: int = 1) -> Iterator[None]:
    """PyTorch with so many threads, and as it was before afterwards: small models are quickest in one.

    Raises ``UsageError`` that says what to install when it is missing.

    >>> with learning_library():
    ...     import torch
    ...     torch.get_num_threads()
    1
    """
    if importlib.util.find_spec("torch") is None:
        raise UsageError(
            "attacks on differentiable models need PyTorch, which is not installed",
            remedy="pip install 'garrison[torch]'",
        )
    with torch_threads(threads):
        yield
