"""`suiyuan product`: products and their registrations."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from ...trace.catalog import service
from ..loading.products import product_steps
from ..loading.steps import Options, run
from .common import FileArgument, console, opened, party_named, refusing

app = typer.Typer(help="Products and their registrations.", no_args_is_help=True)


@app.command("register")
@refusing
def register(
    file: FileArgument,
    accept_warnings: Annotated[
        bool, typer.Option("--accept-warnings", help="Register numbers of an unusual form all the same.")
    ] = False,
) -> None:
    """Register the products of a file; those that are there already are left."""
    with opened() as instance:
        options = Options(accept_warnings=accept_warnings)
        console.print(f"Read {run(instance.database, product_steps(file, options), options)} products.")


@app.command("list")
@refusing
def list_products(
    holder: Annotated[str, typer.Argument(help="Unified social credit code of the holder.")],
) -> None:
    """List a holder's products."""
    table = Table("number", "name", "kind", "GTIN", "warnings", "id")
    with opened() as instance:
        party = party_named(instance, holder, "holder")
        with instance.database.read() as connection:
            products = service.list_products(connection, holder_id=party.party_id)
    for product in products:
        table.add_row(
            product.registration_number,
            product.name,
            product.kind,
            product.gtin,
            " ".join(product.warnings),
            str(product.product_id),
        )
    console.print(table)
