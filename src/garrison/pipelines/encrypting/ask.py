"""Events to scores in one go, by a service that sees neither."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from garrison.encrypted import Client, ClientPart, RemoteServer, asker
from garrison.errors import EncryptionError
from garrison.files import sha256_of
from garrison.pipelines.scoring import input_of
from garrison.serving.batch import Scored, score_batch


def ask_events(
    url: str,
    client: Path,
    keys: Path,
    data: str,
    out: Path,
    *,
    workspace: Path,
    collection: str | None = None,
    format: str | None = None,
    keep: Sequence[str] = (),
) -> Scored:
    """Encrypt ``data``, have it scored by the service at ``url``, and decrypt the scores into ``out``.

    As ``score_events`` does: what is broken off goes on where it was, and refused rows are kept with the reason.
    """
    part = ClientPart.load(client)
    holder = Client.load(keys, part.terms)
    with contextlib.closing(RemoteServer(url)) as server:
        served = server.terms()
        if served != part.terms:
            raise EncryptionError(
                f"the service has the model {served.model[:16]}",
                where=url,
                expected=f"the model {part.terms.model[:16]}, with its parameters",
                remedy="take the client's part of the model that is served there",
            )
        detector = part.detector(asker(holder, server, part.limits))
        batch_rows = part.terms.parameters.slots
        found = input_of(
            data,
            detector,
            workspace=workspace,
            collection=collection,
            format=format,
            keep=keep,
            batch_rows=batch_rows,
        )
        identity = sha256_of(client / "manifest.json")
        return score_batch(detector, found, out, keep=keep, batch_rows=batch_rows, identity=identity)
