"""`garrison federated`: parties on machines of their own that train one model together."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from garrison.cli.group import group
from garrison.cli.options import Workspace

HERE = Path()

app = group("Parties on machines of their own that train together: certificates, split, server, party.")

Certificates = Annotated[
    Path, typer.Option("--certificates", help="The folder that `garrison federated certificates` made.")
]


@app.command()
def certificates(
    out: Annotated[Path, typer.Option(help="The folder to make; keys in it are never replaced.")],
    host: Annotated[
        list[str],
        typer.Option(help="A name or address by which parties reach the server; may be repeated."),
    ],
    party: Annotated[
        list[str] | None,
        typer.Option(
            help="A party that gets a key of its own, by which the server knows it; may be repeated."
        ),
    ] = None,
    days: Annotated[int, typer.Option(help="How long they are valid.", min=1, max=3650)] = 365,
) -> None:
    """Make an authority, the server's certificate, and a key for each party that is named."""
    from garrison.federated.deployment.certificates import CA, CA_KEY, PARTIES, make_certificates

    made = make_certificates(out, hosts=host, parties=party or (), days=days)
    typer.echo(
        f"server:    server.crt and server.key, for {', '.join(made.hosts)}, until {made.until:%Y-%m-%d}"
    )
    typer.echo(f"parties:   give each {out / CA}")
    for name in made.parties:
        typer.echo(f"  {name}: its key {out / PARTIES / f'{name}.key'}, for it alone")
    typer.echo(f"keep:      {out / CA_KEY} makes further certificates; move it off this machine")


@app.command()
def split(
    out: Annotated[
        Path, typer.Option(help="The folder to make: one folder a party, and server/ to judge by.")
    ],
    data: Annotated[str, typer.Option(help="mnist or digits.")] = "digits",
    parties: Annotated[int, typer.Option(help="How many parties.", min=1)] = 3,
    partition: Annotated[
        Literal["iid", "two_digits", "dirichlet"], typer.Option(help="Who gets which records.")
    ] = "iid",
    seed: Annotated[int, typer.Option(help="The seed of the draw.", min=0)] = 0,
) -> None:
    """Deal a data set out to folders, one a party, to try a federation with."""
    from garrison.federated.deployment.party_folder import Records, write_records, write_split
    from garrison.federated.images import read_images
    from garrison.federated.partitions import PARTITIONS

    images = read_images(data)
    rows = PARTITIONS[partition](images.y, parties=parties, seed=seed)
    made = write_split(out, images.x, images.y, rows)
    write_records(out / "server", Records("server", images.test_x, images.test_y))
    for folder, each in zip(made, rows, strict=True):
        typer.echo(f"{folder}: {len(each):,} records")
    typer.echo(f"{out / 'server'}: {len(images.test_y):,} records that the server judges the model by")


@app.command()
def server(
    out: Annotated[
        Path, typer.Option(help="The folder of the rounds and the model; one that is there goes on.")
    ],
    certificates: Certificates,
    data_dir: Annotated[Path, typer.Option(help="The records that the model is judged by: x.npy and y.npy.")],
    classes: Annotated[
        int | None, typer.Option(help="How many classes there are; default: as in --data-dir.", min=2)
    ] = None,
    listen: Annotated[str, typer.Option(help="The address to listen at.")] = "0.0.0.0:9443",
    reached_as: Annotated[
        str | None,
        typer.Option(
            help="A host of the certificate by which this machine reaches itself;"
            " default: that of --listen, or localhost."
        ),
    ] = None,
    parties: Annotated[int, typer.Option(help="Begin when so many are connected.", min=1)] = 3,
    minimum_parties: Annotated[
        int | None,
        typer.Option(help="Give up when a round has fewer usable updates; default: two thirds.", min=1),
    ] = None,
    party_keys: Annotated[
        Path | None, typer.Option(help="A folder of public keys NAME.pub: nobody else may take part.")
    ] = None,
    network: Annotated[str, typer.Option(help="mlp, cnn, tanh_cnn or rows.")] = "cnn",
    rounds: Annotated[int, typer.Option(help="How many rounds.", min=1)] = 10,
    strategy: Annotated[
        str, typer.Option(help="fedavg, fedavgm, fedprox, fedadam, krum, trimmed_mean or median.")
    ] = "fedavg",
    fraction: Annotated[float, typer.Option(help="The share of the parties asked in a round.")] = 1.0,
    epochs: Annotated[int, typer.Option(help="A party's epochs in a round.", min=1)] = 1,
    batch: Annotated[int, typer.Option(help="A party's batch.", min=1)] = 10,
    learning_rate: Annotated[float, typer.Option(help="A party's learning rate.")] = 0.05,
    epsilon: Annotated[
        float | None,
        typer.Option(help="Let the parties train with differential privacy, at most this epsilon."),
    ] = None,
    delta: Annotated[float, typer.Option(help="The delta that goes with it.")] = 1e-5,
    secure: Annotated[
        bool,
        typer.Option("--secure", help="See the parties' sum alone (secure aggregation).", show_default=False),
    ] = False,
    round_timeout: Annotated[
        float, typer.Option(help="Seconds that a round waits for a party.", min=1)
    ] = 600.0,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the parties to come.", min=1)] = 3600.0,
    seed: Annotated[int, typer.Option(help="The seed of the first weights and of who is asked.", min=0)] = 0,
) -> None:
    """Train a model with the parties that connect. Killed and started again, it goes on after its last round."""
    from garrison.errors import UsageError
    from garrison.federated.deployment.certificates import CA, SERVER, SERVER_KEY
    from garrison.federated.deployment.coordinating import MODEL, HowToServe, serve_federation
    from garrison.federated.deployment.party_folder import read_records
    from garrison.federated.deployment.server_address import parse_address
    from garrison.federated.deployment.superlink import TlsFiles
    from garrison.federated.exchange import in_the_clear
    from garrison.federated.extra import need
    from garrison.federated.local_training import LocalTraining
    from garrison.federated.networks import NETWORKS
    from garrison.federated.party_privacy import PartyPrivacy
    from garrison.federated.plan import Plan
    from garrison.federated.secure_aggregation import MaskedExchange, Terms, check_maskable

    need("torch", "safetensors", "flwr")
    judge = read_records(data_dir)
    least = minimum_parties if minimum_parties is not None else max(1, -(-2 * parties // 3))
    there = int(judge.y.max()) + 1
    if classes is not None and classes < there:
        raise UsageError(
            f"--classes {classes}, and there is a class {there - 1} in {data_dir}",
            expected=f"{there} or more",
        )
    private = PartyPrivacy(target_epsilon=epsilon, delta=delta) if epsilon is not None else None
    plan = Plan(
        network=network,
        shape=tuple(judge.x.shape[1:]),
        classes=classes or there,
        rounds=rounds,
        how=LocalTraining(epochs=epochs, batch=batch, learning_rate=learning_rate, private=private),
        strategy=strategy,
        fraction=fraction,
        minimum_parties=least,
        patience_s=round_timeout,
        seed=seed,
    )
    if network not in NETWORKS:
        raise UsageError(f"no network is called {network!r}", expected=f"one of {', '.join(NETWORKS)}")
    if secure:
        check_maskable(plan)
        if parties < Terms().fewest:
            raise UsageError(
                f"--secure with {parties} parties",
                expected=f"{Terms().fewest} or more: of a sum of two, each party knows the other's part",
            )
    how = HowToServe(
        listen=parse_address(listen),
        tls=TlsFiles(certificates / CA, certificates / SERVER, certificates / SERVER_KEY),
        parties=parties,
        reached_as=reached_as,
        party_keys=party_keys,
        exchange=MaskedExchange(told=_say_server) if secure else in_the_clear,
        patience_s=wait,
    )
    from garrison.cli.rounds_table import RoundsTable

    with RoundsTable(rounds) as table:
        trained = serve_federation(
            plan, how, folder=out, test=(judge.x, judge.y), on_round=table.add, say=_say_server
        )
    typer.echo(f"model:    {out / MODEL}")
    if trained.accuracy is not None:
        typer.echo(f"accuracy: {trained.accuracy:.4f} on {len(judge.y):,} records of {data_dir}")
    if trained.spent is not None:
        typer.echo(f"privacy:  epsilon {trained.spent.epsilon:.2f} at delta {trained.spent.delta:g}")


@app.command()
def party(
    data_dir: Annotated[
        Path, typer.Option(help="The party's records: x.npy and y.npy. They are read here and sent nowhere.")
    ],
    server: Annotated[str, typer.Option(help="HOST:PORT of the server.")],
    ca: Annotated[Path, typer.Option(help="ca.crt, from who runs the server.")],
    name: Annotated[str | None, typer.Option(help="The party's name; default: that of its folder.")] = None,
    key: Annotated[
        Path | None, typer.Option(help="The party's own key, where the server wants to know its parties.")
    ] = None,
    secure: Annotated[
        bool,
        typer.Option(
            "--secure", help="Send no update but behind masks (secure aggregation).", show_default=False
        ),
    ] = False,
    known_parties: Annotated[
        Path | None,
        typer.Option(help="With --secure: a folder of public keys NAME.pub; sum up with these parties only."),
    ] = None,
    fewest: Annotated[
        int, typer.Option(help="With --secure: sum up with so many parties or more.", min=3)
    ] = 3,
    most_epsilon: Annotated[
        float | None, typer.Option(help="Train with differential privacy only, up to this epsilon.")
    ] = None,
    give_up_after: Annotated[
        float | None, typer.Option(help="End with an error after so many seconds without the server.", min=1)
    ] = None,
    workspace: Workspace = HERE,
) -> None:
    """Take part in a federation until the server says good-bye. A server that is not there is waited for."""
    from garrison.errors import UsageError
    from garrison.federated.deployment.party_folder import read_records
    from garrison.federated.deployment.server_address import parse_address
    from garrison.federated.deployment.taking_part import HowToTakePart, take_part
    from garrison.federated.extra import need
    from garrison.federated.secure_aggregation import Masking, read_identity, read_known_parties

    if known_parties is not None and not (secure and key is not None):
        raise UsageError(
            "--known-parties was given without --secure and --key",
            expected="all three: the parties show each other who they are in secure aggregation",
        )
    need("torch", "flwr")
    one = read_records(data_dir).as_party(name)
    identity = read_identity(key) if key is not None else None
    masking = (
        Masking(
            fewest=fewest,
            identity=identity,
            known=read_known_parties(known_parties) if known_parties is not None else None,
        )
        if secure
        else None
    )
    how = HowToTakePart(
        server=parse_address(server),
        ca=ca,
        key=key,
        masking=masking,
        most_epsilon=most_epsilon,
        give_up_after_s=give_up_after,
    )
    _say(f"{one.name}: {len(one.y):,} records of shape {tuple(one.x.shape[1:])}")
    rounds = take_part(one, how, folder=workspace / "federation" / one.name, say=_say)
    _say(f"the federation is finished; this party trained in {rounds} rounds")


def _say(text: str) -> None:
    from garrison.progress import say

    say(f"garrison federated party: {text}")


def _say_server(text: str) -> None:
    from garrison.progress import say

    say(f"garrison federated server: {text}")
