"""A detector that organisations train together, beside one of all rows and one of each organisation alone.

    python benchmarks/federated_detector.py --by service --rounds 10

NSL-KDD: organisations are the values of ``--by`` with ``--least`` rows or more of KDDTrain+, and one of all the rest.
All use the numbers that the organisations agree on by sums, the network ``rows``, and as many passes; KDDTest+
judges them. Prints the area under the ROC curve, and recall at a false-positive rate of 1 % on the test part. Needs the
data set (``garrison datasets fetch nsl_kdd``).
"""

import argparse
import statistics
import time
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score, roc_curve

from garrison.data.catalogue import fetch_parts
from garrison.data.configs import config_folder
from garrison.data.schema import Schema
from garrison.data.validate import labels_of_any_class
from garrison.federated.conventional import train_conventionally
from garrison.federated.local_training import LocalTraining
from garrison.federated.tables import federate_detector, organisations
from garrison.federated.tables.numbers import TableNumbers

HOW = LocalTraining(epochs=1, batch=64, learning_rate=0.05, momentum=0.9, decay=0.95)


def main() -> None:
    """Train in the three ways and print what each finds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--by", default="service")
    parser.add_argument("--least", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    schema = Schema.read(config_folder("threats") / "nsl_kdd.json")
    train, test = _parts(schema)
    truth = labels_of_any_class(schema, test)
    parties = organisations(train, column=asked.by, least=asked.least)
    begun = time.monotonic()
    made = federate_detector(
        parties, schema, rounds=asked.rounds, how=HOW, seed=asked.seed, jobs=asked.jobs, minimum_parties=2
    )
    print(f"{train.num_rows:,} rows of {len(parties)} organisations, {time.monotonic() - begun:.0f} s")
    _print("together", truth, made.detector.score(test))
    numbers = made.detector.numbers
    _print("pooled", truth, _alone(train, test, numbers, schema, asked.rounds, asked.seed))
    alone = []
    for name, table in parties.items():
        if 0 < made.events[name][1] < made.events[name][0]:
            score = _alone(table, test, numbers, schema, asked.rounds, asked.seed)
            alone.append(float(roc_auc_score(truth, score)))
    low, high = min(alone), max(alone)
    print(f"alone      AUC {statistics.median(alone):.4f} (median of {len(alone)}, {low:.4f} to {high:.4f})")


def _alone(
    table: pa.Table, test: pa.Table, numbers: TableNumbers, schema: Schema, epochs: int, seed: int
) -> NDArray[np.float64]:
    y = labels_of_any_class(schema, table).astype(np.int64)
    how = replace(HOW, epochs=epochs)
    model = train_conventionally(numbers.transform(table), y, "rows", how, seed=seed, classes=2).model
    return model.probabilities(numbers.transform(test))[:, 1]


def _print(name: str, truth: NDArray[np.bool_], score: NDArray[np.float64]) -> None:
    false, found, _ = roc_curve(truth, score)
    recall = float(found[np.searchsorted(false, 0.01, side="right") - 1])
    print(f"{name:10s} AUC {roc_auc_score(truth, score):.4f}, recall at 1 % false positives {recall:.4f}")


def _parts(schema: Schema) -> tuple[pa.Table, pa.Table]:
    files = fetch_parts("nsl_kdd")
    train, test = (schema.validate(pq.read_table(files[name])).table for name in ("KDDTrain+", "KDDTest+"))
    return train, test


if __name__ == "__main__":
    main()
