"""The models that are served: loaded whole, replaced in one step, and never by one that cannot be loaded."""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from garrison.detection import load_detector
from garrison.detection.integrity import DIGEST
from garrison.errors import GarrisonError, IntegrityError, ModelError, UsageError
from garrison.registry import FoundModel, LocalRegistry, resolve_model
from garrison.registry.address import parse_address, saved_in
from garrison.serving.http.metrics import Metrics
from garrison.serving.http.problems import Refused
from garrison.serving.http.scorer import Scorer

SLOWEST_RETRY = 60.0
"""Seconds at most between two tries to load a version that could not be loaded."""

Verify = Callable[[Path], str]
"""The digest of what may be loaded from a model's folder; raises where it may not be served."""


@dataclass(frozen=True)
class Served:
    """One version of a model, ready to score; whoever began with it goes on with it when it is replaced."""

    name: str
    address: str
    found: FoundModel
    digest: str
    scorer: Scorer
    loaded: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    @property
    def version(self) -> int | None:
        """Its number in the registry; None for one that stands in no registry."""
        return self.found.version

    def to_dict(self) -> dict[str, Any]:
        """What ``GET /v1/model`` says of it."""
        detector = self.scorer.detector
        return {
            "name": self.name,
            "address": self.address,
            "version": self.version,
            "stage": self.found.stage,
            "digest": self.digest,
            "loaded": self.loaded,
            "family": detector.family,
            "threshold": {"value": detector.threshold.value, "rule": detector.threshold.rule},
            "features": list(detector.processor.names),
            "fields": [
                {
                    "name": column.name,
                    "type": column.type,
                    "role": column.role,
                    "optional": column.optional,
                    "nullable": column.nullable,
                    "meaning": column.meaning,
                }
                for column in detector.schema.kept(with_label=False)
            ],
            "remembers_past": self.scorer.past is not None,
            "measures": detector.measures,
            "caveats": list(detector.caveats),
            "versions": detector.versions,
            "training_fingerprint": detector.training_fingerprint,
        }


@dataclass
class _Failure:
    """What could not be loaded, and when it is tried again."""

    target: str
    error: GarrisonError
    again: float
    wait: float


class Models:
    """Every model of the service, by name; the first is asked where a request names none.

    A reload loads and warms the new version beside the old one, and then puts it in its place. Raises at the start
    where a model cannot be loaded; later the old version goes on, and ``failure`` says why.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        *,
        root: Path,
        metrics: Metrics,
        remember_past: bool = True,
        verify: Verify | None = None,
        may_be_none: bool = False,
    ) -> None:
        if not addresses and not may_be_none:
            raise UsageError(
                "no model is named",
                expected="--model production/NAME, once or more",
                remedy="garrison models list",
            )
        self.root = root
        self._metrics = metrics
        self._remember_past = remember_past
        self._verify = verify or stated_digest
        self._turn = threading.Lock()
        self._failures: dict[str, _Failure] = {}
        self._served: dict[str, Served] = {}
        for address in addresses:
            served = self._load(address, before=None)
            if served.name in self._served:
                raise UsageError(
                    f"two models are called {served.name!r}",
                    where=f"{self._served[served.name].address} and {address}",
                    expected="models of different names",
                    remedy="serve them by two services",
                )
            self._put(served)
        self.default = next(iter(self._served), "")

    @property
    def all(self) -> Mapping[str, Served]:
        """The versions served now, by the name of their model."""
        return self._served

    def get(self, name: str | None) -> Served:
        """The version served now of a model, or of the default one; ``Refused`` where the name is not served."""
        served = self._served.get(name or self.default)
        if served is None:
            raise Refused(
                "no-such-model",
                f"no model called {str(name)[:100]!r} is served",
                where="model",
                expected="one of " + ", ".join(self._served),
            )
        return served

    def failure(self, name: str) -> GarrisonError | None:
        """Why the newest version is not the one that is served, if so."""
        failure = self._failures.get(name)
        return failure.error if failure else None

    def reload(self, name: str | None = None) -> tuple[Served, ...]:
        """Load models anew from their addresses, whether or not their versions changed; those that were put in place.

        ``Refused`` when one cannot be loaded; the old version of it goes on.
        """
        names = [self.get(name).name] if name else list(self._served)
        return tuple(self._replace(each, self._target(each)) for each in names)

    def look(self) -> tuple[Served, ...]:
        """Replace each model whose address now leads to another version; one that failed is tried again, ever later."""
        replaced = []
        for name in self._served:
            try:
                target = self._target(name)
            except GarrisonError as error:
                self._note(name, "", error)
                continue
            failure = self._failures.get(name)
            if target == self._current(name):
                self._failures.pop(name, None)
            elif not (failure and failure.target == target and time.monotonic() < failure.again):
                with contextlib.suppress(Refused):
                    replaced.append(self._replace(name, target))
        return tuple(replaced)

    def _current(self, name: str) -> str:
        served = self._served[name]
        return str(served.version or served.digest)

    def _target(self, name: str) -> str:
        """What the address leads to now, as cheaply as that can be told: a version's number, or a folder's digest."""
        served = self._served[name]
        if served.found.stage is None:
            return stated_digest(served.found.folder)
        if saved_in(served.address) is not None:
            return str(served.version)
        stage, model, number = parse_address(served.address)
        if number is not None:
            return str(number)
        current = LocalRegistry(self.root).current(model, stage or "production")
        return str(current.version) if current else str(served.version)

    def _replace(self, name: str, target: str) -> Served:
        with self._turn:
            old = self._served[name]
            try:
                served = self._load(old.address, before=old)
                if served.name != name:
                    raise UsageError(
                        f"the model at this address is now called {served.name!r}",
                        where=old.address,
                        expected=f"a model called {name!r}",
                        remedy="start the service again to serve it under its new name",
                    )
            except Exception as fault:
                error = fault if isinstance(fault, GarrisonError) else _unknown(fault, old.address)
                self._note(name, target, error)
                self._metrics.reloads.labels(model=name, outcome="failed").inc()
                raise Refused(
                    "not-loaded",
                    f"{old.address} cannot be loaded: {error.what}",
                    where=error.where,
                    expected=error.expected,
                    remedy=error.remedy,
                ) from error
            self._put(served)
            self._failures.pop(name, None)
            self._metrics.reloads.labels(model=name, outcome="loaded").inc()
            return served

    def _note(self, name: str, target: str, error: GarrisonError) -> None:
        before = self._failures.get(name)
        again = before is not None and before.target == target
        if before and again and time.monotonic() < before.again:
            return
        wait = min(2 * before.wait, SLOWEST_RETRY) if before and again else 1.0
        self._failures[name] = _Failure(target, error, time.monotonic() + wait, wait)

    def _load(self, address: str, *, before: Served | None) -> Served:
        found = resolve_model(address, root=self.root)
        digest = self._verify(found.folder)
        detector = load_detector(found.folder, digest=digest)
        scorer = Scorer(detector, remember_past=self._remember_past, before=before.scorer if before else None)
        scorer.warm()
        return Served(found.name, address, found, digest, scorer)

    def _put(self, served: Served) -> None:
        old = self._served.get(served.name)
        self._served = {**self._served, served.name: served}
        if old is not None:
            self._metrics.model.remove(served.name, str(old.version or old.digest[:8]), old.found.stage or "")
        self._metrics.model.labels(
            served.name, str(served.version or served.digest[:8]), served.found.stage or ""
        ).set(1)
        self._metrics.loaded.labels(served.name).set_to_current_time()


def stated_digest(folder: Path) -> str:
    """The digest that a detector's folder states; the loading verifies it."""
    try:
        return (folder / DIGEST).read_text(encoding="ascii")[:64]
    except (OSError, ValueError) as error:
        raise IntegrityError(f"{DIGEST} cannot be read", where=str(folder / DIGEST)) from error


def _unknown(fault: Exception, address: str) -> ModelError:
    return ModelError(f"the model cannot be loaded: {type(fault).__name__}", where=address)
