"""Telling a binary file under a text file's name, before its bytes are taken for a header."""

from garrison.errors import SourceError

KINDS = (
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1\0\0", "an Arrow file"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x7fELF", "a program"),
    (b"BZh", "compressed by bzip2"),
    (b"\xfd7zXZ\0", "compressed by xz"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\xd4\xc3\xb2\xa1", "a packet capture"),
    (b"\xa1\xb2\xc3\xd4", "a packet capture"),
    (b"\x4d\x3c\xb2\xa1", "a packet capture"),
    (b"\xa1\xb2\x3c\x4d", "a packet capture"),
    (b"\x0a\x0d\x0d\x0a", "a packet capture"),
)
"""How files of other kinds begin."""

MOST_CONTROLS = 0.03
"""A text has at most this share of control characters that no text needs; random bytes have 0.1."""
MOST_ZEROS = 0.3
"""A text of one byte a character has at most this share of zero bytes."""
FEW = 8
"""Up to so many such bytes say nothing, whatever their share."""

_CONTROLS = bytes(code for code in range(1, 32) if code not in b"\t\n\v\f\r\x1b") + b"\x7f"


def refuse_binary(sample: bytes, *, where: str, encoding: str) -> None:
    """Raise ``SourceError`` where the first bytes of a file are not those of a text in ``encoding``.

    >>> refuse_binary(b"port,bytes\\n80,1\\n", where="flows.csv", encoding="utf-8")
    """
    kind = next((kind for magic, kind in KINDS if sample.startswith(magic)), "")
    if not kind and not encoding.startswith(("utf-16", "utf-32")):
        controls = len(sample) - len(sample.translate(None, _CONTROLS))
        zeros = sample.count(0)
        if (controls > max(FEW, MOST_CONTROLS * len(sample))) or zeros > max(FEW, MOST_ZEROS * len(sample)):
            kind = "binary data"
    if kind:
        raise SourceError(
            f"the file is not text: it looks like {kind}",
            where=where,
            expected="a text file, plain or in gz or zst",
            remedy="export it as CSV, JSON Lines or Parquet, and give it the ending of what it is",
        )
