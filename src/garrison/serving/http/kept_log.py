"""What the service scores, kept in a store for `garrison monitor`."""

import contextlib

from garrison.data.stores import open_store
from garrison.errors import StoreBusy, StoreUnreachable
from garrison.monitoring.scored import BackgroundLog, Losses, StoreLog
from garrison.monitoring.scored import ScoredRows as LoggedRows
from garrison.serving.http.scored_log import ScoredRows


class KeptLog:
    """A ``ScoredLog`` in the store at ``url``, of the share ``sample`` of the events, chosen by a hash of their ids.

    A store that is away is tried again, and what comes meanwhile waits; what cannot wait any longer is counted.
    Raises what opening the store raises, but for one that is away.
    """

    def __init__(self, url: str, *, sample: float) -> None:
        with contextlib.suppress(StoreUnreachable, StoreBusy), open_store(url):
            pass
        self._log = BackgroundLog(StoreLog(url, sample=sample))

    def write(self, rows: ScoredRows, /) -> None:
        """Hand the rows to the thread that writes; ``OSError`` where too many wait already."""
        if not self._log.append(LoggedRows.of(rows)):
            raise OSError(f"{len(rows.ids)} scored events are lost: too many wait for the log")

    def losses(self) -> Losses:
        """What became of the events so far."""
        return self._log.losses()

    def close(self) -> None:
        """Write what waits, for ten seconds at most."""
        self._log.close()
