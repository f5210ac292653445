"""DuckDB's errors as ours."""

from pathlib import Path

import duckdb
import pytest

from garrison.data.duckdb_errors import duckdb_errors
from garrison.errors import GarrisonError, OutputError, StoreError

PLACE = Path("store.duckdb")


def failed(text: str) -> StoreError:
    return StoreError(f"it failed: {text}")


def test_an_error_of_duckdb_becomes_what_the_caller_makes_of_its_first_line() -> None:
    with (
        pytest.raises(StoreError, match=r"it failed: .*nowhere") as caught,
        duckdb_errors(PLACE, cannot="cannot write", failed=failed),
    ):
        duckdb.sql("SELECT * FROM nowhere")
    assert "\n" not in caught.value.what
    assert isinstance(caught.value.__cause__, duckdb.Error)


@pytest.mark.parametrize(
    "text",
    ["IO Error: No space left on device", "Permission denied", "Read-only file system", "in read-only mode"],
)
def test_what_cannot_be_written_is_an_output_error_with_its_place(text: str) -> None:
    with (
        pytest.raises(OutputError, match="cannot write") as caught,
        duckdb_errors(PLACE, cannot="cannot write", failed=failed),
    ):
        raise duckdb.IOException(f"{text}\nmore")
    assert caught.value.where == str(PLACE)


def test_an_interruption_stays_one() -> None:
    with pytest.raises(KeyboardInterrupt), duckdb_errors(PLACE, cannot="cannot write", failed=failed):
        raise duckdb.InterruptException("INTERRUPT Error: Interrupted!")


def test_other_errors_pass() -> None:
    with (
        pytest.raises(GarrisonError, match="mine"),
        duckdb_errors(PLACE, cannot="cannot write", failed=failed),
    ):
        raise GarrisonError("mine")
