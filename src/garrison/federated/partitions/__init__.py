"""Who holds which records: ways to deal one data set out to parties.

Each is a function of the classes ``y``, int64 ``(n,)``, the number of ``parties`` and a ``seed``, and gives the rows of
each party; no row goes to two. A new one is a file of this folder and a line in ``PARTITIONS``.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from garrison.federated.partitions.by_value import by_value
from garrison.federated.partitions.dirichlet import dirichlet
from garrison.federated.partitions.iid import iid
from garrison.federated.partitions.two_digits import two_digits

Rows = list[NDArray[np.int64]]

PARTITIONS: dict[str, Callable[..., Rows]] = {"iid": iid, "two_digits": two_digits, "dirichlet": dirichlet}
"""Who has which records, by the name a settings file uses.

``dirichlet`` takes ``alpha`` besides, ``two_digits`` takes ``shards``.
"""

__all__ = ["PARTITIONS", "Rows", "by_value", "dirichlet", "iid", "two_digits"]
