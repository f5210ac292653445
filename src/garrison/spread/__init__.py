"""Work spread over the processes of this machine, or over a Dask cluster: the result is the same.

What a stage makes in pieces goes through ``run_all`` or ``as_done``; where the pieces are made is said once, around the
call, by ``on_cluster``.
"""

from garrison.spread.cluster import Cluster
from garrison.spread.cores import threads
from garrison.spread.place import cluster_at_hand, on_cluster
from garrison.spread.processes import run_all
from garrison.spread.results import as_done
from garrison.spread.torch_threads import torch_threads

__all__ = ["Cluster", "as_done", "cluster_at_hand", "on_cluster", "run_all", "threads", "torch_threads"]
