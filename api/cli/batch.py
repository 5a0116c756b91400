"""`suiyuan batch`: registration, recall, stop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from ...trace.batches import service
from ...trace.batches.model import Batch, Stop, StopKind
from ...trace.codes.model import Level
from ...trace.custody import service as custody
from ...trace.enforcement import service as enforcement
from ...trace.kernel.errors import InvalidInput
from ...trace.kernel.intervals import Interval, united
from ...trace.kernel.texts import text
from ...trace.store.database import UnitOfWork
from ..instance import Instance
from ..loading.batches import batch_steps
from ..loading.steps import Options, run
from ..settings import terminal_language
from .common import AsParty, FileArgument, acting_for, batch_named, console, errors, opened, refusing

app = typer.Typer(help="Batches: registration, recall, stop.", no_args_is_help=True)

BatchArgument = Annotated[str, typer.Argument(help="The batch: its id, or any of its codes.")]


@app.command("register")
@refusing
def register(file: FileArgument) -> None:
    """Register the batches of a file, all or none; a batch number that is taken is refused."""
    registered: dict[UUID, Batch] = {}
    with opened() as instance:
        options = Options()
        steps = batch_steps(file, options, skip_known=False, registered=registered)
        count = run(instance.database, steps, options)
    console.print(f"Registered {count} batches.")
    for batch in registered.values():
        for warning in batch.warnings:
            said = text(f"word.batch_warning.{warning}", terminal_language())
            errors.print(f"warning: {batch.batch_number}: {said}", markup=False)


@app.command("list")
@refusing
def list_batches(maker: AsParty) -> None:
    """List a maker's newest batches."""
    table = Table("batch number", "produced", "expires", "units", "cartons", "pallets", "id")
    with opened() as instance:
        _, party = acting_for(instance, maker)
        with instance.database.read() as connection:
            batches = service.list_batches(connection, party.party_id)
    for batch in batches:
        table.add_row(
            batch.batch_number,
            str(batch.production_on),
            str(batch.expires_on),
            f"{batch.size:,}",
            _with_spare(batch, Level.CARTON),
            _with_spare(batch, Level.PALLET),
            str(batch.batch_id),
        )
    console.print(table)


def _with_spare(batch: Batch, level: Level) -> str:
    """Packages of a level, and how many spare codes follow them: `1,667 + 16`."""
    regular = batch.packing.count_at(level, batch.size)
    return f"{regular:,} + {batch.packages_at(level) - regular:,}"


@app.command("stop")
@refusing
def stop(
    batch: BatchArgument,
    party: AsParty,
    reason: Annotated[str, typer.Option(help="Why; the public reads it.")],
    kind: Annotated[StopKind, typer.Option(help="recall (maker or regulator) or regulator.")] = StopKind.RECALL,
    units: Annotated[str, typer.Option("--range", help="Only units first:last+1, such as 0:1200.")] = "",
    only: Annotated[
        list[str] | None, typer.Option(help="Only what is in this pack, carton or pallet; may be repeated.")
    ] = None,
) -> None:
    """Recall or stop a batch, or a part of it. In force at once, everywhere. Each range of units is one stop."""
    with opened() as instance:
        actor, _ = acting_for(instance, party)
        found = batch_named(instance, batch)
        intervals = united([*_range(units, found), *_units_of(instance, found, only or [])])

        def order(work: UnitOfWork) -> list[Stop]:
            parts = intervals or (None,)
            return [enforcement.stop_batch(work, actor, found.batch_id, kind, reason, part) for part in parts]

        ordered = instance.database.write(order)
    for each in ordered:
        part = f"units {each.interval.start}:{each.interval.stop}; " if intervals else ""
        console.print(f"Stopped; {part}stop {each.stop_id}.")


def _range(units: str, batch: Batch) -> list[Interval]:
    """Raises InvalidInput `stop.interval`."""
    if not units:
        return []
    start, colon, stop = units.partition(":")
    if not (colon and start.isdecimal() and stop.isdecimal() and int(start) < int(stop)):
        raise InvalidInput("stop.interval", field="range", size=batch.size)
    return [Interval(int(start), int(stop))]


def _units_of(instance: Instance, batch: Batch, codes: Iterable[str]) -> Iterator[Interval]:
    """Raises InvalidInput `custody.unusable_codes`, `stop.other_batch` for a code without any unit of the batch."""
    for code in codes:
        goods = custody.goods_of_codes(instance.database, instance.resolver, [code])
        own = [interval for each in goods if each.batch_id == batch.batch_id for interval in each.intervals]
        if not own:
            raise InvalidInput("stop.other_batch", field="only", given=code[:60])
        yield from own


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
        instance.database.write(lambda work: enforcement.lift_stop(work, actor, batch_id, stop_id, reason))
    console.print("Lifted.")
