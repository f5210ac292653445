"""A detector taken apart: what its client needs, and what its server needs, neither with the other's half."""

from pathlib import Path

from garrison.detection import Detector
from garrison.encrypted.client_part import ClientPart
from garrison.encrypted.encryptable import encryptable, without_weights
from garrison.encrypted.parameters import Parameters
from garrison.encrypted.server_part import ServerPart
from garrison.encrypted.terms import terms_for


def split(detector: Detector, *, parameters: Parameters | None = None) -> tuple[ClientPart, ServerPart]:
    """The two parts of a detector whose model is a circuit.

    ``ModelError`` for a model that cannot score encrypted rows, and for one that no safe parameters hold.
    """
    model = encryptable(detector.model, family=detector.family)
    terms = terms_for(model.circuit, parameters)
    client = ClientPart(
        name=detector.name,
        schema=detector.schema,
        processor=detector.processor,
        family=detector.family,
        model=without_weights(model),
        threshold=detector.threshold,
        terms=terms,
    )
    return client, ServerPart(model.circuit, terms)


def prepare(detector: Detector, *, client: Path, server: Path) -> tuple[ClientPart, ServerPart]:
    """Write the two parts into two folders; raises as ``split`` does, and what writing raises."""
    parts = split(detector)
    parts[0].save(client)
    parts[1].save(server)
    return parts
