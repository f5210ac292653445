"""`garrison doctor`: is this machine fit, and what is configured?"""

import os
import shutil
import sys
from importlib import util
from pathlib import Path

from garrison.cli.options import Workspace
from garrison.cli.tables import print_table
from garrison.errors import GarrisonError, OutputError

HERE = Path()
LEAST_FREE = 1 << 30


def doctor(workspace: Workspace = HERE) -> None:
    """Check Python, the workspace and the disk, and show what else is here; exit code 1 if something is wrong."""
    rows = [_python(), _workspace(workspace), _disk(workspace), _data(), _tracking(), _store(), *_extras()]
    print_table(["what", "verdict", "found"], rows)
    if any(verdict == "wrong" for _, verdict, _ in rows):
        raise GarrisonError("something on this machine is not fit", remedy="see the lines marked wrong above")


Row = tuple[str, str, str]


def _python() -> Row:
    fit = sys.version_info >= (3, 11)
    return "Python", "ok" if fit else "wrong", sys.version.split()[0] + ("" if fit else "; 3.11 is the least")


def _workspace(workspace: Path) -> Row:
    from garrison.files import atomic_file

    try:
        with atomic_file(workspace / "runs" / ".doctor") as temporary:
            temporary.write_text("ok", encoding="utf-8")
        (workspace / "runs" / ".doctor").unlink()
    except OutputError as error:
        return "workspace", "wrong", f"{workspace.resolve()}: {error.what}"
    return "workspace", "ok", str(workspace.resolve())


def _disk(workspace: Path) -> Row:
    free = shutil.disk_usage(workspace if workspace.exists() else Path()).free
    return "free disk", "ok" if free > LEAST_FREE else "wrong", f"{free / (1 << 30):.1f} GiB"


def _data() -> Row:
    from garrison.data.catalogue import datasets, locate

    here = [name for name in sorted(datasets()) if locate(name)]
    return "data sets", "ok", ", ".join(here)


def _tracking() -> Row:
    from garrison.run.logs import redact

    uri = os.environ.get("MLFLOW_TRACKING_URI")
    return "tracking", "ok", redact(uri) if uri else "runs/mlflow.db (MLFLOW_TRACKING_URI is not set)"


def _store() -> Row:
    import duckdb

    return "embedded store", "ok", f"DuckDB {duckdb.__version__}"


def _extras() -> list[Row]:
    extras = (
        ("distributed", ("dask", "distributed"), "work spread over machines with --scheduler"),
        ("mlflow-server", ("flask", "graphene"), "a full MLflow, to run its server here"),
        ("fsspec", ("fsspec",), "models on object storage and other file systems"),
        ("torch", ("torch", "safetensors"), "networks, and attacks on them"),
        ("encrypted", ("tenseal",), "scoring encrypted rows"),
        ("redis", ("redis",), "streams of Redis"),
        ("kafka", ("confluent_kafka",), "streams of Kafka"),
        ("federated", ("torch", "safetensors", "flwr", "opacus"), "parties that train together"),
        ("flower-simulation", ("ray",), "Flower's own simulation, beside ours"),
    )
    return [
        (f"extra {name}", "ok" if all(map(util.find_spec, modules)) else "absent", what)
        for name, modules, what in extras
    ]
