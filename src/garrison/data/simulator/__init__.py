"""Simulated traffic: the pipeline runs with no data at hand, and benchmarks have any size they want.

Benign hosts with habits, and five kinds of attack that hide among them: a failing login may be a stale password,
a large upload a backup, a regular call home an update. The rates and sizes are invented, each written where it is
used. **No claim about the quality of a detector rests on simulated data**: every row says that it is simulated
(column ``simulated``), and so does the schema's metadata (``garrison.simulated``).

A new kind of traffic is a file of this folder and a line in ``kinds.py``.
"""

from garrison.data.simulator.events import SCHEMA
from garrison.data.simulator.kinds import ATTACKS, BENIGN
from garrison.data.simulator.stream import simulate
from garrison.data.simulator.writing import write_simulated

__all__ = ["ATTACKS", "BENIGN", "SCHEMA", "simulate", "write_simulated"]
