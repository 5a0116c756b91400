"""`suiyuan ledger`: the legal ledgers of a party as files."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from ...trace.catalog.ledger_rules import LedgerSide
from ...trace.catalog.model import ProductKind
from ...trace.kernel.errors import InvalidInput
from ..ledger_files import LedgerFormat, write_ledger
from ..ledger_tables import read_ledger
from ..periods import Known
from ..settings import terminal_language
from .common import console, opened, party_named, refusing, written_whole

app = typer.Typer(help="The purchase and sales ledgers (采购台账, 销售台账).", no_args_is_help=True)

PartyArgument = Annotated[str, typer.Argument(help="Unified social credit code of the party.")]
From = Annotated[str, typer.Option("--from", help="First day, such as 2026-01-01.")]
To = Annotated[str, typer.Option("--to", help="Last day.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="The file to write: .csv (one kind of goods) or .xlsx.")]
Kind = Annotated[ProductKind | None, typer.Option(help="Only this kind of goods.")]


@app.command("purchase")
@refusing
def purchase(party: PartyArgument, first: From, last: To, output: Output, kind: Kind = None) -> None:
    """Write what a party took in between two days."""
    _write(LedgerSide.PURCHASE, party, first, last, output, kind)


@app.command("sale")
@refusing
def sale(party: PartyArgument, first: From, last: To, output: Output, kind: Kind = None) -> None:
    """Write what a party passed on and sold between two days."""
    _write(LedgerSide.SALE, party, first, last, output, kind)


def day_of(value: str, field: str) -> date:
    """Raises InvalidInput `request.body` for what is no day."""
    try:
        return TypeAdapter(Known).validate_python(value)
    except ValueError:
        raise InvalidInput("request.body", field=field, reason=f"{field}: {value[:20]}") from None


def _write(side: LedgerSide, credit_code: str, first: str, last: str, output: Path, kind: ProductKind | None) -> None:
    suffix = output.suffix.lower().lstrip(".")
    if suffix not in list(LedgerFormat):
        raise InvalidInput("file.type", field="output", known=", ".join(f".{each}" for each in LedgerFormat))
    with opened() as instance:
        party_id = party_named(instance, credit_code, "party").party_id
        days = day_of(first, "from"), day_of(last, "to")
        ledger = read_ledger(instance, party_id, side, *days, terminal_language(), kind)
    with written_whole(output) as file:
        write_ledger(ledger, LedgerFormat(suffix), file)
    lines = sum(len(table.rows) for table in ledger.tables)
    console.print(f"Wrote {lines} lines to {output}.", markup=False)
