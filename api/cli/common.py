"""What the commands share: opening the instance, refusing in one line, naming parties and batches."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, NoReturn, ParamSpec, TypeVar
from uuid import UUID

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ...trace.batches import service as batches
from ...trace.batches.model import Batch
from ...trace.codes.service import Outcome
from ...trace.kernel.errors import NotKnown, SuiyuanError
from ...trace.parties import service as parties
from ...trace.parties.model import Actor, Party
from ..instance import Instance, open_instance
from ..settings import Settings, terminal_language

_IDENTIFIER = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

P = ParamSpec("P")
R = TypeVar("R")

PIPED_COLUMNS = 200

console = Console(width=None if sys.stdout.isatty() else PIPED_COLUMNS)
"""Piped into another program, a table keeps its identifiers whole."""

errors = Console(stderr=True)


def progress_bar() -> Progress:
    """A progress bar on standard error, for people only: a log is not drawn into."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal)


@contextmanager
def written_whole(output: Path) -> Iterator[BinaryIO]:
    """A file that takes its name only once all of it is written; a failed act leaves nothing behind."""
    draft = output.with_name(output.name + ".part")
    try:
        with draft.open("wb") as file:
            yield file
        draft.replace(output)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


AsParty = Annotated[str, typer.Option("--as", help="Unified social credit code of the party that acts.")]
FileArgument = Annotated[Path, typer.Argument(help="A CSV file in UTF-8, with the columns of sample_batches/.")]


def refuse(code: str, message: str) -> NoReturn:
    """One line on standard error and exit status 1."""
    sys.stderr.write(f"refused [{code}] {' '.join(message.split())}\n")
    raise typer.Exit(1)


def refusing(command: Callable[P, R]) -> Callable[P, R]:
    """Makes a command end every refusal in one line and a non-zero exit, never in a traceback."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except SuiyuanError as error:
            field = f" ({error.field})" if error.field else ""
            codes = error.evidence.get("codes")
            offenders = f": {', '.join(map(str, codes))}" if isinstance(codes, list) and codes else ""
            refuse(error.code, error.text(terminal_language()) + field + offenders)
        except ValidationError as error:
            first = error.errors()[0]
            refuse("request.body", f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")
        except OSError as error:
            refuse("file.access", f"{error.filename}: {error.strerror}")

    return wrapped


@contextmanager
def opened(*, may_upgrade: bool = True) -> Iterator[Instance]:
    """The instance that the environment's settings name."""
    try:
        settings = Settings()
    except ValidationError as error:
        refuse("settings", str(error.errors()[0]["msg"]))
    instance = open_instance(settings, may_upgrade=may_upgrade)
    try:
        yield instance
    finally:
        instance.close()


def acting_for(instance: Instance, credit_code: str) -> tuple[Actor, Party]:
    """The operator acting for a party, with that party's roles and no more."""
    with instance.database.read() as connection:
        party = parties.require_party_by_credit_code(connection, credit_code, "as")
    return Actor(party.party_id, party.roles), party


def acting_for_party(instance: Instance, party_id: UUID) -> Actor:
    """The operator acting for the party with this id."""
    with instance.database.read() as connection:
        return Actor(party_id, parties.require_party(connection, party_id).roles)


def party_named(instance: Instance, credit_code: str, field: str) -> Party:
    with instance.database.read() as connection:
        return parties.require_party_by_credit_code(connection, credit_code, field)


def batch_named(instance: Instance, name: str) -> Batch:
    """A batch by its id or by any of its codes. Raises InvalidInput `code.*`; NotKnown `batch.unknown`."""
    if _IDENTIFIER.fullmatch(name):  # not UUID(name): 32 digits, a pesticide code, would pass for one
        batch_id = UUID(name)
    else:
        resolution = instance.resolver.resolve(name)
        if resolution.outcome is Outcome.UNKNOWN:
            raise NotKnown("batch.unknown", field="batch")
        batch_id = resolution.require_batch_id("batch")
    with instance.database.read() as connection:
        return batches.require_batch(connection, batch_id)
