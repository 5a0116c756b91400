"""Use cases of custody: take charge of a new batch, move goods in every way the table of rules allows, and tell who has
what, where it has been, and whether nothing got lost.

| file              | use cases                                                                     |
|-------------------|-------------------------------------------------------------------------------|
| goods.py          | what scanned codes stand for                                                  |
| act.py            | the one way in which goods move                                               |
| shipments.py      | ship, return, receive, refuse                                                 |
| discrepancies.py  | what did not arrive as it was shipped                                         |
| sales.py          | sell to a farmer, take back                                                   |
| own_stock.py      | move between sites, unpack, re-pack, write off, destroy                       |
| authority.py      | take samples, seize                                                           |
| restoring.py      | undo a wrong scan, release what was seized                                    |
| ledgers.py        | the legal ledgers of purchase and sale                                        |
| reading.py        | holdings, arrivals, way of a unit, trace both ways, balances, what expires    |
| audit.py          | rebuild custody from the movements and compare                                |
"""

from __future__ import annotations

from ...batches import service as batches
from ...batches.model import Batch
from ...batches.service import NewBatch
from ...parties.model import Actor
from ...store.database import UnitOfWork
from .. import store
from ..model import Span
from .act import MAX_CLOCK_SKEW, PLAIN, Circumstances
from .audit import broken_batches
from .authority import sample, seize
from .discrepancies import list_discrepancies, settle
from .goods import MAX_CODES_PER_FILE, MAX_OFFENDERS, Goods, Scanned, goods_of_codes, goods_of_lines
from .ledgers import MAX_LEDGER_LINES, LedgerLine, ledger
from .own_stock import destroy, relocate, repack, unpack, write_off
from .reading import (
    MAX_PICTURE_ROWS,
    Expiring,
    balances,
    expiring,
    find_movement,
    holders,
    holders_of,
    holdings,
    inbound,
    list_movements,
    locate,
    picture,
    presences,
    spans_of,
    spans_over,
    stock,
    supplies,
    way,
)
from .restoring import release, undo
from .sales import NewSale, sell, take_back
from .shipments import (
    AS_SHIPPED,
    TRADING_ROLES,
    Arrival,
    receive,
    receive_transfer,
    refuse,
    refuse_transfer,
    send_back,
    ship,
)

__all__ = [
    "AS_SHIPPED",
    "MAX_CLOCK_SKEW",
    "MAX_CODES_PER_FILE",
    "MAX_LEDGER_LINES",
    "MAX_OFFENDERS",
    "MAX_PICTURE_ROWS",
    "PLAIN",
    "TRADING_ROLES",
    "Arrival",
    "Circumstances",
    "Expiring",
    "Goods",
    "LedgerLine",
    "NewSale",
    "Scanned",
    "balances",
    "broken_batches",
    "destroy",
    "expiring",
    "find_movement",
    "goods_of_codes",
    "goods_of_lines",
    "holders",
    "holders_of",
    "holdings",
    "inbound",
    "ledger",
    "list_discrepancies",
    "list_movements",
    "locate",
    "picture",
    "presences",
    "receive",
    "receive_transfer",
    "refuse",
    "refuse_transfer",
    "register_batch",
    "release",
    "relocate",
    "repack",
    "sample",
    "seize",
    "sell",
    "send_back",
    "settle",
    "ship",
    "spans_of",
    "spans_over",
    "stock",
    "supplies",
    "take_back",
    "undo",
    "unpack",
    "way",
    "write_off",
]


def register_batch(work: UnitOfWork, actor: Actor, new: NewBatch) -> Batch:
    """Registers a batch and puts all of it in its maker's hands, in one transaction.

    Raises what `batches.service.register` raises.
    """
    batch = batches.register(work, actor, new)
    store.add_spans(work.connection, batch.batch_id, [Span(0, batch.size, batch.maker_id)])
    return batch
