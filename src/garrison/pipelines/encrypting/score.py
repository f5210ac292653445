"""A file of encrypted rows to a file of encrypted outputs, by a prepared model here or by a service."""

import contextlib
import re
import time
from dataclasses import dataclass
from pathlib import Path

from garrison.encrypted import EncryptedRows, EvaluationKeys, RemoteServer, Server, ServerPart
from garrison.encrypted.asking import Scorer
from garrison.encrypted.key_files import read_evaluation_keys
from garrison.encrypted.key_store import UnknownKeys
from garrison.encrypted.message_file import messages_in, writing
from garrison.errors import EncryptionError, UsageError, found_in
from garrison.files import keep_apart
from garrison.progress import progress

_ADDRESS = re.compile(r"[\w.-]+:\d+(/.*)?")


@dataclass(frozen=True)
class ScoredMessages:
    """A file of encrypted outputs; ``seconds`` from the first to the last byte."""

    path: Path
    rows: int
    bytes: int
    seconds: float


def score_messages(server: str, rows: Path, evaluation_keys: Path | None, out: Path) -> ScoredMessages:
    """Score the encrypted rows in ``rows`` into ``out``; ``server`` is a server's part, or the URL of a service.

    ``evaluation_keys`` is a file of evaluation keys; a service may know them already. No secret is looked for.
    """
    keep_apart(out, rows, evaluation_keys)
    keys = None if evaluation_keys is None else read_evaluation_keys(evaluation_keys)
    started, count = time.perf_counter(), 0
    with contextlib.ExitStack() as stack:
        scorer: Scorer
        if "://" in server:
            scorer = stack.enter_context(RemoteServer(server))
        elif not Path(server).exists() and _ADDRESS.fullmatch(server):
            raise UsageError(
                "there is no such folder",
                where=server,
                remedy=f"a service is given by its URL: http://{server}",
            )
        else:
            part = ServerPart.load(Path(server))
            scorer = Server(part.circuit, part.terms)
        messages = stack.enter_context(contextlib.closing(messages_in(rows)))
        add = stack.enter_context(writing(out))
        advance = stack.enter_context(progress("scoring"))
        for message in messages:
            with found_in(rows):
                encrypted = EncryptedRows.from_bytes(message)
                add(_scored(scorer, encrypted, keys))
            count += encrypted.rows
            advance(encrypted.rows)
        if not count:
            raise EncryptionError("the file holds no rows", where=str(rows), remedy="encrypt some")
    return ScoredMessages(out, count, out.stat().st_size, time.perf_counter() - started)


def _scored(scorer: Scorer, rows: EncryptedRows, keys: EvaluationKeys | None) -> bytes:
    try:
        return scorer.score(rows).to_bytes()
    except UnknownKeys as error:
        if keys is None:
            error.remedy = (
                "give --evaluation-keys; after a rotation, encrypt the rows again under the new keys"
            )
            raise
        if keys.fingerprint != rows.fingerprint:
            raise EncryptionError(
                f"the rows are encrypted under the keys {rows.fingerprint[:16]}",
                expected=f"rows under the keys {keys.fingerprint[:16]}, which were given",
                remedy="give the evaluation keys the rows were made with; after a rotation, encrypt the rows again",
            ) from None
        scorer.accept(keys)
        return scorer.score(rows).to_bytes()
