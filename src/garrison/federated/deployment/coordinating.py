"""The server of a federation over the network: Flower's SuperLink, the rounds, and the model at the end."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from garrison.errors import FederationError, UsageError
from garrison.federated.coordinator import Judge, OnRound, coordinate
from garrison.federated.deployment.farewell import say_farewell
from garrison.federated.deployment.server_address import Address
from garrison.federated.deployment.superlink import SuperLink, TlsFiles
from garrison.federated.exchange import Exchange, in_the_clear
from garrison.federated.plan import Plan
from garrison.federated.saved import save_model
from garrison.federated.trained import Trained
from garrison.files import output_errors
from garrison.run.lock import FolderLock

MODEL = "model"
_LOCK = ".lock"
_POLL_S = 0.5
_ANY = ("0.0.0.0", "::", "127.0.0.1", "::1")  # noqa: S104

Say = Callable[[str], None]


@dataclass(frozen=True)
class HowToServe:
    """Where the server listens, by which name it calls itself, and whom it waits for.

    ``reached_as`` is a name or address of its certificate by which this machine reaches itself; None: the address that
    it listens at, or localhost where that is any. It begins when
    ``parties`` are connected. ``noise_secret`` draws the noise of central privacy, as in ``coordinate``: give the same
    when the server is started again. ``party_keys`` is a folder of public keys ``NAME.pub``: then nobody else may take
    part.
    """

    listen: Address
    tls: TlsFiles
    parties: int
    reached_as: str | None = None
    party_keys: Path | None = None
    exchange: Exchange = field(default=in_the_clear)
    patience_s: float = 3600.0
    noise_secret: int | None = field(default=None, repr=False)


def serve_federation(
    plan: Plan,
    how: HowToServe,
    *,
    folder: Path,
    test: Judge | None = None,
    on_round: OnRound | None = None,
    say: Say,
) -> Trained:
    """Train ``plan`` with whoever connects, and save the model in ``folder/model``.

    The state is written to ``folder`` after every round; a server that was killed goes on after its last round when it
    is started again with the same folder and plan. ``say`` is told what a person wants to know.

    Raises ``FederationError`` when the server cannot listen, or too few parties come in time; see ``coordinate`` for
    the rest.
    """
    if how.parties < plan.minimum_parties:
        raise UsageError(
            f"the server begins with {how.parties} parties, and a round needs {plan.minimum_parties}",
            expected="parties to wait for, as many as minimum_parties or more",
        )
    keys = _party_keys(how.party_keys) if how.party_keys is not None else None
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(folder / _LOCK):
        link = SuperLink(
            how.listen,
            how.tls,
            reached=Address(how.reached_as or _own_name(how.listen), how.listen.port),
            folder=folder,
            party_keys=keys,
        )
        try:
            say(f"listening at {how.listen}" + (f"; known parties: {', '.join(keys)}" if keys else ""))
            grid = link.start_run()
            logging.getLogger("flwr").setLevel(
                logging.ERROR
            )  # here, as Flower sets another one when it is imported
            _wait_for_parties(grid, how, say)
            trained = coordinate(
                grid,
                plan,
                test=test,
                folder=folder,
                exchange=how.exchange,
                noise_secret=how.noise_secret,
                on_round=on_round,
            )
            save_model(trained.model, folder / MODEL)
            say_farewell(grid)
            grid.finish()
        finally:
            link.stop()
    return trained


def _own_name(listen: Address) -> str:
    return "localhost" if listen.host in _ANY else listen.host


def _wait_for_parties(grid: object, how: HowToServe, say: Say) -> None:
    end, told = time.monotonic() + how.patience_s, -1
    while (there := len(grid.get_node_ids())) < how.parties:  # type: ignore[attr-defined]
        if there != told:
            say(f"{there} of {how.parties} parties are connected; waiting")
            told = there
        if time.monotonic() > end:
            raise FederationError(
                f"{there} of {how.parties} parties have come within {how.patience_s:g} s",
                where=str(how.listen),
                remedy="start the others: garrison federated party --data-dir … --server …",
            )
        time.sleep(_POLL_S)


def _party_keys(folder: Path) -> dict[str, bytes]:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from garrison.federated.secure_aggregation import read_known_parties

    return {
        name: key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        for name, key in read_known_parties(folder).keys.items()
    }
