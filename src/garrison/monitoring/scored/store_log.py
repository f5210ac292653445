"""Scored events into a store: a sample of them, without addresses."""

import hashlib
import hmac
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from garrison.data.pseudonyms import Pseudonyms
from garrison.data.schema import Schema
from garrison.data.stores import open_store
from garrison.errors import SettingsError
from garrison.monitoring.scored.layout import COLLECTION, KEY, ScoredRows, as_table

_WHOLE = float(1 << 64)


class StoreLog:
    """Keeps scored events in the store at ``url``; writing waits for the store, see ``BackgroundLog``.

    Of all events the share ``sample`` is kept, chosen by a hash of the event's id: the same events whoever scores
    them, so that labels find them. With ``pseudonyms`` the hash is keyed, so that nobody can choose ids which are
    never kept, and addresses are replaced: in ids, and in the columns that ``schema`` calls pseudonyms.

    The store is opened for each table and closed again: whoever looks at the log meanwhile has to wait for a moment
    only, although an embedded store is for one process at a time. Writing rows again changes nothing.
    """

    def __init__(
        self,
        url: str,
        *,
        collection: str = COLLECTION,
        sample: float = 1.0,
        pseudonyms: Pseudonyms | None = None,
        schema: Schema | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        if not 0 < sample <= 1:
            raise SettingsError(
                f"a sample of {sample:g} of the events",
                where="scored log",
                expected="a share above 0, at most 1",
            )
        if pseudonyms is None and schema is not None and any(column.pseudonym for column in schema.columns):
            raise SettingsError(
                "the events hold addresses, and there is no key for their pseudonyms",
                where="scored log",
                expected="pseudonyms: addresses are never kept as they are",
                remedy="garrison.data.pseudonym_key.read_key(path) reads a key, or makes one",
            )
        self.collection = collection
        self.sample = sample
        self._url = url
        self._pseudonyms = pseudonyms
        self._hidden = {column.name for column in schema.columns if column.pseudonym} if schema else set()
        self._timeout_s = timeout_s

    def write(self, rows: ScoredRows, /) -> None:
        """Keep the sampled rows; raises what the store raises."""
        self.keep(rows)

    def keep(self, rows: ScoredRows) -> int:
        """As ``write``, and says how many rows were kept."""
        chosen = rows if self.sample == 1 else rows.take(self.chosen(rows.ids))
        if not len(chosen):
            return 0
        table = as_table(self._without_addresses(chosen), sample=self.sample)
        with open_store(self._url, timeout_s=self._timeout_s) as store:
            store.append(self.collection, table, key=KEY)
        return len(chosen)

    def close(self) -> None:
        """Nothing is held open."""

    def chosen(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """The places of the ids that are kept."""
        return np.array(
            [place for place, each in enumerate(ids) if self._draw(each) < self.sample], dtype=np.int64
        )

    def _draw(self, event_id: str) -> float:
        """A number in [0, 1) that depends on the id, and on the key, alone."""
        text = b"\0sample" + event_id.encode("utf-8", "surrogatepass")
        if self._pseudonyms is None:
            digest = hashlib.sha256(text).digest()
        else:
            digest = hmac.digest(self._pseudonyms.key, text, "sha256")
        return int.from_bytes(digest[:8]) / _WHOLE

    def _without_addresses(self, rows: ScoredRows) -> ScoredRows:
        if self._pseudonyms is None:
            return rows
        events = rows.events
        for place, name in enumerate(events.column_names):
            if name in self._hidden:
                values = events.column(place).combine_chunks()
                events = events.set_column(place, name, self._pseudonyms.of(values))
        return ScoredRows(
            model=rows.model,
            version=rows.version,
            threshold=rows.threshold,
            events=events,
            scores=rows.scores,
            flagged=rows.flagged,
            ids=tuple(self._pseudonyms.in_text(each) for each in rows.ids),
            at=rows.at,
            latency=rows.latency,
            errors=rows.errors,
        )
