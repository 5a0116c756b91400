"""`suiyuan balance`: whether everything that came to a party is somewhere."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from ...trace.batches import service as batches
from ...trace.custody import service
from .common import console, opened, party_named, refusing

COLUMNS = (
    "made",
    "received",
    "held",
    "damaged",
    "in_transit",
    "sold",
    "written_off",
    "destroyed",
    "passed_on",
    "returned",
    "sampled",
    "seized",
)


@refusing
def balance(party: Annotated[str, typer.Argument(help="Unified social credit code of the party.")]) -> None:
    """Show the mass balance of every batch a party ever answered for: what came in, and where it is."""
    with opened() as instance:
        party_id = party_named(instance, party, "party").party_id
        with instance.database.read() as connection:
            found = service.balances(connection, party_id)
            known = batches.list_batches_by_id(connection, {each.batch_id for each in found})
    numbers = {batch.batch_id: batch.batch_number for batch in known}
    shown = [name for name in COLUMNS if any(getattr(each, name) for each in found)]
    table = Table("batch", *(name.replace("_", " ") for name in shown), "even")
    for each in found:
        counts = (f"{getattr(each, name):,}" for name in shown)
        table.add_row(numbers[each.batch_id], *counts, "yes" if each.is_even else "NO")
    console.print(table)
