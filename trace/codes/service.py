"""Allocating, importing and resolving codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection

from ..kernel.errors import Conflict, InvalidInput, NotKnown, UnsafeToRun
from ..store import facts
from ..store.database import Database, UnitOfWork
from . import store
from .extraction import MalformedReason, extract
from .keyring import Keyring
from .model import LAYOUTS, Level, Place, Scheme
from .schemes import is_well_formed
from .store import Block

MAX_CACHED_BLOCKS = 100_000
"""Blocks kept in memory, about 300 bytes each. A block never changes once committed, so none goes stale."""

IMPORT_CHUNK = 500

KEY_FINGERPRINT = "master_key_fingerprint"


class Outcome(StrEnum):
    """The three things a scanned text can be. They are never folded into one another."""

    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a scanned text turned out to be.

    MALFORMED: only `reason` is set. UNKNOWN: `scheme` and `code` of the likeliest reading. KNOWN: all but `reason`.
    """

    outcome: Outcome
    reason: MalformedReason | None = None
    scheme: Scheme = Scheme.OWN
    code: str = ""
    batch_id: UUID | None = None
    level: Level = Level.UNIT
    index: int = 0


class Resolver:
    """The one door for every scanned or typed text. Safe to share between threads."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._blocks: dict[tuple[Scheme, str, int], Block] = {}

    def resolve(self, text: str) -> Resolution:
        """Reads any text; raises nothing on any text, and never follows a URL."""
        extraction = extract(text)
        if extraction.reason is not None:
            return Resolution(Outcome.MALFORMED, reason=extraction.reason)
        for candidate in extraction.candidates:
            found = self.locate(candidate.scheme, candidate.code)
            if found is not None:
                batch_id, level, index = found
                return Resolution(
                    Outcome.KNOWN,
                    scheme=candidate.scheme,
                    code=candidate.code,
                    batch_id=batch_id,
                    level=level,
                    index=index,
                )
        first = extraction.candidates[0]
        return Resolution(Outcome.UNKNOWN, scheme=first.scheme, code=first.code)

    def locate(self, scheme: Scheme, code: str) -> tuple[UUID, Level, int] | None:
        """(batch, level, index) of a well-formed code, or None where it is not one of ours."""
        layout = LAYOUTS.get(scheme)
        if layout is not None:
            place = self._keyring.decode(scheme, code)
            if place is not None:
                block = self._block(scheme, code[: layout.prefix_length], place.serial)
                if block is not None and place.index < block.counts[place.level]:
                    return block.batch_id, place.level, place.index
        imported = store.find_imported(self._database, scheme.value, code)
        if imported is None:
            return None
        return imported[0], Level(imported[1]), imported[2]

    def _block(self, scheme: Scheme, prefix: str, serial: int) -> Block | None:
        key = (scheme, prefix, serial)
        block = self._blocks.get(key)
        if block is None:
            block = store.find_block(self._database, scheme.value, prefix, serial)
            if block is not None:
                if len(self._blocks) >= MAX_CACHED_BLOCKS:
                    self._blocks.clear()
                self._blocks[key] = block
        return block


def allocate(work: UnitOfWork, scheme: Scheme, prefix: str, batch_id: UUID, counts: tuple[int, int, int]) -> int:
    """Gives a batch its serial under `prefix`; from then on all its codes exist. One row, whatever the size.

    `counts`: packages by level. Raises InvalidInput `code.capacity` where the layout cannot hold them.
    """
    layout = LAYOUTS[scheme]
    serial = store.take_serial(work.connection, scheme.value, prefix)
    if serial >= 10**layout.serial_digits or max(counts) > 10**layout.index_digits:
        raise InvalidInput("code.capacity", field="size")
    store.add_block(work.connection, scheme.value, prefix, serial, Block(batch_id, counts))
    return serial


def import_codes(
    work: UnitOfWork, scheme: Scheme, batch_id: UUID, level: Level, codes: Sequence[str], capacity: int
) -> int:
    """Stores codes issued elsewhere for a batch, in index order after those it has. All or nothing.

    Lines are counted from 1. Raises InvalidInput `code.line_malformed`, `code.line_repeated`, `code.too_many` (more
    than the batch's `capacity` packages of that level); Conflict `code.imported_before`.
    """
    seen: set[str] = set()
    for line, code in enumerate(codes, start=1):
        if not is_well_formed(scheme, code):
            raise InvalidInput("code.line_malformed", field="codes", line=line, given=code[:40])
        if code in seen:
            raise InvalidInput("code.line_repeated", field="codes", line=line, given=code)
        seen.add(code)
    first_index = store.count_imported(work.connection, batch_id, level)
    if first_index + len(codes) > capacity:
        raise InvalidInput("code.too_many", field="codes", capacity=capacity, given=first_index + len(codes))
    for start in range(0, len(codes), IMPORT_CHUNK):
        chunk = codes[start : start + IMPORT_CHUNK]
        before = store.already_imported(work.connection, scheme.value, chunk)
        if before:
            raise Conflict("code.imported_before", field="codes", given=min(before))
        store.add_imported(work.connection, scheme.value, batch_id, level, first_index + start, chunk)
    return len(codes)


def count_imported(connection: Connection, batch_id: UUID, level: Level) -> int:
    return store.count_imported(connection, batch_id, level)


def code_at(
    connection: Connection,
    keyring: Keyring,
    scheme: Scheme,
    prefix: str,
    serial: int,
    batch_id: UUID,
    level: Level,
    index: int,
) -> str:
    """The code of one package: computed, or looked up where codes are nationally issued.

    Raises NotKnown `code.not_imported` where the list that holds it has not been imported yet.
    """
    if scheme in LAYOUTS:
        return keyring.encode(scheme, prefix, Place(serial, level, index))
    code = store.imported_at(connection, batch_id, level, index)
    if code is None:
        raise NotKnown("code.not_imported", field="index", index=index)
    return code


def bind_master_key(database: Database, keyring: Keyring) -> None:
    """Ties the database to the master key on first use, and refuses any other key ever after.

    Raises UnsafeToRun `master_key.changed`: with another key every printed code would answer "unknown".
    """

    def act(work: UnitOfWork) -> None:
        known = facts.get(work.connection, KEY_FINGERPRINT)
        if known is None:
            facts.put(work.connection, KEY_FINGERPRINT, keyring.fingerprint())
        elif known != keyring.fingerprint():
            raise UnsafeToRun("master_key.changed")

    database.write(act)


def has_master_key(database: Database) -> bool:
    """Whether codes were ever bound to a key in this database: then a missing key must not be replaced."""
    with database.read() as connection:
        return facts.get(connection, KEY_FINGERPRINT) is not None
