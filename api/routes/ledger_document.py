"""A ledger as JSON: for each kind of goods its columns, its lines by column, and the rules behind them."""

from __future__ import annotations

from typing import Any

from ..ledger_tables import Cell, Ledger, LedgerTable


def ledger_document(ledger: Ledger) -> dict[str, Any]:
    return {
        "party": ledger.party.name,
        "credit_code": ledger.party.credit_code,
        "side": ledger.side.value,
        "from": ledger.first.isoformat(),
        "to": ledger.last.isoformat(),
        "tables": [_table(table) for table in ledger.tables],
    }


def _table(table: LedgerTable) -> dict[str, Any]:
    names = [column.name for column in table.columns]
    return {
        "kind": table.kind.value,
        "sources": list(table.sources),
        "columns": [{"name": column.name, "heading": column.heading} for column in table.columns],
        "lines": [dict(zip(names, map(_plain, row), strict=True)) for row in table.rows],
    }


def _plain(cell: Cell) -> str | int:
    return cell if isinstance(cell, str | int) else cell.isoformat()
