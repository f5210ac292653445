"""What defences bring on UNSW-NB15 against an adaptive attacker, and what they cost in clean quality.

    python benchmarks/defences.py --defence monotone --defence adversarial_training --training-rows 25000

The set-up of benchmarks/evasion.py: the default XGBoost, learnt from a grouped part of UNSW-NB15, threshold 0.5, and
malicious events of the other groups, attacked within a largest change of 2 standard deviations of the training part.
The defended model has the same rows; a part of them, by groups, is kept aside, and everything is chosen on that part.
The undefended model learns from all of them. Both are attacked from scratch by ``leaf_walk`` (which knows the trees, a
screen's as well) and ``boundary`` (which knows verdicts alone), and measured on the same test rows, which are looked at
once, at the end. Everything is drawn from --seed. Prints the table and the notes of the defences; --out keeps it all.
"""

import argparse
import json
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from garrison.attacks.evasion import AttackResult
from garrison.data.catalogue import fetch
from garrison.data.configs import config_folder
from garrison.data.schema import Schema
from garrison.data.splits import group_ids, split_groups
from garrison.defences import DEFENCES, Draft, fortify, named, price_of
from garrison.defences.reach import spreads_of
from garrison.detection import FAMILIES, Detector, Threshold
from garrison.features import TabularProcessor

TEST_SHARE = 0.3


def undefended(schema: Schema, training: pa.Table, *, seed: int, params: dict[str, Any]) -> Detector:
    """XGBoost with its defaults on all training rows, threshold 0.5."""
    processor = TabularProcessor(impute="median").fit(training, schema)
    full = FAMILIES["xgboost"].complete(params)
    model = FAMILIES["xgboost"].fit(
        processor.transform(training), schema.labels(training), params=full, seed=seed
    )
    return Detector(
        name=schema.name,
        schema=schema,
        processor=processor,
        model=model,
        family="xgboost",
        params=full,
        threshold=Threshold(0.5, "fixed"),
        training_fingerprint="0" * 64,
    )


def holding(schema: Schema, columns: list[str]) -> Schema:
    """The schema of an attacker who cannot change these columns."""
    for name in columns:
        schema.column(name)
    changed = tuple(replace(each, attacker=None) if each.name in columns else each for each in schema.columns)
    return replace(schema, columns=changed)


def by_kind(result: AttackResult, events: pa.Table, columns: list[str]) -> list[tuple[str, int, int]]:
    """What kinds of events got past, by the values of some columns: the kind, how many of how many attacked ones."""
    told: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for each in result.attacked:
        kind = " ".join(str(events.column(name)[each.row - 1]) for name in columns)
        told[kind] += 1
        passed[kind] += each.cost is not None
    return [(kind, passed[kind], count) for kind, count in told.most_common(8)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--defence", action="append", choices=list(DEFENCES), required=True)
    parser.add_argument("--params", type=json.loads, default={}, help="JSON: parameters by defence")
    parser.add_argument("--model-params", type=json.loads, default={}, help="JSON: of the defended XGBoost")
    parser.add_argument("--aside", type=float, default=0.2, help="the part of the rows that is kept aside")
    parser.add_argument("--training-rows", type=int, default=25_000)
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument(
        "--hold", nargs="+", default=[], help="columns that the attacker is not let change, as sttl"
    )
    parser.add_argument("--epsilon", type=float, default=2.0)
    parser.add_argument("--attacks", nargs="+", default=["leaf_walk", "boundary"])
    parser.add_argument(
        "--by", nargs="+", default=["state", "proto", "service"], help="kinds that are told apart"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="where the whole result is written as JSON")
    options = parser.parse_args()
    schema = Schema.read(config_folder("threats") / "unsw_nb15.json")
    schema = holding(schema, options.hold)
    table = schema.validate(pq.read_table(fetch("unsw_nb15"))).table
    split = split_groups(
        schema.labels(table), group_ids(table, schema), test_share=TEST_SHARE, seed=options.seed
    )
    learnt = np.random.default_rng(options.seed).permutation(split.train)[: options.training_rows]
    training, test = table.take(pa.array(np.sort(learnt))), table.take(pa.array(split.test))
    before = undefended(schema, training, seed=options.seed, params={})
    started = time.process_time()
    draft = Draft.of(before, training, aside=options.aside, seed=options.seed)
    if options.model_params:
        draft = replace(draft, params={**draft.params, **options.model_params})
    made = fortify(draft, [named(name, options.params.get(name)) for name in options.defence])
    after = made.detector()
    spent = time.process_time() - started
    for note in made.notes:
        print(f"{note.defence}: {note.words}", flush=True)
        for row in note.facts.get("rounds", ()):
            print("  ", row)
    price = price_of(
        before,
        after,
        test,
        notes=made.notes,
        attacks=options.attacks,
        epsilons=(options.epsilon / 4, options.epsilon / 2, options.epsilon),
        rows=options.rows,
        seed=options.seed,
        spreads=spreads_of(training, schema),
    )
    print(f"{'':34} {'before':24} {'after':24} gain")
    for line in (*price.clean, *price.attacked):
        print(f"{line.what:34} {line.before!s:24} {line.after!s:24} {line.gain or ''}")
    for side, results in price.attacks.items():
        for result in results:
            told = ", ".join(flag.name for flag in result.flags) or "none"
            print(f"{side} {result.attack}: {len(result.attacked)} attacked, flags: {told}")
            for kind, passed, count in by_kind(result, test, options.by):
                print(f"    {kind}: {passed} of {count} got past")
    print(f"seconds of processor time for the defences: {spent:.0f}")
    if options.out is not None:
        options.out.write_text(json.dumps(price.to_dict()), encoding="utf-8")


if __name__ == "__main__":
    main()
