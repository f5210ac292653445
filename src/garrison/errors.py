"""Every way Garrison says no.

The whole tree, with the exit code the command line ends with::

    GarrisonError                 1   anything of ours that has no better name
    ├── UsageError                2   the command was asked for something it cannot do
    │   └── SettingsError         2   a setting is unknown, of the wrong type or out of range
    ├── CheckFailed               3   a validation check found something, and the run was told to stop
    ├── NotAccepted               4   the candidate was not better than the model in production
    ├── DataError                 5   the data cannot be used
    │   ├── SourceError           5   a file cannot be read as what it claims to be
    │   ├── SchemaError           6   columns, types or labels are not what the features file says
    │   └── DatasetError          7   a public data set is missing, or its digest is wrong
    ├── StoreError                8   the store failed
    │   ├── StoreUnreachable      8   no answer from the store
    │   ├── StoreRefused          9   the store refused the login
    │   └── StoreBusy            10   another process holds the embedded store
    ├── OutputError              11   a file or folder cannot be written (read-only, full)
    ├── RunBusy                  12   another process is working in this run's folder
    ├── IntegrityError           13   a digest does not match: the file was changed
    │   └── SignatureError       18   no trusted key has signed the model
    ├── TrackingError            14   the tracking server failed
    ├── ModelError               16   a model cannot be trained, saved or loaded
    ├── RegistryError            17   a model version cannot be pushed, promoted or found
    ├── FederationError          19   a party and its server do not reach, or do not trust, each other
    ├── EncryptionError          20   something encrypted does not fit the key, the parameters or the model
    ├── ClusterError             21   the Dask cluster is not there, has other versions, or went away
    └── Interrupted             130   Ctrl-C
"""

import contextlib
from collections.abc import Iterator
from typing import ClassVar


class GarrisonError(Exception):
    """What was wrong, where, what was expected, and what to do.

    >>> error = SourceError(
    ...     "the file is empty", where="events.csv", expected="a header line", remedy="check the export"
    ... )
    >>> print(error)
    the file is empty
      where: events.csv
      expected: a header line
      to do: check the export
    >>> error.exit_code
    5
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", expected: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.expected = expected
        self.remedy = remedy

    def __str__(self) -> str:
        """The error as a person reads it, one line a fact."""
        facts = [("where", self.where), ("expected", self.expected), ("to do", self.remedy)]
        return "\n".join([self.what, *(f"  {name}: {text}" for name, text in facts if text)])


@contextlib.contextmanager
def found_in(where: object) -> Iterator[None]:
    """Say where an error of what is done inside was found, if it does not say so itself.

    >>> with found_in("rows.enc"):
    ...     raise SourceError("a digest is wrong")
    Traceback (most recent call last):
    garrison.errors.SourceError: a digest is wrong
      where: rows.enc
    """
    try:
        yield
    except GarrisonError as error:
        error.where = error.where or str(where)
        raise


class UsageError(GarrisonError):
    """The command was asked for something it cannot do."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting is unknown, of the wrong type or out of range."""


class CheckFailed(GarrisonError):
    """A validation check found something, and the run was told to stop."""

    exit_code = 3


class NotAccepted(GarrisonError):
    """The candidate was not better than the model in production."""

    exit_code = 4


class DataError(GarrisonError):
    """The data cannot be used."""

    exit_code = 5


class SourceError(DataError):
    """A file cannot be read as what it claims to be."""


class SchemaError(DataError):
    """Columns, types or labels are not what the features file says."""

    exit_code = 6


class DatasetError(DataError):
    """A public data set is missing, or its digest is wrong."""

    exit_code = 7


class StoreError(GarrisonError):
    """The store failed."""

    exit_code = 8


class StoreUnreachable(StoreError):
    """No answer from the store."""


class StoreRefused(StoreError):
    """The store refused the login."""

    exit_code = 9


class StoreBusy(StoreError):
    """Another process holds the embedded store."""

    exit_code = 10


class OutputError(GarrisonError):
    """A file or folder cannot be written."""

    exit_code = 11


class RunBusy(GarrisonError):
    """Another process is working in this run's folder."""

    exit_code = 12


class IntegrityError(GarrisonError):
    """A digest does not match: the file was changed after it was written."""

    exit_code = 13


class SignatureError(IntegrityError):
    """No trusted key has signed the model, or its signature does not fit it."""

    exit_code = 18


class TrackingError(GarrisonError):
    """The tracking server failed."""

    exit_code = 14


class ModelError(GarrisonError):
    """A model cannot be trained, saved or loaded."""

    exit_code = 16


class RegistryError(GarrisonError):
    """A model version cannot be pushed, promoted or found."""

    exit_code = 17


class FederationError(GarrisonError):
    """A party and the server of a federation do not reach, or do not trust, each other."""

    exit_code = 19


class EncryptionError(GarrisonError):
    """Something encrypted does not fit the key, the parameters or the model at hand, or is a secret out of place."""

    exit_code = 20


class ClusterError(GarrisonError):
    """The Dask cluster cannot be reached, has no workers or other versions, or went away."""

    exit_code = 21


class Interrupted(GarrisonError):
    """The person pressed Ctrl-C; what was finished is kept."""

    exit_code = 130
