"""The table of states and movements: which act is allowed on goods in which state, what becomes of them, and by whom.

One literal table. The page docs/custody.md prints it, and a test holds the page to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from .model import RECEIPTS, SHIPMENTS, TAKINGS, CustodyState, Movement, MovementKind, Span

UNDO_WITHIN = timedelta(days=10)
"""How long a wrong scan may be taken back, where the party's goods have not gone further. A default, not a law."""


class Who(StrEnum):
    """Who may act on a span."""

    HOLDER = "holder"
    RECEIVER = "receiver"
    """The party it is on its way to."""

    INSPECTOR = "inspector"
    """An inspection agency or a regulator, on anybody's goods."""

    REGULATOR = "regulator"


AS_BEFORE = None
"""The state that the goods were in before the movement that this one ends or takes back."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What one kind of movement does.

    `outcomes`: the state after, by the state before; where a state is missing, the movement is refused.
    `while_stopped`, `when_expired`: whether it may be done with goods that are stopped, or past their last day.
    `can_be_undone`: by the same party, within UNDO_WITHIN, unless somebody acted on the goods since.
    """

    who: Who
    outcomes: Mapping[CustodyState, CustodyState | None]
    while_stopped: bool = True
    when_expired: bool = True
    can_be_undone: bool = True


HELD = CustodyState.HELD
DAMAGED = CustodyState.DAMAGED
IN_TRANSIT = CustodyState.IN_TRANSIT
SOLD = CustodyState.SOLD
SAMPLED = CustodyState.SAMPLED
SEIZED = CustodyState.SEIZED
WRITTEN_OFF = CustodyState.WRITTEN_OFF
DESTROYED = CustodyState.DESTROYED

RULES: Mapping[MovementKind, Rule] = MappingProxyType(
    {
        MovementKind.SHIP: Rule(Who.HOLDER, {HELD: IN_TRANSIT}, while_stopped=False, when_expired=False),
        MovementKind.RETURN: Rule(Who.HOLDER, {HELD: IN_TRANSIT, DAMAGED: IN_TRANSIT}),
        MovementKind.RECEIVE: Rule(Who.RECEIVER, {IN_TRANSIT: HELD}),
        MovementKind.RECEIVE_DAMAGED: Rule(Who.RECEIVER, {IN_TRANSIT: DAMAGED}),
        MovementKind.REFUSE: Rule(Who.RECEIVER, {IN_TRANSIT: HELD}),
        MovementKind.REFUSE_DAMAGED: Rule(Who.RECEIVER, {IN_TRANSIT: DAMAGED}),
        MovementKind.RELOCATE: Rule(Who.HOLDER, {HELD: HELD, DAMAGED: DAMAGED}),
        MovementKind.UNPACK: Rule(Who.HOLDER, {HELD: HELD, DAMAGED: DAMAGED}, can_be_undone=False),
        MovementKind.REPACK: Rule(Who.HOLDER, {HELD: HELD}, can_be_undone=False),
        MovementKind.SELL: Rule(Who.HOLDER, {HELD: SOLD}, while_stopped=False, when_expired=False),
        MovementKind.TAKE_BACK: Rule(Who.HOLDER, {SOLD: HELD}),
        MovementKind.WRITE_OFF: Rule(Who.HOLDER, {HELD: WRITTEN_OFF, DAMAGED: WRITTEN_OFF}),
        MovementKind.SAMPLE: Rule(Who.INSPECTOR, {HELD: SAMPLED, DAMAGED: SAMPLED, IN_TRANSIT: SAMPLED}),
        MovementKind.SEIZE: Rule(
            Who.REGULATOR, {HELD: SEIZED, DAMAGED: SEIZED, IN_TRANSIT: SEIZED, SOLD: SEIZED, WRITTEN_OFF: SEIZED}
        ),
        MovementKind.RELEASE: Rule(Who.REGULATOR, {SEIZED: AS_BEFORE}),
        MovementKind.DESTROY: Rule(
            Who.HOLDER, {SEIZED: DESTROYED, DAMAGED: DESTROYED, WRITTEN_OFF: DESTROYED, SAMPLED: DESTROYED}
        ),
        MovementKind.SETTLE_FOUND: Rule(Who.HOLDER, {IN_TRANSIT: HELD}, can_be_undone=False),
        MovementKind.SETTLE_FOUND_DAMAGED: Rule(Who.HOLDER, {IN_TRANSIT: DAMAGED}, can_be_undone=False),
        MovementKind.SETTLE_LOST: Rule(Who.HOLDER, {IN_TRANSIT: WRITTEN_OFF}, can_be_undone=False),
        MovementKind.SETTLE_OVER: Rule(Who.HOLDER, {HELD: HELD}, can_be_undone=False),
        MovementKind.UNDO: Rule(Who.HOLDER, dict.fromkeys(CustodyState, AS_BEFORE), can_be_undone=False),
    }
)
"""Sources: 农药管理条例 arts 26, 27, 42 (stop of sale, recall); 兽药管理条例 arts 27, 28, 46; 种子法 arts 46, 74, 75;
行政强制法 arts 24-28 (seizure, release, destruction). Which movement is called what is this service's own choice."""


def after(movement: Movement, part: Span) -> Span:
    """What `part` of a span becomes by a movement. Raises KeyError for a state in which the table forbids it.

    The site is where the party that acted has it: none stated, none known.
    """
    state = RULES[movement.kind].outcomes[part.state]
    if state is AS_BEFORE:
        raise KeyError(movement.kind)
    marked = replace(part, state=state, movement_id=movement.movement_id)
    if movement.kind in SHIPMENTS:
        return replace(marked, receiver_id=movement.to_id, transfer_id=movement.transfer_id)
    if movement.kind in RECEIPTS or movement.kind in TAKINGS:
        return replace(marked, holder_id=movement.to_id, receiver_id=None, transfer_id=None, site_id=movement.site_id)
    if part.state is IN_TRANSIT:
        return replace(marked, receiver_id=None, transfer_id=None)
    if movement.kind is MovementKind.RELOCATE:
        return replace(marked, site_id=movement.site_id)
    return marked
