"""`suiyuan key`: API keys."""

from __future__ import annotations

from typing import Annotated

import typer

from ...trace.codes import label_keys
from ...trace.parties import access
from ...trace.parties.model import OPERATOR
from .common import console, opened, party_named, refusing

app = typer.Typer(help="API keys.", no_args_is_help=True)


@app.command("create")
@refusing
def create(
    party: Annotated[str, typer.Argument(help="Unified social credit code of the party.")],
    label: Annotated[str, typer.Option(help="What the key is for.")] = "",
) -> None:
    """Make a key and print it, alone on standard output. It is shown this once."""
    with opened() as instance:
        party_id = party_named(instance, party, "party").party_id
        key = instance.database.write(lambda work: access.issue_key(work, OPERATOR, party_id, label))
    typer.echo(key.secret)


@app.command("withdraw")
@refusing
def withdraw(
    key_id: Annotated[str, typer.Argument(help="The eight characters after sy_.")],
) -> None:
    """End a key at once."""
    with opened() as instance:
        instance.database.write(lambda work: access.withdraw_key(work, OPERATOR, key_id))
    console.print("Withdrawn.")


@app.command("rotate-labels")
@refusing
def rotate_labels() -> None:
    """Make a new key for signing labels. Labels signed with earlier keys stay good."""
    with opened() as instance:
        key = instance.database.write(lambda work: label_keys.rotate(work, instance.keyring))
    console.print(f"Labels are signed with key {key.key_number} from now on.")
