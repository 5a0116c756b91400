"""`suiyuan party`: organisations and their licences."""

from __future__ import annotations

import typer
from rich.table import Table

from ...trace.parties import service
from ..loading.parties import licence_steps, party_steps
from ..loading.steps import Options, run
from .common import FileArgument, console, opened, refusing

app = typer.Typer(help="Organisations and their licences.", no_args_is_help=True)


@app.command("register")
@refusing
def register(file: FileArgument) -> None:
    """Register the organisations of a file; those that are there already are left."""
    with opened() as instance:
        options = Options()
        console.print(f"Read {run(instance.database, party_steps(file, options), options)} parties.")


@app.command("licence")
@refusing
def licence(file: FileArgument) -> None:
    """Record the licences and filings of a file; those that are there already are left."""
    with opened() as instance:
        options = Options()
        console.print(f"Read {run(instance.database, licence_steps(file, options), options)} licences.")


@app.command("list")
@refusing
def list_parties() -> None:
    """List all organisations."""
    table = Table("credit code", "name", "roles", "region", "id")
    with opened() as instance, instance.database.read() as connection:
        for party in service.list_parties(connection):
            roles = ", ".join(sorted(party.roles))
            table.add_row(party.credit_code, party.name, roles, party.region_code, str(party.party_id))
    console.print(table)
