"""The legal ledgers of purchase and sale (采购台账, 销售台账), read from the movements: nobody keeps them by hand.

What was undone stays as it was written, and its undo stands as a correction with its own day: a ledger is never
changed backwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection

from ...batches import service as batches
from ...batches.model import Batch
from ...catalog import ledger_rules
from ...catalog import service as catalog
from ...catalog.ledger_rules import LedgerSide
from ...catalog.model import Product
from ...kernel.clock import day_in_china
from ...kernel.errors import InvalidInput
from ...parties import service as parties
from ...parties.model import Party
from .. import report_store
from ..model import MovementKind, Sale
from ..report_store import LedgerMovement

MAX_LEDGER_LINES = 100_000
"""Movements of one ledger; more belongs into several periods."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of a ledger. `units` is negative for what takes back: a return, a refusal, an undone movement.

    `is_correction` marks those. `sale` is set for sales to users only; `keep_until` is the last day on which the line
    must still be there.
    """

    movement_id: UUID
    day: date
    kind: MovementKind
    is_correction: bool
    units: int
    batch: Batch
    product: Product
    maker: Party
    counterparty: Party | None
    sale: Sale | None
    reason: str
    keep_until: date


_FROM, _TO = "from_id", "to_id"
_BUY, _SELL = LedgerSide.PURCHASE, LedgerSide.SALE
_KIND = MovementKind

_BOOKINGS: Mapping[tuple[LedgerSide, MovementKind, bool], tuple[str, int]] = {
    (_BUY, _KIND.RECEIVE, False): (_TO, 1),
    (_BUY, _KIND.RECEIVE_DAMAGED, False): (_TO, 1),
    (_BUY, _KIND.SETTLE_OVER, False): (_TO, 1),
    (_BUY, _KIND.RETURN, True): (_FROM, -1),
    (_BUY, _KIND.REFUSE, True): (_TO, 1),
    (_BUY, _KIND.REFUSE_DAMAGED, True): (_TO, 1),
    (_BUY, _KIND.SETTLE_FOUND, True): (_FROM, 1),
    (_BUY, _KIND.SETTLE_FOUND_DAMAGED, True): (_FROM, 1),
    (_BUY, _KIND.SETTLE_LOST, True): (_FROM, 1),
    (_SELL, _KIND.SHIP, False): (_FROM, 1),
    (_SELL, _KIND.SELL, False): (_FROM, 1),
    (_SELL, _KIND.SETTLE_OVER, False): (_FROM, 1),
    (_SELL, _KIND.REFUSE, False): (_TO, -1),
    (_SELL, _KIND.SETTLE_FOUND, False): (_FROM, -1),
    (_SELL, _KIND.SETTLE_LOST, False): (_FROM, -1),
    (_SELL, _KIND.TAKE_BACK, False): (_FROM, -1),
    (_SELL, _KIND.RECEIVE, True): (_TO, -1),
    (_SELL, _KIND.RECEIVE_DAMAGED, True): (_TO, -1),
}
"""Which movement, of a return or not, is booked in which ledger: of the party at which end, and with which sign.

A purchase is booked when it arrives, a sale when it leaves. What a receiver refuses, or what never arrived, is taken
out of the sender's sales again; a return is taken out of the purchases of who sends it and the sales of who gets it.
"""


def ledger(
    connection: Connection, party_id: UUID, side: LedgerSide, since: datetime, until: datetime
) -> list[LedgerLine]:
    """A party's ledger between two instants (the later exclusive), oldest line first. A fixed number of queries.

    Sales of sanitary pesticides to users are left out: 农药管理条例 art. 27.

    Raises InvalidInput `period.reversed`, `ledger.too_long` past MAX_LEDGER_LINES movements.
    """
    if until <= since:
        raise InvalidInput("period.reversed", field="until")
    moved = report_store.ledger_movements(connection, party_id, since, until, MAX_LEDGER_LINES + 1)
    if len(moved) > MAX_LEDGER_LINES:
        raise InvalidInput("ledger.too_long", field="until", maximum=MAX_LEDGER_LINES)
    wanted = [(each, sign) for each in moved if (sign := _sign(each, party_id, side))]
    sales = report_store.sales(connection, party_id, since, until) if side is LedgerSide.SALE else {}
    batch_ids = {each.batch_id for each, _ in wanted}
    goods = {batch.batch_id: batch for batch in batches.list_batches_by_id(connection, batch_ids)}
    products = {
        product.product_id: product
        for product in catalog.list_products(connection, {batch.product_id for batch in goods.values()})
    }
    known = {
        party.party_id: party
        for party in parties.list_parties(
            connection,
            {batch.maker_id for batch in goods.values()} | {_counterparty_of(each, party_id) for each, _ in wanted},
        )
    }
    lines: list[LedgerLine] = []
    for each, sign in wanted:
        batch = goods[each.batch_id]
        product = products[batch.product_id]
        is_retail = each.of_kind in (MovementKind.SELL, MovementKind.TAKE_BACK)
        if is_retail and not ledger_rules.needs_sales_ledger(product):
            continue
        day = day_in_china(each.occurred_at)
        units = -sign * each.units if each.is_undo else sign * each.units
        lines.append(
            LedgerLine(
                movement_id=each.movement_id,
                day=day,
                kind=each.of_kind,
                is_correction=each.is_undo or sign < 0,
                units=units,
                batch=batch,
                product=product,
                maker=known[batch.maker_id],
                counterparty=None if is_retail else known[_counterparty_of(each, party_id)],
                sale=sales.get((each.batch_id, each.sale_id)),
                reason=each.reason,
                keep_until=ledger_rules.keep_until(product.kind, day, batch.expires_on),
            )
        )
    return lines


def _sign(each: LedgerMovement, party_id: UUID, side: LedgerSide) -> int:
    """Whether a movement adds to a party's ledger (1), takes from it (-1) or is no matter of it (0)."""
    end, sign = _BOOKINGS.get((side, each.of_kind, each.is_return), (_FROM, 0))
    return sign if party_id == (each.from_id if end == _FROM else each.to_id) else 0


def _counterparty_of(each: LedgerMovement, party_id: UUID) -> UUID:
    return each.from_id if each.to_id == party_id else each.to_id
