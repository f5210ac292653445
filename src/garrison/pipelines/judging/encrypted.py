"""A model for encrypted rows, asked encrypted: what changes in its verdicts, and how long a server takes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np

from garrison.assurance.figure_names import ENCRYPTED
from garrison.assurance.scorecard import Figure, Grid, Part
from garrison.detection.families.polynomial_model import PolynomialModel
from garrison.encrypted import Client, EncryptedOutputs, EncryptedRows, Server, terms_for
from garrison.pipelines.judging.subject import Subject

ONE_BY_ONE = 20
"""Single rows whose time is taken."""
_PROTOCOL = (
    "Client and server in one process, with keys made for this: the client encrypts and decrypts, the server sees "
    "ciphertexts. Security of 128 bits by the Homomorphic Encryption Standard."
)


@dataclass(frozen=True)
class EncryptedTrial:
    """A client and a server in one process: scores of ``rows`` rows beside the plain ones, and what they took."""

    rows: int
    agreement: float
    gap: float
    one_row_ms: float
    each_row_ms: float
    right: float
    right_plain: float
    plain_one_row_ms: float
    plain_each_row_ms: float
    ring: int
    slots: int

    @classmethod
    def of(cls, subject: Subject, model: PolynomialModel) -> Self:
        """Ask about as many events as fill all slots of a ciphertext once, half of them malicious where there are.

        Raises ``UsageError`` where TenSEAL is missing, ``ModelError`` for a circuit that no safe parameters hold.
        """
        terms = terms_for(model.circuit)
        client, server = Client.create(terms), Server(model.circuit, terms)
        server.accept(client.evaluation_keys())
        limits, slots = model.circuit.limits, terms.parameters.slots
        chosen = subject.drawn(slots)
        inputs, y, threshold = model.inputs(subject.X[chosen]), subject.y[chosen], subject.threshold
        filled = np.resize(inputs, (slots, inputs.shape[1]))
        took, outputs = _timed(server, client.encrypt(filled, limits, packing="columns"))
        found = model.link(client.decrypt(outputs))[: len(inputs)]
        plain = model.link(model.circuit(inputs))
        plain_took = _seconds(partial(model.circuit, inputs))
        plain_alone = [_seconds(partial(model.circuit, row[None])) for row in inputs[:ONE_BY_ONE]]
        alone = [_timed(server, client.encrypt(row[None], limits))[0] for row in inputs[:ONE_BY_ONE]]
        return cls(
            rows=len(inputs),
            agreement=float(((found >= threshold) == (plain >= threshold)).mean()),
            gap=float(np.abs(found - plain).max()),
            one_row_ms=1e3 * float(np.median(alone)),
            each_row_ms=1e3 * took / slots,
            right=float(((found >= threshold) == y).mean()),
            right_plain=float(((plain >= threshold) == y).mean()),
            plain_one_row_ms=1e3 * float(np.median(plain_alone)),
            plain_each_row_ms=1e3 * plain_took / len(inputs),
            ring=terms.parameters.degree,
            slots=slots,
        )


def measure_encrypted(subject: Subject) -> Part:
    """The same model on encrypted events, beside the plain one; nothing for families that are not made for it.

    Raises ``UsageError`` where TenSEAL is missing.
    """
    model, title = subject.detector.model, "On encrypted events"
    if not isinstance(model, PolynomialModel):
        why = f"{subject.detector.family} is not made for encrypted events"
        return Part(name=ENCRYPTED, title=title, protocol=_PROTOCOL, not_measured=why)
    found = EncryptedTrial.of(subject, model)
    how = f"{found.rows:,} events encrypted, scored, decrypted; ring of degree {found.ring}"
    alone = f"median of {ONE_BY_ONE} single events, one thread, without encryption and decryption"
    many = f"{found.slots:,} events at once, each input a ciphertext"
    return Part(
        name=ENCRYPTED,
        title=title,
        protocol=_PROTOCOL,
        figures=(
            Figure.measured("encrypted.agreement", found.agreement, protocol=how),
            Figure.measured("encrypted.score_gap", found.gap, protocol=how),
            Figure.measured("encrypted.latency_ms", found.one_row_ms, protocol=alone),
            Figure.measured("encrypted.row_ms", found.each_row_ms, protocol=many),
        ),
        tables=(
            Grid(
                title="Beside the plain model",
                columns=("", "plain", "encrypted"),
                rows=(
                    ("verdicts that are right", found.right_plain, found.right),
                    ("one event, ms", found.plain_one_row_ms, found.one_row_ms),
                    ("an event of many, ms", found.plain_each_row_ms, found.each_row_ms),
                ),
            ),
        ),
    )


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _timed(server: Server, rows: EncryptedRows) -> tuple[float, EncryptedOutputs]:
    started = time.perf_counter()
    outputs = server.score(rows)
    return time.perf_counter() - started, outputs
