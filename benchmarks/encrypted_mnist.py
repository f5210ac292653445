"""How well and how fast handwritten digits are read on encrypted pictures, with published figures beside.

    python benchmarks/encrypted_mnist.py --circuit digits.npz
    python benchmarks/encrypted_mnist.py --circuit digits.npz --pictures 4096

The network is trained in the clear first, on the training pictures alone (about 5 minutes on one core), and kept in
``--circuit``, from where the next run takes it. Then the test pictures are encrypted by a client, 4,096 in a
ciphertext for each pixel, read by a server that has no secret key, and the outputs decrypted. A batch takes as long
for one picture as for 4,096: that is the latency; what one picture takes of a full batch is the amortised time.

Published, each on hardware of its own: CryptoNets (Gilad-Bachrach and others 2016): 98.95 %, 250 s for a batch of up to
4,096; the same with a later library and 25.6 s for 8,192, and LoLa with 2.2 s for a single one: Brutzkus, Elisha and
Gilad-Bachrach 2019, Low Latency Privacy Preserving Inference.
"""

import argparse
import resource
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from garrison.detection.circuit import Circuit
from garrison.encrypted import Client, EncryptedRows, EvaluationKeys, Server, terms_for
from garrison.encrypted.digits import PARAMETERS, train_digits
from garrison.encrypted.messages import EncryptedOutputs
from garrison.federated.images import Images, read_images


def circuit_of(path: Path, images: Images, *, epochs: int, seed: int) -> Circuit:
    """The circuit kept in ``path``, or one that is trained now and kept there."""
    if path.is_file():
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
        return Circuit.from_arrays(found, layers=int(found.pop("layers")))
    started = time.perf_counter()
    reader = train_digits(images.x[:, 0], images.y, epochs=epochs, seed=seed)
    took = time.perf_counter() - started
    print(
        f"trained in {took:.0f} s: epoch {reader.epoch}, {reader.accuracy:.2%} of 5,000 held-out training pictures"
    )
    np.savez(path, layers=len(reader.circuit.layers), **reader.circuit.arrays())  # type: ignore[arg-type]
    return reader.circuit


def read_encrypted(
    circuit: Circuit, rows: NDArray[np.float64], digits: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The outputs of each row, decrypted; both sides speak in bytes, and every step is timed."""
    terms = terms_for(circuit, PARAMETERS)
    client, server = Client.create(terms), Server(circuit, terms)
    keys = client.evaluation_keys().to_bytes()
    server.accept(EvaluationKeys.from_bytes(keys))
    print(f"{PARAMETERS}; evaluation keys {len(keys) / 1e6:.1f} MB")
    found = []
    for start in range(0, len(rows), PARAMETERS.slots):
        some = rows[start : start + PARAMETERS.slots]
        moments = [time.perf_counter()]
        sent = client.encrypt(some, circuit.limits, packing="columns").to_bytes()
        moments.append(time.perf_counter())
        busy = time.process_time()
        back = server.score(EncryptedRows.from_bytes(sent)).to_bytes()
        busy = time.process_time() - busy
        moments.append(time.perf_counter())
        found.append(client.decrypt(EncryptedOutputs.from_bytes(back)))
        moments.append(time.perf_counter())
        encrypted, scored, decrypted = np.diff(moments)
        right = int((found[-1].argmax(axis=1) == digits[start : start + len(some)]).sum())
        print(
            f"batch of {len(some):,}: encrypting {encrypted:.1f} s, server {scored:.1f} s ({busy:.1f} s of processor), "
            f"decrypting {decrypted:.2f} s; sent {len(sent) / 1e6:.0f} MB, back {len(back) / 1e6:.2f} MB; "
            f"server {1e3 * scored / len(some):.1f} ms a picture; {right:,} read right",
            flush=True,
        )
    return np.vstack(found)


def main() -> None:
    """Train or load, read the test pictures encrypted, compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--circuit", type=Path, default=Path("digits.npz"))
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    images = read_images("mnist")
    circuit = circuit_of(asked.circuit, images, epochs=asked.epochs, seed=asked.seed)
    rows = images.test_x[: asked.pictures, 0].reshape(-1, 784).astype(np.float64)
    digits = images.test_y[: asked.pictures]
    plain, encrypted = circuit(rows), read_encrypted(circuit, rows, digits)
    said, read = plain.argmax(axis=1), encrypted.argmax(axis=1)
    off = np.abs(plain - encrypted).max() / np.abs(plain).max()
    right, before = (read == digits).mean(), (said == digits).mean()
    print(f"{len(rows):,} test pictures: {right:.2%} read right encrypted, {before:.2%} plain")
    print(f"the same digit for {(said == read).sum():,}; outputs off by {off:.2g} of the largest")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory of client and server together {memory:.2f} GiB")


if __name__ == "__main__":
    main()
