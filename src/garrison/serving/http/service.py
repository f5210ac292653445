"""The service as one thing: what is served, to whom, and what becomes of it; the addresses are made of this."""

import asyncio
import contextlib
import threading
from pathlib import Path

from garrison.data.pseudonym_key import PLACE as PSEUDONYM_KEY
from garrison.data.pseudonym_key import read_key
from garrison.data.pseudonyms import Pseudonyms
from garrison.data.stores import open_store
from garrison.encrypted import Server, ServerPart
from garrison.monitoring import BackgroundLog, ScoredLog, StoreLog
from garrison.registry import require_signature, trusted_keys
from garrison.serving.http.accounts import Accounts
from garrison.serving.http.callers import Callers
from garrison.serving.http.explaining import Reference, read_reference, recent_reference
from garrison.serving.http.keys import PLACE as KEYS
from garrison.serving.http.keys import read_keys
from garrison.serving.http.log import service_log
from garrison.serving.http.log_queue import LogQueue
from garrison.serving.http.metrics import Metrics
from garrison.serving.http.models import Models, Served, Verify
from garrison.serving.http.quarantine import GrowingQuarantine
from garrison.serving.http.rates import Rates
from garrison.serving.http.settings import ServingSettings
from garrison.serving.http.turned_away import TurnedAway
from garrison.serving.http.work import Work


class Service:
    """Everything behind the addresses; made once, before the first request is taken.

    Raises what loading a model, reading keys or opening the quarantine raises. ``scored_log`` is told of scored events.
    ``workspace`` is where ``models/`` and ``keys/`` lie.
    """

    def __init__(
        self, settings: ServingSettings, *, workspace: Path = Path(), scored_log: ScoredLog | None = None
    ) -> None:
        self.settings = settings
        self.workspace = workspace
        self.log = service_log()
        self.metrics = Metrics()
        self.turned_away = TurnedAway(metrics=self.metrics, log=self.log)
        self.stopping = False
        self._keys_path = Path(settings.keys) if settings.keys else workspace / KEYS
        self._keys_seen = _stamp(self._keys_path)
        self.callers = Callers(
            lambda: read_keys(self._keys_path, named=settings.keys is not None),
            Rates(settings.rate, burst=settings.burst),
        )
        self.models = Models(
            settings.models,
            root=workspace / "models",
            metrics=self.metrics,
            remember_past=settings.remember_past,
            verify=_verifier(settings, workspace),
            may_be_none=settings.encrypted is not None,
        )
        self.encrypted = _encrypted(settings, _verifier(settings, workspace))
        self._references: dict[str, tuple[Served, Reference]] = {}
        self._reading = threading.Lock()
        if settings.reference:
            for served in self.models.all.values():
                self.reference(served)
        self.accounts = self._accounts(scored_log)
        self.work = Work(
            threads=settings.threads,
            waiting=settings.waiting,
            seconds=settings.work_seconds,
            metrics=self.metrics,
        )

    def reference(self, served: Served) -> Reference:
        """The events that a model's explanations compare with: those of the file, else the last ones scored."""
        if not self.settings.reference:
            return recent_reference(served.scorer)
        with self._reading:
            known = self._references.get(served.name)
            if known is None or known[0].scorer.schema != served.scorer.schema:
                known = served, read_reference(Path(self.settings.reference), served.scorer.schema)
                self._references[served.name] = known
            return known[1]

    def reload(self, name: str | None = None) -> tuple[Served, ...]:
        """Load one model or all anew, and read the keys again; ``Refused`` where that fails, and the old goes on."""
        self.callers.reread()
        replaced = self.models.reload(name)
        self._say(replaced)
        return replaced

    def look(self) -> None:
        """Take up new current versions and changed keys, if there are any; never raises."""
        try:
            failures = {name: self.models.failure(name) for name in self.models.all}
            self._say(self.models.look())
            for name, before in failures.items():
                failure = self.models.failure(name)
                if failure is not None and failure is not before:
                    self.log.error("not loaded; the old version goes on", model=name, error=str(failure))
            if (stamp := _stamp(self._keys_path)) != self._keys_seen:
                self._keys_seen = stamp
                self.callers.reread()
                self.log.info("keys read again")
        except Exception as error:
            self.log.error("looking for changes failed", error=str(error))

    async def watch(self) -> None:
        """Look for changes for ever."""
        while True:
            await asyncio.sleep(self.settings.watch_seconds)
            await asyncio.to_thread(self.look)

    def close(self) -> None:
        """Finish what was taken; for after the last request."""
        self.work.close()
        self.accounts.close()

    def _say(self, replaced: tuple[Served, ...]) -> None:
        for served in replaced:
            self.log.info("loaded", model=served.name, version=served.version, digest=served.digest[:16])

    def _accounts(self, scored_log: ScoredLog | None) -> Accounts:
        settings = self.settings
        pseudonyms = self._pseudonyms() if settings.quarantine or settings.log or scored_log else None
        # The store's log draws its sample by the events' ids, so that labels find them; another log gets one by chance.
        kept = scored_log or self._store_log(pseudonyms)

        def failed(error: Exception) -> None:
            self.log.error("what was scored or refused could not be kept", error=str(error))

        return Accounts(
            self.metrics,
            quarantine=GrowingQuarantine(
                Path(settings.quarantine), most_bytes=settings.quarantine_bytes, pseudonyms=pseudonyms
            )
            if settings.quarantine
            else None,
            log=LogQueue(
                kept,
                sample=1.0 if scored_log is None else settings.sample,
                metrics=self.metrics,
                pseudonyms=pseudonyms,
                on_error=failed,
                log_counts=scored_log is None,
            )
            if kept is not None
            else None,
            on_error=failed,
        )

    def _store_log(self, pseudonyms: Pseudonyms | None) -> ScoredLog | None:
        """The log of the settings; raises what opening its store raises."""
        if self.settings.log is None or not self.settings.sample:
            return None
        with open_store(self.settings.log):
            pass
        store = StoreLog(self.settings.log, sample=self.settings.sample, pseudonyms=pseudonyms)

        def ended(count: int, written: bool) -> None:
            self.metrics.logged.labels("written" if written else "failed").inc(count)

        return BackgroundLog(
            store,
            on_problem=lambda problem: self.log.error("scored events wait to be logged", error=problem),
            on_end=ended,
        )

    def _pseudonyms(self) -> Pseudonyms | None:
        """What addresses are replaced by, where a model's schema says that there are any."""
        schemas = [served.scorer.schema for served in self.models.all.values()]
        if not any(column.pseudonym for schema in schemas for column in schema.columns):
            return None
        key = read_key(self.workspace / PSEUDONYM_KEY)
        if key.made:
            self.log.info(
                "a key for pseudonyms of addresses was made: keep it, and keep it secret", path=key.origin
            )
        return key.pseudonyms


def _encrypted(settings: ServingSettings, verify: Verify | None) -> Server | None:
    """What scores encrypted rows, where a prepared model is served; signed, where models have to be."""
    if settings.encrypted is None:
        return None
    folder = Path(settings.encrypted)
    if verify is not None:
        verify(folder)
    part = ServerPart.load(folder)
    return Server(part.circuit, part.terms, most_key_bytes=settings.most_key_bytes)


def _verifier(settings: ServingSettings, workspace: Path) -> Verify | None:
    if not settings.require_signature:
        return None
    keys = trusted_keys([Path(each) for each in settings.trusted_keys], workspace=workspace)
    return lambda folder: require_signature(folder, keys).digest


def _stamp(path: Path) -> tuple[int, int] | None:
    with contextlib.suppress(OSError):
        facts = path.stat()
        return facts.st_mtime_ns, facts.st_ino
    return None
