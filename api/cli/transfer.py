"""`suiyuan transfer`: ship, receive, list."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from ...trace.custody import service
from .common import AsParty, acting_for, console, opened, party_named, refusing

app = typer.Typer(help="Shipments and receipts.", no_args_is_help=True)

Codes = Annotated[list[str], typer.Argument(help="Codes of units, cartons or pallets, mixed.")]


@app.command("ship")
@refusing
def ship(
    codes: Codes,
    party: AsParty,
    to: Annotated[str, typer.Option(help="Unified social credit code of the receiver.")],
) -> None:
    """Ship what the codes stand for, all or nothing."""
    with opened() as instance:
        actor, sender = acting_for(instance, party)
        receiver = party_named(instance, to, "to")
        goods = service.goods_of_codes(instance.database, instance.resolver, codes)
        movements = instance.database.write(
            lambda work: service.ship(work, actor, sender.party_id, receiver.party_id, goods)
        )
    for movement in movements:
        console.print(f"Shipped {movement.units:,} units; transfer {movement.transfer_id}.")


@app.command("receive")
@refusing
def receive(codes: Codes, party: AsParty) -> None:
    """Receive what the codes stand for, all or nothing."""
    with opened() as instance:
        actor, receiver = acting_for(instance, party)
        goods = service.goods_of_codes(instance.database, instance.resolver, codes)
        movements = instance.database.write(lambda work: service.receive(work, actor, receiver.party_id, goods))
    for movement in movements:
        console.print(f"Received {movement.units:,} units of transfer {movement.transfer_id}.")


@app.command("list")
@refusing
def list_transfers(party: AsParty) -> None:
    """List what is on its way to a party and what it holds."""
    with opened() as instance:
        _, found = acting_for(instance, party)
        with instance.database.read() as connection:
            inbound = service.inbound(connection, found.party_id)
            holdings = service.holdings(connection, found.party_id)
    table = Table("", "batch", "units", "transfer")
    for each in inbound:
        table.add_row("on its way", str(each.batch_id), f"{each.units:,}", str(each.transfer_id))
    for each in holdings:
        table.add_row("held", str(each.batch_id), f"{each.units:,}", "")
    console.print(table)
