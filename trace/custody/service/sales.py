"""Selling to farmers and farms, and taking back what they return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ...batches.model import Batch
from ...catalog import ledger_rules, restrictions
from ...catalog import service as catalog
from ...kernel import limits
from ...kernel.clock import day_in_china
from ...kernel.errors import Conflict, InvalidInput
from ...kernel.identity import IdentityReference
from ...kernel.normalise import require_text
from ...parties import service as parties
from ...parties.model import Actor, Party
from ...store.database import UnitOfWork
from .. import store
from ..model import Movement, MovementKind, Sale
from .act import PLAIN, Circumstances, move, move_each, own, require_dealer
from .goods import Goods, each_batch


@dataclass(frozen=True, slots=True)
class NewSale:
    """What a seller states of a sale. What of it is needed depends on the kind of goods and on restrictions."""

    buyer_name: str = ""
    buyer_telephone: str = ""
    intended_use: str = ""
    identity: IdentityReference | None = None


def sell(
    work: UnitOfWork,
    actor: Actor,
    seller_id: UUID,
    goods: Sequence[Goods],
    new: NewSale,
    how: Circumstances = PLAIN,
) -> list[Movement]:
    """Sells goods to a farmer or farm. One movement per batch, all or nothing.

    Raises InvalidInput `sale.buyer`, `sale.intended_use`, `sale.identity` where the kind of goods or a restriction asks
    for what is missing, `text.*`; NotAllowed `licence.*` (the seller's); Conflict `sale.banned`, `custody.expired`,
    `custody.batch_stopped`; and what `act.move` raises.

    Source: 农药管理条例 arts 24, 27; 农产品质量安全法 art. 28; 公告第2567号 (catalog/ledger_rules.py, restrictions.py).
    """
    actor.require_self(seller_id)
    seller = parties.require_party(work.connection, seller_id, "from_id")
    sale = Sale(
        buyer_name=require_text(new.buyer_name, "buyer_name", limits.MAX_NAME_CHARACTERS),
        buyer_telephone=require_text(new.buyer_telephone, "buyer_telephone", limits.MAX_NAME_CHARACTERS),
        intended_use=require_text(new.intended_use, "intended_use", limits.MAX_NAME_CHARACTERS),
        identity_hash=new.identity.keyed_hash if new.identity else "",
        identity_last_four=new.identity.last_four if new.identity else "",
    )
    parts = list(each_batch(work.connection, goods))
    for batch, _ in parts:
        _require_sale(work, seller, batch, sale, how)
    order = own(MovementKind.SELL, seller_id, how, intended_use=sale.intended_use)
    sold = move_each(work, actor, order, parts)
    for movement in sold:
        store.add_sale(work.connection, movement.batch_id, movement.movement_id, sale)
    return sold


def take_back(
    work: UnitOfWork, actor: Actor, seller_id: UUID, goods: Sequence[Goods], how: Circumstances = PLAIN
) -> list[Movement]:
    """Takes back from a farmer what the party had sold; it is in its stock again.

    Raises InvalidInput `text.missing` without a reason; and what `act.move` raises.
    """
    require_text(how.reason, "reason", limits.MAX_NOTE_CHARACTERS, required=True)
    return move(work, actor, own(MovementKind.TAKE_BACK, seller_id, how), goods)


def _require_sale(work: UnitOfWork, seller: Party, batch: Batch, sale: Sale, how: Circumstances) -> None:
    moment = how.captured_at or work.now
    day = day_in_china(moment)
    product = catalog.require_product(work.connection, batch.product_id)
    if restrictions.is_sale_banned(product, day):
        raise Conflict("sale.banned", field="codes", product=product.name)
    require_dealer(work, seller, batch, moment)
    rule = ledger_rules.retail_rule(product, day)
    if rule.needs_buyer and not sale.buyer_name:
        raise InvalidInput("sale.buyer", field="buyer_name", product=product.name)
    if rule.needs_intended_use and not sale.intended_use:
        raise InvalidInput("sale.intended_use", field="intended_use", product=product.name)
    if rule.needs_identity and not sale.identity_hash:
        raise InvalidInput("sale.identity", field="buyer_identity", product=product.name)
