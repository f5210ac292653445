"""Addresses that a store holds as they are, because nobody replaced them on the way in: no pipeline keeps one."""

from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from garrison.data.casting import plain
from garrison.data.pseudonym_key import PLACE, read_key
from garrison.data.pseudonyms import Pseudonyms
from garrison.data.schema import Schema
from garrison.progress import say

_REPLACED = r"\Aip_[0-9a-f]{32}\z"


class Addresses:
    """Replaces what is no pseudonym yet in the columns that the schema calls pseudonyms.

    The key is that of the workspace; it is read, or made, when the first address is met.
    """

    def __init__(self, schema: Schema, workspace: Path) -> None:
        self._columns = {column.name for column in schema.columns if column.pseudonym}
        self._workspace = workspace

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        """The pseudonyms under the key of the workspace."""
        return workspace_pseudonyms(self._workspace)

    def hide(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with pseudonyms in place of addresses."""
        for place, name in enumerate(batch.schema.names):
            values = batch.column(place)
            if name in self._columns and not _all_replaced(plain(values)):
                batch = batch.set_column(place, name, self.pseudonyms.of(values))
        return batch

    def hide_text(self, text: str) -> str:
        """A refused value as it may be kept: an address may stand in any column."""
        return self.pseudonyms.in_text(text) if self._columns else text


def workspace_pseudonyms(workspace: Path) -> Pseudonyms:
    """The pseudonyms under the key of the environment, else of the workspace; whoever looks on hears of a new key."""
    key = read_key(workspace / PLACE)
    if key.made:
        say(f"a key for pseudonyms of addresses was made: keep it, and keep it secret: {key.origin}")
    return key.pseudonyms


def _all_replaced(values: pa.Array) -> bool:
    if values.null_count == len(values):
        return True
    if not pa.types.is_string(values.type):
        return False
    return pc.all(pc.match_substring_regex(values, _REPLACED)).as_py() is True
