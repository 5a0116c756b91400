"""`suiyuan party`: organisations, their licences and sites."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from ...trace.parties import service
from ..loading.parties import licence_steps, party_steps, site_steps
from ..loading.steps import Options, run
from .common import AsParty, FileArgument, acting_for, console, opened, party_named, refusing

app = typer.Typer(help="Organisations, their licences and sites.", no_args_is_help=True)
sites = typer.Typer(help="The stores and shops of a party.", no_args_is_help=True)
app.add_typer(sites, name="site")


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


@sites.command("add")
@refusing
def add_sites(file: FileArgument) -> None:
    """Add the stores and shops of a file; those that are there already are left."""
    with opened() as instance:
        options = Options()
        console.print(f"Read {run(instance.database, site_steps(file, options), options)} sites.")


@sites.command("list")
@refusing
def list_sites(
    party: Annotated[str, typer.Argument(help="Unified social credit code of the party.")],
) -> None:
    """List a party's sites, closed ones too."""
    table = Table("name", "region", "address", "closed", "id")
    with opened() as instance:
        party_id = party_named(instance, party, "party").party_id
        with instance.database.read() as connection:
            found = service.list_sites(connection, party_id)
    for site in found:
        closed = site.closed_at.isoformat() if site.closed_at else ""
        table.add_row(site.name, site.region_code, site.address, closed, str(site.site_id))
    console.print(table)


@sites.command("close")
@refusing
def close_site(
    site_id: Annotated[UUID, typer.Argument(help="Id of the site.")],
    as_party: AsParty,
) -> None:
    """Close a site. It stays on record."""
    with opened() as instance:
        actor, party = acting_for(instance, as_party)
        instance.database.write(lambda work: service.close_site(work, actor, party.party_id, site_id))
    console.print("Closed.")
