"""`suiyuan`: the commands, gathered. Each noun has its file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from ...trace.batches import packing
from ...trace.codes.service import Outcome
from ...trace.custody import service as custody
from ...trace.inspection.publication import bulletins
from ...trace.ledger import service as event_log
from ...trace.verification.service import filing
from ..loading.directory import load_directory
from ..loading.steps import Options
from ..routes.answer_document import answer_document
from ..settings import terminal_language
from . import batch, codes, draw, key, labels, ledger, move, party, product, receipt, sample, trace, transfer, webhook
from .balance import balance
from .common import console, opened, refuse, refusing
from .serve import serve

app = typer.Typer(
    name="suiyuan",
    help="Suiyuan 穗源: is it genuine, was it tested, and by which way did it come?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("serve")(serve)
app.command("balance")(balance)
for noun in (party, product, batch, codes, labels, transfer, move, ledger, trace, sample, draw, key, receipt, webhook):
    app.add_typer(noun.app, name=noun.__name__.rpartition(".")[2])


@app.command("load")
@refusing
def load(
    folder: Annotated[Path, typer.Argument(help="A directory of CSV files, as sample_batches/ is one.")],
    demonstration: Annotated[
        bool, typer.Option(help="Mark parties, products and batches as made up for a demonstration.")
    ] = True,
) -> None:
    """Load a directory of files, whole or not at all; the same files a second time change nothing."""
    with opened() as instance:
        options = Options(is_dated=True, is_demonstration=demonstration, accept_warnings=True)
        loaded = load_directory(instance.database, folder, options)
    if loaded.was_loaded_before:
        console.print("These files were loaded before; nothing changed.")
    else:
        console.print(f"Loaded {loaded.steps} acts and {loaded.citations} citations.")


@app.command("answer")
@refusing
def answer(code: Annotated[str, typer.Argument(help="A code, or any text or address that contains one.")]) -> None:
    """Say what a scan of CODE is told. Exit status: 0 known, 3 not registered here, 1 malformed."""
    with opened() as instance:
        resolution = instance.answers.resolve(code)
        given = instance.answers.answer(resolution)
        instance.answers.record_scan_and_wait(resolution, "command")
    typer.echo(orjson.dumps(answer_document(given, terminal_language()), option=orjson.OPT_INDENT_2).decode("utf-8"))
    if resolution.outcome is Outcome.UNKNOWN:
        raise typer.Exit(3)


@app.command("check")
@refusing
def check() -> None:
    """Check the database: one holder for each unit, packages agree, chains, bulletins and counts of scans are whole."""
    with opened(may_upgrade=False) as instance, instance.database.read() as connection:
        faults = [
            *custody.broken_batches(connection),
            *packing.broken_packing(connection),
            *event_log.broken_chains(connection),
            *bulletins.broken_bulletins(connection),
            *filing.broken_counts(connection),
        ]
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        refuse("check.failed", f"{len(faults)} faults")
    console.print("All invariants hold.")


def main() -> None:
    """The console script."""
    app()
