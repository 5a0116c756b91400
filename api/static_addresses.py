"""Addresses of static files that name their content. Apart from static_files.py, so that the command line writes pages
and ledgers without the web."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

STATIC = Path(__file__).resolve().parent / "static"

DIGEST_CHARACTERS = 12
"""48 bits: two versions of one file do not meet by chance. It protects nothing."""


def address_of(name: str) -> str:
    """The address of a static file. Raises OSError where there is none: a template that misspells it fails at once."""
    path = STATIC / name
    known = path.stat()
    return f"/static/{name}?v={_digest(path, known.st_mtime_ns, known.st_size)}"


@lru_cache(maxsize=256)
def _digest(path: Path, _changed_at: int, _bytes: int) -> str:
    """By time and size of the file as well, so that one that is worked on is read again."""
    return sha256(path.read_bytes()).hexdigest()[:DIGEST_CHARACTERS]
