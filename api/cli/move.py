"""`suiyuan move`: every movement of goods."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from ...trace.batches import service as batches
from ...trace.custody import service
from ...trace.custody.model import Movement, WriteOffCause
from ...trace.custody.service import Circumstances
from ...trace.parties import service as parties
from ...trace.parties.model import Party
from ..forms.movements import FORMS, MovementFileForm, MovementName
from ..instance import Instance
from ..movement_files import goods_in
from .common import AsParty, acting_for, batch_named, console, opened, party_named, refusing

app = typer.Typer(help="Movements of goods, by the codes of units, cartons or pallets, mixed.", no_args_is_help=True)

Codes = Annotated[list[str], typer.Argument(help="Codes of units, cartons or pallets, mixed.")]
To = Annotated[str, typer.Option(help="Unified social credit code of the receiver.")]
SiteOption = Annotated[str, typer.Option("--site", help="Name of the acting party's site.")]
At = Annotated[
    str, typer.Option(help="When it was done, with its time zone, such as 2026-11-24T16:00+08:00; now without.")
]
Reason = Annotated[str, typer.Option(help="Why, for the record.")]
NeededReason = Annotated[str, typer.Option("--reason", help="Why, for the record.")]
Damaged = Annotated[list[str] | None, typer.Option(help="Code of what arrived unfit for sale; may be repeated.")]
Complete = Annotated[bool, typer.Option("--complete", help="Nothing more will come: what is missing is short.")]
WithSurplus = Annotated[bool, typer.Option("--with-surplus", help="Take in what was not announced, as a surplus.")]
Note = Annotated[str, typer.Option(help="Goes with the discrepancies.")]


@app.command("ship")
@refusing
def ship(codes: Codes, party: AsParty, to: To, site: SiteOption = "", at: At = "", reason: Reason = "") -> None:
    """Ship goods to another party."""
    _move(MovementName.SHIP, codes, party, site, at, reason, to=to)


@app.command("return")
@refusing
def send_back(codes: Codes, party: AsParty, to: To, reason: NeededReason, site: SiteOption = "", at: At = "") -> None:
    """Return goods to a supplier they came from, or to their maker: also what is stopped, expired or damaged."""
    _move(MovementName.RETURN, codes, party, site, at, reason, to=to)


@app.command("receive")
@refusing
def receive(
    codes: Codes,
    party: AsParty,
    damaged: Damaged = None,
    complete: Complete = False,
    with_surplus: WithSurplus = False,
    note: Note = "",
    site: SiteOption = "",
    at: At = "",
    reason: Reason = "",
) -> None:
    """Receive goods, in full, short, over or damaged; what does not match opens a discrepancy."""
    arrival = {"is_complete": complete, "with_surplus": with_surplus, "note": note}
    _move(MovementName.RECEIVE, codes, party, site, at, reason, damaged_codes=damaged or [], **arrival)


@app.command("refuse")
@refusing
def refuse_goods(codes: Codes, party: AsParty, reason: NeededReason, site: SiteOption = "", at: At = "") -> None:
    """Decline goods that are on their way: they are the sender's again."""
    _move(MovementName.REFUSE, codes, party, site, at, reason)


@app.command("relocate")
@refusing
def relocate(
    codes: Codes,
    party: AsParty,
    to_site: Annotated[str, typer.Option(help="Name of the site the goods go to; to no stated one without.")] = "",
    at: At = "",
    reason: Reason = "",
) -> None:
    """Move goods between sites of one party."""
    _move(MovementName.RELOCATE, codes, party, to_site, at, reason)


@app.command("unpack")
@refusing
def unpack(codes: Codes, party: AsParty, site: SiteOption = "", at: At = "", reason: Reason = "") -> None:
    """Break cartons up: their codes stand for nothing from then on."""
    _move(MovementName.UNPACK, codes, party, site, at, reason)


@app.command("repack")
@refusing
def repack(
    codes: Codes,
    party: AsParty,
    into: Annotated[str, typer.Option(help="Code of the carton that the units go into.")],
    site: SiteOption = "",
    at: At = "",
    reason: Reason = "",
) -> None:
    """Put units of one batch into a carton of that batch."""
    _move(MovementName.REPACK, codes, party, site, at, reason, carton=into)


@app.command("sell")
@refusing
def sell(
    codes: Codes,
    party: AsParty,
    buyer: Annotated[str, typer.Option(help="Name of the farmer or farm.")] = "",
    telephone: Annotated[str, typer.Option(help="Telephone of the buyer.")] = "",
    use: Annotated[str, typer.Option(help="On what and against what it will be used.")] = "",
    identity: Annotated[
        bool, typer.Option("--identity", help="Ask for the buyer's identity number: not shown, and not kept.")
    ] = False,
    site: SiteOption = "",
    at: At = "",
    reason: Reason = "",
) -> None:
    """Sell goods to a farmer or farm; restricted pesticides need the buyer's identity."""
    sale: dict[str, object] = {"buyer_name": buyer, "buyer_telephone": telephone, "intended_use": use}
    if identity:
        sale["buyer_identity"] = _identity_number()
    _move(MovementName.SELL, codes, party, site, at, reason, **sale)


@app.command("take-back")
@refusing
def take_back(codes: Codes, party: AsParty, reason: NeededReason, site: SiteOption = "", at: At = "") -> None:
    """Take back what the party had sold to a farmer."""
    _move(MovementName.TAKE_BACK, codes, party, site, at, reason)


@app.command("write-off")
@refusing
def write_off(
    codes: Codes,
    party: AsParty,
    cause: Annotated[WriteOffCause, typer.Option(help="Why they leave the stock for good.")],
    site: SiteOption = "",
    at: At = "",
    reason: Reason = "",
) -> None:
    """Take goods out of the stock for good."""
    _move(MovementName.WRITE_OFF, codes, party, site, at, reason, cause=cause.value)


@app.command("sample")
@refusing
def sample(codes: Codes, party: AsParty, site: SiteOption = "", at: At = "", reason: Reason = "") -> None:
    """Take units for inspection, whoever has them. An inspection agency's or the regulator's act."""
    _move(MovementName.SAMPLE, codes, party, site, at, reason)


@app.command("seize")
@refusing
def seize(codes: Codes, party: AsParty, reason: NeededReason, site: SiteOption = "", at: At = "") -> None:
    """Seize goods, whoever has them. The regulator's act."""
    _move(MovementName.SEIZE, codes, party, site, at, reason)


@app.command("release")
@refusing
def release(codes: Codes, party: AsParty, reason: NeededReason, site: SiteOption = "") -> None:
    """Give seized goods back: they are what they were."""
    _move(MovementName.RELEASE, codes, party, site, "", reason)


@app.command("destroy")
@refusing
def destroy(codes: Codes, party: AsParty, reason: NeededReason, site: SiteOption = "", at: At = "") -> None:
    """Record that damaged, written-off, seized or sampled goods were destroyed."""
    _move(MovementName.DESTROY, codes, party, site, at, reason)


@app.command("undo")
@refusing
def undo(
    batch: Annotated[str, typer.Argument(help="The batch: its id, or any of its codes.")],
    movement: Annotated[UUID, typer.Argument(help="The id of the movement.")],
    party: AsParty,
    reason: NeededReason,
    site: SiteOption = "",
) -> None:
    """Take back a wrong scan: within ten days, and never after anybody acted on the goods since."""
    with opened() as instance:
        actor, found = acting_for(instance, party)
        batch_id = batch_named(instance, batch).batch_id
        how = Circumstances(_site_id(found, site), reason)
        undone = instance.database.write(
            lambda work: service.undo(work, actor, found.party_id, batch_id, movement, how)
        )
        _say(instance, [undone])


@app.command("file")
@refusing
def move_file(
    kind: Annotated[str, typer.Argument(help="ship, return or receive.")],
    file: Annotated[Path, typer.Argument(help="CSV, text or XLSX: one code a line, up to 100,000.")],
    party: AsParty,
    to: Annotated[str, typer.Option(help="Unified social credit code of the receiver; not to receive.")] = "",
    complete: Complete = False,
    with_surplus: WithSurplus = False,
    note: Note = "",
    site: SiteOption = "",
    at: At = "",
    reason: Reason = "",
) -> None:
    """Ship, return or receive what a file names, all or nothing; codes that are none are told with their lines."""
    with opened() as instance:
        actor, found = acting_for(instance, party)
        stated = _stated(instance, found, site, at, reason, to=to)
        arrival = {"is_complete": complete, "with_surplus": with_surplus, "note": note}
        form = MovementFileForm.model_validate({"kind": kind, **stated, **arrival}).movement()
        act = form.act_on(instance, actor, goods_in(instance, file))
        _say(instance, instance.database.write(act))


def _move(kind: MovementName, codes: list[str], party: str, site: str, at: str, reason: str, **fields: Any) -> None:
    with opened() as instance:
        actor, found = acting_for(instance, party)
        stated = _stated(instance, found, site, at, reason, **fields)
        form = FORMS[kind].model_validate({"codes": codes, **stated})
        _say(instance, instance.database.write(form.act(instance, actor)))


def _stated(
    instance: Instance, party: Party, site: str, at: str, reason: str, to: str = "", **fields: object
) -> dict[str, object]:
    """The fields of a form, as the options name them. What was left out is left out."""
    stated: dict[str, object] = {"reason": reason, **fields}
    if to:
        stated["to_id"] = party_named(instance, to, "to").party_id
    if site:
        stated["site_id"] = _site_id(party, site)
    if at:
        stated["captured_at"] = at
    return stated


def _site_id(party: Party, name: str) -> UUID | None:
    return parties.site_id_of(party.party_id, name) if name else None


def _identity_number() -> str:
    """Asked for, so that it stands in no list of processes and no shell's history; piped in, its first line."""
    if sys.stdin.isatty():
        return typer.prompt("identity number", hide_input=True)
    return sys.stdin.readline().strip()


def _say(instance: Instance, movements: list[Movement]) -> None:
    with instance.database.read() as connection:
        found = batches.list_batches_by_id(connection, {movement.batch_id for movement in movements})
    numbers = {batch.batch_id: batch.batch_number for batch in found}
    for movement in movements:
        units = f"{movement.units:,} units of batch {numbers[movement.batch_id]}"
        console.print(f"{movement.kind.value}: {units}; movement {movement.movement_id}.", markup=False)
