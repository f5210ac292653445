"""Arrays of any number of rows in shards on disk: made in parallel, resumed, verified, mapped when read."""

from garrison.ciphers.shards.manifest import Manifest, ShardRecord, read_manifest
from garrison.ciphers.shards.reading import Shards
from garrison.ciphers.shards.writing import Content, Made, make_shards

__all__ = ["Content", "Made", "Manifest", "ShardRecord", "Shards", "make_shards", "read_manifest"]
