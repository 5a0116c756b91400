"""`suiyuan batch`: registration, recall, stop."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from ...trace.batches import service
from ...trace.batches.model import StopKind
from ..loading.batches import batch_steps
from ..loading.steps import Options, run
from .common import AsParty, FileArgument, acting_for, batch_named, console, opened, refusing

app = typer.Typer(help="Batches: registration, recall, stop.", no_args_is_help=True)

BatchArgument = Annotated[str, typer.Argument(help="The batch: its id, or any of its codes.")]


@app.command("register")
@refusing
def register(file: FileArgument) -> None:
    """Register the batches of a file, all or none; a batch number that is taken is refused."""
    with opened() as instance:
        options = Options()
        count = run(instance.database, batch_steps(file, options, skip_known=False), options)
    console.print(f"Registered {count} batches.")


@app.command("list")
@refusing
def list_batches(maker: AsParty) -> None:
    """List a maker's newest batches."""
    table = Table("batch number", "produced", "expires", "units", "id")
    with opened() as instance:
        _, party = acting_for(instance, maker)
        with instance.database.read() as connection:
            batches = service.list_batches(connection, party.party_id)
    for batch in batches:
        table.add_row(
            batch.batch_number, str(batch.production_on), str(batch.expires_on), f"{batch.size:,}", str(batch.batch_id)
        )
    console.print(table)


@app.command("stop")
@refusing
def stop(
    batch: BatchArgument,
    party: AsParty,
    reason: Annotated[str, typer.Option(help="Why; the public reads it.")],
    kind: Annotated[StopKind, typer.Option(help="recall (maker or regulator) or regulator.")] = StopKind.RECALL,
) -> None:
    """Recall or stop a batch. In force at once, everywhere."""
    with opened() as instance:
        actor, _ = acting_for(instance, party)
        batch_id = batch_named(instance, batch).batch_id
        ordered = instance.database.write(lambda work: service.stop_batch(work, actor, batch_id, kind, reason))
    console.print(f"Stopped; stop {ordered.stop_id}.")


@app.command("lift")
@refusing
def lift(
    batch: BatchArgument,
    stop_id: Annotated[UUID, typer.Argument(help="The stop to end.")],
    party: AsParty,
    reason: Annotated[str, typer.Option(help="Why.")],
) -> None:
    """End a stop; the order and its end both stay on record."""
    with opened() as instance:
        actor, _ = acting_for(instance, party)
        batch_id = batch_named(instance, batch).batch_id
        instance.database.write(lambda work: service.lift_stop(work, actor, batch_id, stop_id, reason))
    console.print("Lifted.")
