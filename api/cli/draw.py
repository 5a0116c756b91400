"""`suiyuan draw`: verify a published draw, for which neither a database nor settings are needed; list and export those
published here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ...trace.inspection.draw import MAX_FILE_BYTES, read, verify, written
from ...trace.inspection.plans import service as plans
from ...trace.kernel.errors import InvalidInput
from ..settings import terminal_language
from .common import console, opened, refusing, written_whole

app = typer.Typer(help="Random draws.", no_args_is_help=True)


@app.callback()
def draw() -> None:
    """Random draws."""


@app.command("verify")
@refusing
def verify_file(
    file: Annotated[Path, typer.Argument(help="The published file of a draw.")],
    commitment: Annotated[
        str | None, typer.Option(help="The digest that was published before the draw, 64 hexadecimal digits.")
    ] = None,
) -> None:
    """Draw again from a published file alone and compare, redraws included; exit status 1 with what differs.

    Without --commitment, that the list and the secret were fixed before is not checked: compare the digest yourself.
    """
    with file.open("rb") as opened:
        document = read(opened.read(MAX_FILE_BYTES + 1))
    faults = verify(document, terminal_language(), commitment)
    if faults:
        raise InvalidInput("draw.faults", faults=" | ".join(faults))
    typer.echo(f"Verified: commitment {document['commitment']['digest']}.")


@app.command("list")
@refusing
def list_draws() -> None:
    """List the commitments and draws made here, the newest first."""
    table = Table("number", "title", "organiser", "state", "commitment")
    with opened() as instance, instance.database.read() as connection:
        for each in plans.list_draws(connection):
            table.add_row(each.plan_number, each.title, each.organiser, each.state.value, each.digest)
    console.print(table)


@app.command("export")
@refusing
def export_file(
    number: Annotated[str, typer.Argument(help="Number of the plan.")],
    output: Annotated[Path, typer.Option(help="Where the file goes.")],
    redraws: Annotated[int | None, typer.Option(help="As it was after so many redraws.")] = None,
) -> None:
    """Write the file of a published draw, the same that the public page gives."""
    with opened() as instance, instance.database.read() as connection:
        content = written(plans.published_document(connection, number, redraws))
    with written_whole(output) as file:
        file.write(content)
    console.print(f"Wrote {len(content):,} bytes.")
