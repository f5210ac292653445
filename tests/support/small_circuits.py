"""Small circuits and key pairs for tests of encrypted scoring, made once a process: keys are what takes time."""

import functools

import numpy as np

from garrison.detection.circuit import Circuit, Dense, Floats, Square
from garrison.encrypted import Client, Server, terms_for


@functools.cache
def line(inputs: int = 30) -> Circuit:
    """One weighted sum, some of whose weights are zero."""
    draw = np.random.default_rng(inputs)
    weights = draw.normal(size=(1, inputs))
    weights[0, 1::7] = 0.0
    return Circuit((Dense(weights, np.array([0.5])),), limits=np.full(inputs, 2.0))


@functools.cache
def network() -> Circuit:
    """Two weighted sums with squares between; a hidden number that is the same for every row, and one not used."""
    draw = np.random.default_rng(1)
    first, last = draw.normal(size=(4, 5)) / 3, draw.normal(size=(2, 4))
    first[2] = 0.0
    last[:, 1] = 0.0
    return Circuit(
        (Dense(first, draw.normal(size=4)), Square(), Dense(last, np.array([0.25, -1.0]))), limits=np.ones(5)
    )


@functools.cache
def client_of(circuit: Circuit) -> Client:
    """A client of the circuit, the same for all tests."""
    return Client.create(terms_for(circuit))


def server_of(circuit: Circuit) -> Server:
    """A server of the circuit that knows no keys yet."""
    return Server(circuit, terms_for(circuit))


def rows_of(circuit: Circuit, count: int, *, seed: int = 0) -> Floats:
    """Rows anywhere within the limits."""
    draw = np.random.default_rng(seed)
    return draw.uniform(-1, 1, size=(count, circuit.inputs)) * circuit.limits
