"""Logistic regression on rows that stay encrypted, beside TenSEAL's dot product with rotations, in one run.

    python benchmarks/encrypted_linear.py --rows 2048 --repeats 30

30 inputs of the phishing data set, a fifth of whose rows is the test part. Each server is a process of its own that
takes bytes and gives bytes: it reads the ciphertext, works on it, and writes the result. Prints the time for one row
and for each of many at once (wall clock and processor), the bytes of keys and ciphertexts, the server's peak memory,
and how far scores and verdicts are from the plain model's. The peer is a vector of TenSEAL a row at N = 8192, as its
tutorials have it. Needs the data set (``garrison datasets fetch phishing_websites``) and the extra ``encrypted``.
"""

import argparse
import importlib
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import expit

from garrison.data.catalogue import fetch
from garrison.data.configs import config_folder
from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.sources import open_source
from garrison.detection import FAMILIES, Detector, Threshold
from garrison.detection.circuit import Dense
from garrison.encrypted import (
    Client,
    ClientPart,
    EncryptedOutputs,
    EncryptedRows,
    EvaluationKeys,
    Server,
    ServerPart,
    prepare,
)
from garrison.features import TabularProcessor

INPUTS = 30


def main() -> None:
    """Measure both and print what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=2048)
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--peer-rows", type=int, default=30)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    detector, test = trained()
    found = {"garrison": ours(detector, test, asked.rows, asked.repeats)}
    found["tenseal"] = peer(detector, test, asked.peer_rows)
    print(f"{'':32s} {'garrison':>14s} {'tenseal dot':>14s}")
    for name in found["garrison"]:
        print(f"{name:32s} {_shown(found['garrison'][name]):>14s} {_shown(found['tenseal'].get(name)):>14s}")
    if asked.out:
        asked.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def trained() -> tuple[Detector, pa.Table]:
    """A detector of 30 inputs, and the rows it was not trained on."""
    schema = Schema.read(config_folder("phishing") / "features.json")
    source = open_source(
        fetch("phishing_websites"), schema=schema, with_label=True, format=None, batch_rows=65_536
    )
    table = pa.Table.from_batches([part.batch for part in source.numbered(Quarantine(None))])
    order = np.random.default_rng(0).permutation(table.num_rows)
    train, test = table.take(order[len(order) // 5 :]), table.take(order[: len(order) // 5])
    processor = TabularProcessor(impute="median").fit(train, schema)
    family = FAMILIES["encrypted_logistic"]
    params = family.complete({"most_inputs": INPUTS})
    model = family.fit(processor.transform(train), schema.labels(train), params=params, seed=0)
    return Detector(
        name="phishing",
        schema=schema,
        processor=processor,
        model=model,
        family=family.name,
        params=params,
        threshold=Threshold(0.5, "fixed"),
        training_fingerprint="0" * 64,
    ), test


def ours(detector: Detector, test: pa.Table, rows: int, repeats: int) -> dict[str, float]:
    """One row, many rows, and the whole test part."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        prepare(detector, client=place / "client", server=place / "server")
        part = ClientPart.load(place / "client")
        client = Client.create(part.terms)
        inputs = part.model.inputs(part.processor.transform(test))
        assert inputs.shape[1] == INPUTS
        many = np.resize(inputs, (rows, INPUTS))
        slots = part.terms.parameters.slots
        sent = [client.encrypt(some, part.limits).to_bytes() for some in (inputs[:1], many)]
        whole = [
            client.encrypt(inputs[at : at + slots], part.limits).to_bytes()
            for at in range(0, len(inputs), slots)
        ]
        keys = client.evaluation_keys().to_bytes()
        begun = time.perf_counter()
        client.encrypt(many, part.limits)
        encrypting = (time.perf_counter() - begun) / rows
        measured, answers = _apart(_our_server, place / "server", keys, sent, whole, repeats)
        outputs = np.vstack([client.decrypt(EncryptedOutputs.from_bytes(each)) for each in answers])
    scores, plain = part.scores(outputs), detector.model.score(detector.processor.transform(test))
    return {
        "one row, ms": measured["one"] * 1e3,
        "one row, processor ms": measured["one_processor"] * 1e3,
        "a row of many, ms": measured["many"] * 1e3 / rows,
        "a row of many, processor ms": measured["many_processor"] * 1e3 / rows,
        "keys sent once, kB": len(keys) / 1e3,
        "one row sent, kB": len(sent[0]) / 1e3,
        "a row of many sent, kB": len(sent[1]) / rows / 1e3,
        "one row's answer, kB": measured["answer"] / 1e3,
        "server's peak memory, MiB": measured["peak"],
        "client's encryption a row, ms": encrypting * 1e3,
        "largest error of a score": float(np.abs(scores - plain).max()),
        "verdicts as the plain ones": float(((scores >= 0.5) == (plain >= 0.5)).mean()),
        "test rows": len(plain),
    }


def _our_server(
    folder: Path, keys: bytes, sent: list[bytes], whole: list[bytes], repeats: int
) -> tuple[dict[str, float], list[bytes]]:
    part = ServerPart.load(folder)
    server = Server(part.circuit, part.terms)
    server.accept(EvaluationKeys.from_bytes(keys))

    def score(content: bytes) -> bytes:
        return server.score(EncryptedRows.from_bytes(content)).to_bytes()

    one, one_processor = _timed(lambda: score(sent[0]), repeats)
    many, many_processor = _timed(lambda: score(sent[1]), max(3, repeats // 5))
    found = {
        "one": one,
        "one_processor": one_processor,
        "many": many,
        "many_processor": many_processor,
        "answer": float(len(score(sent[0]))),
        "peak": _peak(),
    }
    return found, [score(each) for each in whole]


def peer(detector: Detector, test: pa.Table, rows: int) -> dict[str, float]:
    """TenSEAL's vectors: one row each, N = 8192, a dot product by rotations."""
    tenseal = importlib.import_module("tenseal")
    model: Any = detector.model
    layer = model.circuit.layers[0]
    assert isinstance(layer, Dense)
    inputs = model.inputs(detector.processor.transform(test))[:rows]
    context = tenseal.context(
        tenseal.SCHEME_TYPE.CKKS, poly_modulus_degree=8192, coeff_mod_bit_sizes=[60, 40, 40, 60]
    )
    context.global_scale = 2**40
    context.generate_galois_keys()
    public = context.serialize(save_public_key=True, save_secret_key=False, save_galois_keys=True)
    begun = time.perf_counter()
    sent = [tenseal.ckks_vector(context, row.tolist()).serialize() for row in inputs]
    encrypting = (time.perf_counter() - begun) / rows
    weights, bias = layer.weights[0].tolist(), float(layer.bias[0])
    measured, answers = _apart(_their_server, public, sent, weights, bias)
    outputs = [tenseal.ckks_vector_from(context, each).decrypt()[0] for each in answers]
    scores, plain = expit(np.array(outputs)), model.score(detector.processor.transform(test))[:rows]
    return {
        "one row, ms": measured["one"] * 1e3,
        "one row, processor ms": measured["one_processor"] * 1e3,
        "a row of many, ms": measured["one"] * 1e3,
        "a row of many, processor ms": measured["one_processor"] * 1e3,
        "keys sent once, kB": len(public) / 1e3,
        "one row sent, kB": len(sent[0]) / 1e3,
        "a row of many sent, kB": len(sent[0]) / 1e3,
        "one row's answer, kB": len(answers[0]) / 1e3,
        "server's peak memory, MiB": measured["peak"],
        "client's encryption a row, ms": encrypting * 1e3,
        "largest error of a score": float(np.abs(scores - plain).max()),
        "verdicts as the plain ones": float(((scores >= 0.5) == (plain >= 0.5)).mean()),
        "test rows": rows,
    }


def _their_server(
    public: bytes, sent: list[bytes], weights: list[float], bias: float
) -> tuple[dict[str, float], list[bytes]]:
    tenseal = importlib.import_module("tenseal")
    context = tenseal.context_from(public)

    def score(content: bytes) -> bytes:
        vector = tenseal.ckks_vector_from(context, content)
        answer: bytes = (vector.dot(weights) + bias).serialize()
        return answer

    one, processor = _timed(lambda: score(sent[0]), len(sent))
    return {"one": one, "one_processor": processor, "peak": _peak()}, [score(each) for each in sent]


def _timed(task: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """The medians of wall clock and processor time, in seconds, after one that is not counted."""
    task()
    walls, processors = [], []
    for _ in range(repeats):
        wall, processor = time.perf_counter(), time.process_time()
        task()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return statistics.median(walls), statistics.median(processors)


def _apart(task: Callable[..., Any], *arguments: Any) -> Any:
    """What a process of its own makes of it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(task, *arguments).result()


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}" if value < 1000 else f"{value:,.0f}"


if __name__ == "__main__":
    main()
