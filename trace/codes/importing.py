"""Importing lists of codes that were issued elsewhere: streamed, all or nothing per file, resumable.

A file is stored chunk by chunk, each chunk in a transaction of its own with the mark of how far it came. Its codes stay
invisible until the last line is in; then one update makes them all resolve. A file with a single bad line leaves
nothing behind. An import that was cut off goes on from its mark when the same file is given again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from ..kernel.errors import Conflict, InvalidInput
from ..kernel.ids import new_id
from ..store.database import Database, LostRace, UnitOfWork
from . import store
from .model import Import, ImportState, Level, LineFault, Scheme
from .schemes import is_well_formed

CHUNK_LINES = 50_000
"""Lines in one transaction: about half a second, so that other writers hardly wait; codes being random, fewer
lines would write the same pages more often."""

LOOK_UP_CODES = 500
"""Codes in one query of earlier imports."""

MAX_FAULTS = 100
"""Faulty lines named in one refusal. Reading goes on to this many, so that one look mends the file."""

NumberedLine = tuple[int, str]


def import_lines(
    database: Database,
    begun: Import,
    lines: Iterable[NumberedLine],
    capacity: int,
    progress: Callable[[int], None] = lambda lines_read: None,
) -> Import:
    """Stores the codes of `lines` (numbers count from 1, blank lines left out) for an import that `begin` opened.

    `capacity`: packages of that level in the batch. `progress` is told the number of lines read after each chunk. The
    result is not yet visible: see `finish`.

    Raises InvalidInput `code.line_malformed`, `code.line_repeated`; Conflict `code.imported_before`; InvalidInput
    `code.too_many`, `code.none_given`: then nothing of the file is left.
    """
    unread = (line for line in lines if line[0] > begun.lines_read)
    current, faults = begun, list[LineFault]()
    try:
        _require_room(current, 0, capacity)
        while chunk := list(islice(unread, CHUNK_LINES)):
            _require_room(current, len(chunk), capacity)
            current, found = database.write(
                lambda work, at=current, chunk=chunk, refused=bool(faults): _take(work, at, chunk, refused)
            )
            faults += found
            if len(faults) >= MAX_FAULTS:
                break
            progress(chunk[-1][0])
        _refuse(faults)
        if not current.codes_taken:
            raise InvalidInput("code.none_given", field="codes")
    except (InvalidInput, Conflict) as error:
        if error.code != "store.busy":
            database.write(lambda work: store.drop_import(work.connection, begun))
        raise
    return current


def import_at_once(
    work: UnitOfWork, scheme: Scheme, batch_id: UUID, level: Level, codes: Sequence[str], capacity: int
) -> int:
    """A short list in the caller's transaction: all of it or nothing. Lines count from 1. Raises as `import_lines`."""
    import_id = new_id()
    current = _open(work, import_id, scheme, batch_id, level, "", import_id.hex)
    if not codes:
        raise InvalidInput("code.none_given", field="codes")
    _require_room(current, len(codes), capacity)
    faults: list[LineFault] = []
    lines = enumerate(codes, start=1)
    while chunk := list(islice(lines, CHUNK_LINES)):
        current, found = _take(work, current, chunk, bool(faults))
        faults += found
    _refuse(faults)
    finish(work, current)
    return len(codes)


def begin(work: UnitOfWork, scheme: Scheme, batch_id: UUID, level: Level, file_name: str, file_digest: str) -> Import:
    """Opens the import of a file, or finds the one that was cut off. `file_digest`: SHA-256 of the file's bytes.

    Raises Conflict `code.file_imported_before`; `code.import_unfinished` where another file of this batch and level is
    half way.
    """
    known = store.find_import(work.connection, batch_id, level, file_digest)
    if known is not None:
        if known.state is ImportState.DONE:
            raise Conflict("code.file_imported_before", field="file", file=known.file_name)
        return known
    return _open(work, new_id(), scheme, batch_id, level, file_name, file_digest)


def _open(
    work: UnitOfWork,
    import_id: UUID,
    scheme: Scheme,
    batch_id: UUID,
    level: Level,
    file_name: str,
    file_digest: str,
) -> Import:
    other = store.unfinished_import(work.connection, batch_id, level)
    if other is not None:
        raise Conflict("code.import_unfinished", field="file", file=other.file_name)
    begun = Import(
        import_id=import_id,
        batch_id=batch_id,
        scheme=scheme,
        level=level,
        file_name=file_name,
        file_digest=file_digest,
        first_index=store.count_imported(work.connection, batch_id, level),
        codes_taken=0,
        lines_read=0,
        state=ImportState.RUNNING,
        started_at=work.now,
    )
    store.add_import(work.connection, begun)
    return begun


def finish(work: UnitOfWork, taken: Import) -> None:
    """Makes all codes of an import resolve, at once. Raises LostRace where it was finished or dropped meanwhile."""
    if store.finish_import(work.connection, taken, work.now) != 1:
        raise LostRace


def abandon(work: UnitOfWork, batch_id: UUID, level: Level) -> Import | None:
    """Drops the unfinished import of a batch's level and what it stored. Returns it, or None where there was none."""
    unfinished = store.unfinished_import(work.connection, batch_id, level)
    if unfinished is not None:
        store.drop_import(work.connection, unfinished)
    return unfinished


def _refuse(faults: Sequence[LineFault]) -> None:
    """Raises what the faults amount to, with the first hundred lines in the evidence: Conflict where all that is wrong
    is that codes were imported before."""
    if not faults:
        return
    first = faults[0]
    named = [f"{fault.line}: {fault.reason}: {fault.given}" for fault in faults[:MAX_FAULTS]]
    kind = Conflict if all(fault.reason == "imported_before" for fault in faults) else InvalidInput
    evidence = {"line": first.line, "given": first.given, "count": len(faults), "codes": named}
    raise kind(f"code.{first.reason}", field="codes", **evidence)


def _require_room(at: Import, more: int, capacity: int) -> None:
    given = at.first_index + at.codes_taken + more
    if given > capacity:
        raise InvalidInput("code.too_many", field="codes", capacity=capacity, given=given)


def _take(
    work: UnitOfWork, at: Import, chunk: Sequence[NumberedLine], is_refused: bool
) -> tuple[Import, list[LineFault]]:
    """Stores one chunk and moves the mark; once a fault is known (`is_refused`), only looks for more of them.

    Raises LostRace where another process took the chunk in, or the room it was to have.
    """
    faults = _malformed(at.scheme, chunk)
    if not faults and not is_refused and _is_stored(work.connection, at, chunk):
        return replace(at, codes_taken=at.codes_taken + len(chunk), lines_read=chunk[-1][0]), []
    faults += _repeated(work.connection, at, chunk)
    if not faults and not is_refused:
        raise LostRace
    first_of_line = {fault.line: fault for fault in reversed(faults)}
    return at, [first_of_line[line] for line in sorted(first_of_line)]


def _is_stored(connection: Connection, at: Import, chunk: Sequence[NumberedLine]) -> bool:
    """Whether the chunk could be stored: the primary key knows of repeats faster than any look-up."""
    first_index = at.first_index + at.codes_taken
    codes = {code: first_index + place for place, (_, code) in enumerate(chunk)}
    if len(codes) < len(chunk):
        return False
    try:
        with connection.begin_nested():
            # The mark first: who lost it must not take the other process's codes for repeats of its own.
            store.advance_import(connection, at, chunk[-1][0], at.codes_taken + len(chunk))
            store.add_imported(connection, at.scheme.value, at.batch_id, at.level, codes, at.import_id)
    except IntegrityError:
        return False
    return True


def _malformed(scheme: Scheme, chunk: Sequence[NumberedLine]) -> list[LineFault]:
    return [
        LineFault(number, "line_malformed", code[:40]) for number, code in chunk if not is_well_formed(scheme, code)
    ]


def _repeated(connection: Connection, at: Import, chunk: Sequence[NumberedLine]) -> list[LineFault]:
    """Codes that stand twice in the chunk, stood in an earlier chunk, or were imported with another file."""
    seen: set[str] = set()
    faults: list[LineFault] = []
    for number, code in chunk:
        if code in seen:
            faults.append(LineFault(number, "line_repeated", code))
        seen.add(code)
    codes = list(seen)
    for start in range(0, len(codes), LOOK_UP_CODES):
        before = store.imports_of(connection, at.scheme.value, codes[start : start + LOOK_UP_CODES])
        for number, code in chunk if before else ():
            if code in before:
                reason = "line_repeated" if before[code] == at.import_id else "imported_before"
                faults.append(LineFault(number, reason, code))
    return faults
