"""A detector by its name, taken apart into the client's and the server's folder."""

from pathlib import Path

from garrison.detection import load_detector
from garrison.encrypted import ClientPart, ServerPart, prepare
from garrison.errors import UsageError
from garrison.registry.address import find_model


def prepare_model(
    model: str, *, client: Path, server: Path, workspace: Path
) -> tuple[ClientPart, ServerPart]:
    """Prepare a detector for encrypted rows; ``model`` is a folder, a name, or NAME@VERSION.

    ``ModelError`` for a detector whose model is no circuit, and for one that no safe parameters hold.
    """
    if client.resolve().is_relative_to(server.resolve()) or server.resolve().is_relative_to(client.resolve()):
        raise UsageError(
            "the client's and the server's part are to lie in one folder, or one within the other",
            where=str(client),
            expected="two folders: each goes to another",
        )
    return prepare(load_detector(find_model(model, root=workspace / "models")), client=client, server=server)
