"""Allocating, importing and resolving codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from ..kernel.errors import InvalidInput, NotKnown, UnsafeToRun
from ..kernel.values import statically_frozen
from ..store import facts
from ..store.database import Database, UnitOfWork
from . import store
from .claims import NO_CLAIMS, Claims, read_claims
from .extraction import extract
from .ff1_vector import Digits
from .issue import issue
from .keyring import Keyring
from .model import LAYOUTS, ImportState, Level, MalformedReason, Place, Scheme
from .signing import LabelStatement, has_fragment, read_statement
from .store import Block

MAX_CACHED_BLOCKS = 100_000
"""Blocks kept in memory, about 300 bytes each. A block never changes once committed, so none goes stale."""

KEY_FINGERPRINT = "master_key_fingerprint"

BlockKey = tuple[Scheme, str, int]
"""Scheme, prefix and serial."""

Located = tuple[UUID, Level, int]
"""Batch, level and index of a package."""


class Outcome(StrEnum):
    """The three things a scanned text can be. They are never folded into one another."""

    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    KNOWN = "known"


@statically_frozen
class Resolution:
    """What a scanned text turned out to be.

    MALFORMED: only `reason` is set. UNKNOWN: `scheme` and `code` of the likeliest reading. KNOWN: all but `reason`.
    """

    outcome: Outcome
    scheme: Scheme = Scheme.OWN
    code: str = ""
    batch_id: UUID | None = None
    level: Level = Level.UNIT
    index: int = 0
    claims: Claims = NO_CLAIMS
    statement: LabelStatement | None = None
    has_bad_signature: bool = False
    reason: MalformedReason | None = None

    def require_batch_id(self, field: str) -> UUID:
        """The batch of a known code.

        Raises InvalidInput `code.<reason>` for a malformed text, NotKnown `code.unknown`.
        """
        if self.reason is not None:
            raise InvalidInput(f"code.{self.reason.value}", field=field)
        if self.batch_id is None:
            raise NotKnown("code.unknown", field=field)
        return self.batch_id


class Resolver:
    """The one door for every scanned or typed text. Safe to share between threads."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._blocks: dict[BlockKey, Block] = {}
        self._finished_imports: set[UUID] = set()

    @property
    def keyring(self) -> Keyring:
        return self._keyring

    def recall(self, text: str) -> Resolution | None:
        """What `resolve` says, where that follows from the text and from what is in memory; None where the database
        must be asked."""
        extraction = extract(text)
        if extraction.reason is not None:
            return Resolution(Outcome.MALFORMED, reason=extraction.reason)
        if len(extraction.candidates) != 1 or "#1." in text:
            return None
        scheme, code = extraction.candidates[0].scheme, extraction.candidates[0].code
        found = self._computed(scheme, code, self._blocks.get)
        return None if found is None else _known(text, scheme, code, found)

    def resolve(self, text: str) -> Resolution:
        """Reads any text; raises nothing on any text, and never follows a URL."""
        extraction = extract(text)
        if extraction.reason is not None:
            return Resolution(Outcome.MALFORMED, reason=extraction.reason)
        for candidate in extraction.candidates:
            scheme, code = candidate.scheme, candidate.code
            found = self.locate(scheme, code)
            if found is not None:
                is_signed = "#1." in text and has_fragment(text)
                statement = read_statement(text, self._public_keys()) if is_signed else None
                return _known(text, scheme, code, found, statement, is_signed and statement is None)
        first = extraction.candidates[0]
        return Resolution(Outcome.UNKNOWN, scheme=first.scheme, code=first.code)

    def locate(self, scheme: Scheme, code: str) -> Located | None:
        """Where a well-formed code belongs, or None where it is not one of ours."""
        computed = self._computed(scheme, code, self._find_block)
        if computed is not None:
            return computed
        imported = store.find_imported(self._database, scheme.value, code)
        if imported is None or not self._is_finished(imported[0], imported[3]):
            return None
        return imported[0], Level(imported[1]), imported[2]

    def _computed(self, scheme: Scheme, code: str, find: Callable[[BlockKey], Block | None]) -> Located | None:
        """Where a code of our own belongs: decoded, and within the block that `find` has for it."""
        place = self._keyring.decode(scheme, code)
        if place is None:
            return None
        block = find((scheme, code[: LAYOUTS[scheme].prefix_length], place.serial))
        if block is None or place.index >= block.counts[place.level]:
            return None
        return block.batch_id, place.level, place.index

    def _public_keys(self) -> dict[int, bytes]:
        with self._database.read() as connection:
            return {key.key_number: key.public_key for key in store.label_keys(connection)}

    def _is_finished(self, batch_id: UUID, import_id: UUID) -> bool:
        """Whether an import is complete: until then none of its codes is known."""
        if import_id in self._finished_imports:
            return True
        if store.import_state(self._database, batch_id, import_id) != ImportState.DONE:
            return False
        self._finished_imports.add(import_id)
        return True

    def _find_block(self, key: BlockKey) -> Block | None:
        """From memory, or from the database and then kept in memory."""
        known = self._blocks.get(key)
        if known is not None:
            return known
        scheme, prefix, serial = key
        block = store.find_block(self._database, scheme.value, prefix, serial)
        if block is not None:
            if len(self._blocks) >= MAX_CACHED_BLOCKS:
                self._blocks.clear()
            self._blocks[key] = block
        return block


def _known(
    text: str,
    scheme: Scheme,
    code: str,
    found: Located,
    statement: LabelStatement | None = None,
    has_bad_signature: bool = False,
) -> Resolution:
    """What a text was that holds the code of a package, with what the label says beside it."""
    batch_id, level, index = found
    claims = read_claims(text, scheme) if text != code else NO_CLAIMS
    return Resolution(Outcome.KNOWN, scheme, code, batch_id, level, index, claims, statement, has_bad_signature)


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


def count_imported(connection: Connection, batch_id: UUID, level: Level) -> int:
    return store.count_imported(connection, batch_id, level)


IMPORTED_CHUNK = 10_000


def codes_between(
    database: Database,
    keyring: Keyring,
    scheme: Scheme,
    prefix: str,
    serial: int,
    batch_id: UUID,
    level: Level,
    start: int,
    stop: int,
) -> Iterator[Digits]:
    """The codes of packages `[start, stop)` as arrays (n, code length) of ASCII, in constant memory.

    Raises NotKnown `code.not_imported` on the way where codes are nationally issued and one is missing.
    """
    if scheme in LAYOUTS:
        yield from issue(keyring, scheme, prefix, serial, level, start, stop)
        return
    for first in range(start, stop, IMPORTED_CHUNK):
        last = min(first + IMPORTED_CHUNK, stop)
        with database.read() as connection:
            codes = store.imported_between(connection, batch_id, level, first, last)
        if len(codes) < last - first:
            raise NotKnown("code.not_imported", field="range", index=first + len(codes))
        yield np.frombuffer("".join(codes).encode("ascii"), dtype=np.uint8).reshape(len(codes), -1)


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
