"""Any file system that fsspec knows as a store of objects: gs://, abfs://, sftp://, webdav://, memory:// and more.

fsspec is an extra, and most of its file systems are packages of their own; what is missing says what to install.
Credentials come from where that file system looks for them (environment, its own configuration), never from the
address.
"""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from garrison.errors import RegistryError
from garrison.run.redaction import redact

_PIECE = 2**20


class FsspecObjects:
    """The files of a file system that fsspec opens by its address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.scheme = url.partition("://")[0]
        self._files = self._open()
        with self._errors():
            self._root = str(self._files._strip_protocol(url)).rstrip("/")

    def names(self, folder: str) -> list[str]:
        """The names of the files under ``folder/``; none where there is no such folder."""
        with self._errors():
            self._files.invalidate_cache()
            try:
                found = self._files.ls(self._path(folder), detail=False)
            except FileNotFoundError:
                return []
            return [str(each).rstrip("/").rpartition("/")[2] for each in found]

    def put(self, path: str, source: Path) -> None:
        """Store the content of a file."""
        with self._errors():
            self._files.makedirs(self._path(path).rpartition("/")[0], exist_ok=True)
            self._files.put_file(str(source), self._path(path))

    def create(self, path: str, content: bytes) -> bool:
        """Store ``content`` only if nothing is there.

        Many file systems write bit by bit. So the place is claimed with an empty file, which only one can create, and
        what is written under another name is moved in when it is whole.
        """
        target = self._path(path)
        with self._errors():
            self._files.makedirs(target.rpartition("/")[0], exist_ok=True)
            try:
                self._files.pipe_file(f"{target}.claim", b"", mode="create")
            except FileExistsError:
                return False
            except (NotImplementedError, TypeError, ValueError) as error:
                raise RegistryError(
                    f"{self.scheme}:// cannot create a file only where none is",
                    where=redact(self.url),
                    expected="a store in which two that push at once cannot take the same number",
                    remedy="choose another place, or a newer version of that file system's package",
                ) from error
            temporary = f"{target}.{secrets.token_hex(8)}.part"
            self._files.pipe_file(temporary, content)
            self._files.mv(temporary, target)
            return True

    def read(self, path: str) -> Iterator[bytes]:
        """The content of a file, in pieces."""
        with self._errors(), self._files.open(self._path(path), "rb") as file:
            while piece := file.read(_PIECE):
                yield piece

    def address(self, path: str) -> str:
        """The address of a file."""
        return redact(f"{self.url.rstrip('/')}/{path}")

    def _path(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _open(self) -> Any:
        try:
            import fsspec
        except ImportError as error:
            raise RegistryError(
                f"{self.scheme}:// needs fsspec, which is not installed",
                where=redact(self.url),
                remedy='pip install "garrison[fsspec]"',
            ) from error
        if self.scheme not in fsspec.available_protocols():
            raise RegistryError(
                f"no file system is called {self.scheme}://",
                where=redact(self.url),
                expected="a folder, file:///path, s3://bucket/prefix, mlflow: or models:/NAME, or an address that "
                "fsspec knows, such as gs:// or sftp://",
            )
        with self._errors():
            return fsspec.filesystem(self.scheme, **self._options(fsspec))

    def _options(self, fsspec: Any) -> dict[str, Any]:
        """What the address itself says of the file system, such as its host."""
        kind = fsspec.get_filesystem_class(self.scheme)
        return dict(kind._get_kwargs_from_urls(self.url))

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Say what the file system refused; its own text may repeat what was sent, so only its kind is kept."""
        try:
            yield
        except RegistryError:
            raise
        except ImportError as error:
            raise RegistryError(
                f"{self.scheme}:// needs a package that is not installed",
                where=redact(self.url),
                expected=redact(str(error)),
                remedy="install the package that is named there",
            ) from None
        except PermissionError:
            raise RegistryError(
                f"{self.scheme}:// refused the access",
                where=redact(self.url),
                expected="a place that can be listed, read and written with the credentials at hand",
                remedy="check the credentials and permissions of that file system",
            ) from None
        except Exception as error:
            raise RegistryError(
                f"{self.scheme}:// did not do what was asked ({type(error).__name__})",
                where=redact(self.url),
                expected="a file system that can be reached and written",
                remedy=redact(str(error).strip().partition("\n")[0])[:300]
                or "check the address and the network",
            ) from None
