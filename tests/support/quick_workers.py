"""For `dask worker --preload-nanny`: workers are forked from a process that has imported what tasks need.

A killed worker is then there again at once. Takes effect with distributed.worker.multiprocessing-method forkserver.
"""

import multiprocessing

from distributed.utils import get_mp_context

NEEDED = (
    "distributed",
    "garrison.attacks.evasion",
    "garrison.ciphers.stages",
    "garrison.detection.tuning",
    "garrison.serving.batch",
    "garrison.spread",
    "sklearn.model_selection",
    "sklearn.utils",
    "threadpoolctl",
    "xgboost",
)

get_mp_context()
multiprocessing.get_context("forkserver").set_forkserver_preload([*NEEDED])
