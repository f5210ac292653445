"""What a result was made from: versions, commit, and the fingerprint of a table."""

import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_PACKAGES = (
    "duckdb",
    "garrison",
    "lightgbm",
    "mlflow-skinny",
    "numpy",
    "optuna",
    "pyarrow",
    "pymongo",
    "river",
    "scikit-learn",
    "scipy",
    "skops",
    "xgboost-cpu",
)
EXTRA_PACKAGES = ("distributed", "flwr", "opacus", "safetensors", "tenseal", "torch")
"""What the extras bring that results may depend on: a detector's do not, whether they are installed or not."""

_WINDOW_ROWS = 65_536


def versions(*more: str) -> dict[str, str]:
    """The versions of Python, of the packages that every result depends on, and of ``more``, by name.

    Absent ones are left out.

    >>> versions()["garrison"] == importlib.metadata.version("garrison")
    True
    >>> "nothing-of-this-name" in versions("nothing-of-this-name")
    False
    """
    found = {"python": platform.python_version()}
    for package in sorted({*_PACKAGES, *more}):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def git_commit(folder: Path) -> str | None:
    """The commit checked out in ``folder``, with ``-dirty`` when tracked files differ; None outside git."""
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if not commit:
        return None
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return f"{commit}-dirty" if changes else commit


def table_fingerprint(table: "pa.Table") -> str:
    """The SHA-256 of a table's names, types, order and values, as 64 hexadecimal digits.

    How the table is cut into chunks, what lies under a null, and the schema's metadata do not count.

    >>> import pyarrow as pa
    >>> whole = pa.table({"a": [1, 2, None]})
    >>> pieces = pa.concat_tables([whole.slice(0, 1), whole.slice(1)])
    >>> table_fingerprint(whole) == table_fingerprint(pieces)
    True
    """
    digest = hashlib.sha256()
    schema = [[field.name, str(field.type)] for field in table.schema]
    digest.update(json.dumps([table.num_rows, schema]).encode())
    for start in range(0, table.num_rows, _WINDOW_ROWS):
        window = table.slice(start, _WINDOW_ROWS)
        for column in window.columns:
            _add_values(digest, column)
    return digest.hexdigest()


def _add_values(digest: "hashlib._Hash", column: "pa.ChunkedArray") -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    values = pa.concat_arrays(column.chunks)
    kind = values.type
    digest.update(np.packbits(values.is_null().to_numpy(zero_copy_only=False)).tobytes())
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        zero = pa.scalar(0).cast(kind)
        digest.update(values.fill_null(zero).to_numpy(zero_copy_only=False).tobytes())
    elif pa.types.is_timestamp(kind) or pa.types.is_date64(kind):
        digest.update(values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False).tobytes())
    elif kind in (pa.string(), pa.large_string(), pa.binary(), pa.large_binary()):
        plain = values.cast(pa.large_binary()).fill_null(b"")
        digest.update(pc.binary_length(plain).to_numpy(zero_copy_only=False).astype(np.int64).tobytes())
        digest.update(b"".join(plain.to_pylist()))
    else:
        digest.update(json.dumps([repr(value) for value in values.to_pylist()]).encode())


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        answer = subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *arguments],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return answer.stdout.strip()
