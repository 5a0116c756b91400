"""`suiyuan draw`: verify a published draw. It needs no database and no settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...trace.inspection.draw import MAX_FILE_BYTES, read, verify
from ...trace.kernel.errors import InvalidInput
from ..settings import terminal_language
from .common import refusing

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
