"""A cluster that speaks TLS alone, with certificates in Dask's own settings, as docs/cluster.md says."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="a cluster needs Dask: pip install 'garrison[distributed]'")

import dask
from dask_place import scheduler, workers

from garrison.errors import ClusterError
from garrison.spread import Cluster, on_cluster, run_all

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificates with openssl"),
]


def openssl(folder: Path, *asked: str) -> None:
    subprocess.run(["openssl", *asked], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings of a client that the cluster trusts; the same is in the environment of every process started."""
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl(tmp_path, "req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=ours")
    openssl(tmp_path, "req", *new, "-keyout", "own.key", "-out", "own.csr", "-subj", "/CN=a machine")
    signed = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-out", "own.crt")
    openssl(tmp_path, "x509", "-req", "-in", "own.csr", *signed)
    names = {"distributed.comm.tls.ca-file": str(tmp_path / "ca.crt")}
    for role in ("scheduler", "worker", "client"):
        names[f"distributed.comm.tls.{role}.cert"] = str(tmp_path / "own.crt")
        names[f"distributed.comm.tls.{role}.key"] = str(tmp_path / "own.key")
    for name, value in {**names, "distributed.comm.require-encryption": "true"}.items():
        monkeypatch.setenv("DASK_" + name.replace(".", "__").replace("-", "_").upper(), value)
    return names


def test_tasks_go_over_tls_and_to_nobody_without_a_certificate(
    settings: dict[str, str], tmp_path: Path
) -> None:
    with scheduler(tmp_path, "--protocol", "tls") as (address, _):
        assert address.startswith("tls://")
        with workers(tmp_path, address, count=1), dask.config.set(settings), on_cluster(address):
            assert run_all(divmod, [(17, 5), (9, 4)], jobs=1, title="dividing", anywhere=True) == [
                (3, 2),
                (2, 1),
            ]
            assert os.getpid() not in run_all(os.getpid, [()], jobs=1, title="naming", anywhere=True)
        for where in (address, address.replace("tls://", "tcp://")):
            with pytest.raises(ClusterError, match="no Dask scheduler answers"):
                Cluster(where)
