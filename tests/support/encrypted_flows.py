"""A detector of small flows whose model is a circuit, and its two parts."""

import functools
from pathlib import Path

import pyarrow as pa
from scored_flows import FLOWS, flow_rows

from garrison.detection import FAMILIES, Detector, Threshold
from garrison.encrypted import prepare
from garrison.features import TabularProcessor


@functools.cache
def encrypted_detector(family: str = "encrypted_logistic") -> Detector:
    """Trained on 300 flows; no training row is kept in its processor."""
    table = FLOWS.validate(pa.Table.from_pylist(flow_rows(300))).table
    processor = TabularProcessor(impute="median").fit(table, FLOWS)
    params = FAMILIES[family].complete({})
    model = FAMILIES[family].fit(processor.transform(table), FLOWS.labels(table), params=params, seed=0)
    return Detector(
        name="flows",
        schema=FLOWS,
        processor=processor,
        model=model,
        family=family,
        params=params,
        threshold=Threshold(value=0.4, rule="fixed"),
        training_fingerprint="0" * 64,
    )


def write_parts(folder: Path) -> None:
    """``client/`` and ``server/``."""
    prepare(encrypted_detector(), client=folder / "client", server=folder / "server")
