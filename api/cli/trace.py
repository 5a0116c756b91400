"""`suiyuan trace`: where goods went, and where they came from."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from ...trace.kernel.clock import CHINA
from ..periods import instants_of
from ..traces import holders_of, suppliers_of, way_of
from .common import batch_named, console, opened, party_named, refusing
from .ledger import From, To, day_of

app = typer.Typer(help="Where goods went, and where they came from.", no_args_is_help=True)

MINUTE = "%Y-%m-%d %H:%M"


@app.command("batch")
@refusing
def trace_batch(batch: Annotated[str, typer.Argument(help="The batch: its id, or any of its codes.")]) -> None:
    """Show every present holder of a batch, with quantities."""
    table = Table("holder", "state", "units")
    with opened() as instance:
        for each in holders_of(instance, batch_named(instance, batch).batch_id):
            table.add_row(each.holder, each.state.value, f"{each.units:,}")
    console.print(table)


@app.command("unit")
@refusing
def trace_unit(code: Annotated[str, typer.Argument(help="The code of a unit.")]) -> None:
    """Show the whole way of a unit, oldest step first, in China's time."""
    table = Table("when", "what", "from", "to")
    with opened() as instance:
        for step in way_of(instance, code):
            when = step.occurred_at.astimezone(CHINA).strftime(MINUTE)
            table.add_row(when, step.kind.value, step.sender, step.receiver)
    console.print(table)


@app.command("supplier")
@refusing
def trace_suppliers(
    party: Annotated[str, typer.Argument(help="Unified social credit code of the party that was supplied.")],
    first: From,
    last: To,
) -> None:
    """Show who supplied a party between two days, by batch."""
    table = Table("supplier", "batch", "receipts", "units", "last")
    with opened() as instance:
        party_id = party_named(instance, party, "party").party_id
        for each in suppliers_of(instance, party_id, *instants_of(day_of(first, "from"), day_of(last, "to"))):
            when = each.last_at.astimezone(CHINA).strftime(MINUTE)
            table.add_row(each.supplier, each.batch_number, f"{each.receipts:,}", f"{each.units:,}", when)
    console.print(table)
