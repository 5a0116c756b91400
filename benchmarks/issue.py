"""Codes as text in a file: computed by FF1 in bulk, against random numbers kept unique by a set."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from suiyuan.trace.codes.issue import as_lines, issue
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import Level, Scheme

from .figure import Figure, figure, interleaved
from .world import MASTER_KEY

CODES = 400_000
ROUNDS = 5
BLOCK = 10_000
PREFIX = "11722252001"
RANDOM_DIGITS = 21


def run() -> Iterator[Figure]:
    keyring = Keyring(bytes.fromhex(MASTER_KEY))
    with TemporaryDirectory() as folder:
        computed, drawn = Path(folder) / "computed.txt", Path(folder) / "drawn.txt"
        ours, theirs = interleaved(
            (lambda: _write_computed(keyring, computed), lambda: _write_drawn(drawn)), rounds=ROUNDS, repeats=1
        )
        assert computed.stat().st_size == drawn.stat().st_size == CODES * (len(PREFIX) + RANDOM_DIGITS + 1)
    reference = "codes/s, secrets.randbelow + set, into a file"
    yield figure("issue", CODES / ours, "codes/s into a file", reference, CODES / theirs, "at least 4")


def _write_computed(keyring: Keyring, path: Path) -> None:
    with path.open("wb") as file:
        for codes in issue(keyring, Scheme.PESTICIDE, PREFIX, 1, Level.UNIT, 0, CODES):
            file.write(as_lines(codes))


def _write_drawn(path: Path) -> None:
    """The usual way: draw, drop what was drawn before, write; in blocks, so that the file costs it next to nothing."""
    seen: set[int] = set()
    limit, draw = 10**RANDOM_DIGITS, secrets.randbelow
    with path.open("w", encoding="ascii") as file:
        while len(seen) < CODES:
            block = {draw(limit) for _ in range(min(BLOCK, CODES - len(seen)))} - seen
            seen |= block
            file.write("".join([f"{PREFIX}{number:021d}\n" for number in block]))
