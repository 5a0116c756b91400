"""Use cases of codes issued elsewhere: short lists, files, and an import that was cut off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from ..codes import importing
from ..codes import service as codes
from ..codes.importing import import_at_once
from ..codes.model import Import, Level, Scheme
from ..kernel.errors import NotKnown
from ..kernel.normalise import half_width
from ..ledger import service as ledger
from ..ledger.model import Subject
from ..parties.model import Actor
from ..store.database import Database, UnitOfWork
from .model import Batch
from .service import require_batch


@dataclass(frozen=True, slots=True)
class CodeFile:
    """A file of codes: its name, the SHA-256 of its bytes in hex, and its codes with their line numbers from 1."""

    name: str
    digest: str
    lines: Callable[[], Iterable[tuple[int, str]]]


def import_codes(work: UnitOfWork, actor: Actor, batch_id: UUID, level: Level, lines: Sequence[str]) -> int:
    """Takes a short list of codes issued elsewhere for a batch, in index order. All or nothing; returns how many.

    Raises NotKnown `batch.unknown`; NotAllowed `access.other_party`; InvalidInput `code.*`; Conflict `code.*`.
    """
    batch = _require_importing(work, actor, batch_id)
    plain = [half_width(line).strip() for line in lines]
    count = import_at_once(work, Scheme(batch.scheme), batch_id, level, plain, _room(batch, level))
    _note_import(work, actor, batch_id, level, count, "")
    return count


def import_code_file(
    database: Database,
    actor: Actor,
    batch_id: UUID,
    level: Level,
    file: CodeFile,
    progress: Callable[[int], None] = lambda lines_read: None,
) -> int:
    """Takes a file of codes issued elsewhere, streamed, in index order. All or nothing; returns how many.

    Cut off, it goes on from where it was when the same file is given again; until it is through, no code of it is
    known. `progress` is told the number of lines read. Raises as `import_codes`, and Conflict
    `code.file_imported_before`, `code.import_unfinished`.
    """

    def open_import(work: UnitOfWork) -> tuple[Batch, Import]:
        batch = _require_importing(work, actor, batch_id)
        return batch, importing.begin(work, Scheme(batch.scheme), batch_id, level, file.name, file.digest)

    batch, begun = database.write(open_import)
    taken = importing.import_lines(database, begun, file.lines(), _room(batch, level), progress)

    def close_import(work: UnitOfWork) -> None:
        importing.finish(work, taken)
        _note_import(work, actor, batch_id, level, taken.codes_taken, file.digest)

    database.write(close_import)
    return taken.codes_taken


def abandon_import(work: UnitOfWork, actor: Actor, batch_id: UUID, level: Level) -> None:
    """Drops an unfinished import.

    Raises NotKnown `batch.unknown`, `code.no_import`; NotAllowed `access.other_party`.
    """
    _require_importing(work, actor, batch_id)
    if importing.abandon(work, batch_id, level) is None:
        raise NotKnown("code.no_import", field="batch_id")


def _require_importing(work: UnitOfWork, actor: Actor, batch_id: UUID) -> Batch:
    batch = require_batch(work.connection, batch_id)
    actor.require_self(batch.maker_id)
    return batch


def _room(batch: Batch, level: Level) -> int:
    """Packages of a level that may carry codes."""
    if level is Level.UNIT and not batch.units_carry_codes:
        return 0
    return batch.packages_at(level)


def _note_import(work: UnitOfWork, actor: Actor, batch_id: UUID, level: Level, count: int, digest: str) -> None:
    payload = {"level": int(level), "count": count, "file_digest": digest}
    ledger.append(work, Subject.BATCH, batch_id, "codes.imported", payload, actor.party_id)


def count_imported(connection: Connection, batch_id: UUID, level: Level) -> int:
    """How many codes of a level were imported for a batch."""
    return codes.count_imported(connection, batch_id, level)
