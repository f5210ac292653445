"""Files that are whole or absent, and their digests.

Everything Garrison writes goes to a temporary name beside its target, is synced, and is renamed into place. The
temporary name tells which process it belongs to: what a killed one left is removed by the next that writes there.
"""

from garrison.files.digests import canonical_json, sha256_of, sha256_of_json, write_json
from garrison.files.output_errors import keep_apart, output_errors
from garrison.files.temporary_names import remove_abandoned
from garrison.files.whole import atomic_file, atomic_folder

__all__ = [
    "atomic_file",
    "atomic_folder",
    "canonical_json",
    "keep_apart",
    "output_errors",
    "remove_abandoned",
    "sha256_of",
    "sha256_of_json",
    "write_json",
]
