"""What an authority does with anybody's goods: take samples, seize. Release is in restoring.py."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ...kernel import limits
from ...kernel.normalise import require_text
from ...parties.model import Actor
from ...store.database import UnitOfWork
from ..model import Movement, MovementKind
from .act import PLAIN, Circumstances, Ends, Order, move
from .goods import Goods


def sample(
    work: UnitOfWork, actor: Actor, agency_id: UUID, goods: Sequence[Goods], how: Circumstances = PLAIN
) -> list[Movement]:
    """Takes units for inspection, whoever has them: from then on the agency answers for them.

    Raises NotAllowed `access.role`; and what `act.move` raises.
    """
    return move(work, actor, _taking(MovementKind.SAMPLE, agency_id, how), goods)


def seize(
    work: UnitOfWork, actor: Actor, authority_id: UUID, goods: Sequence[Goods], how: Circumstances = PLAIN
) -> list[Movement]:
    """Seizes goods, whoever has them. Source: 行政强制法 arts 24-26; 兽药管理条例 art. 46.

    Raises NotAllowed `access.role`; InvalidInput `text.missing` without a reason; and what `act.move` raises.
    """
    require_text(how.reason, "reason", limits.MAX_NOTE_CHARACTERS, required=True)
    return move(work, actor, _taking(MovementKind.SEIZE, authority_id, how), goods)


def _taking(kind: MovementKind, taker_id: UUID, how: Circumstances) -> Order:
    return Order(kind, taker_id, lambda part: Ends(part.holder_id, taker_id), how)
