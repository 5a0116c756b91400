"""Custody as plainly as it can be told: one entry for each unit, and the table of movements as people read it.

Nothing here is taken from the rules under test.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from suiyuan.trace.custody.model import CustodyState, DiscrepancyKind, Movement, MovementKind, Outcome
from suiyuan.trace.kernel.intervals import Interval

STATES = """
movement         held         damaged      in_transit   sold       sampled    seized     written_off  destroyed
ship             in_transit   -            -            -          -          -          -            -
return           in_transit   in_transit   -            -          -          -          -            -
receive          -            -            held         -          -          -          -            -
receive_damaged  -            -            damaged      -          -          -          -            -
refuse           -            -            held         -          -          -          -            -
refuse_damaged   -            -            damaged      -          -          -          -            -
relocate         held         damaged      -            -          -          -          -            -
unpack           held         damaged      -            -          -          -          -            -
repack           held         -            -            -          -          -          -            -
sell             sold         -            -            -          -          -          -            -
take_back        -            -            -            held       -          -          -            -
write_off        written_off  written_off  -            -          -          -          -            -
sample           sampled      sampled      sampled      -          -          -          -            -
seize            seized       seized       seized       seized     -          -          seized       -
release          -            -            -            -          -          as_before  -            -
destroy          -            destroyed    -            -          destroyed  destroyed  destroyed    -
settle_found     -            -            held         -          -          -          -            -
settle_found_damaged  -       -            damaged      -          -          -          -            -
settle_lost      -            -            written_off  -          -          -          -            -
settle_over      held         -            -            -          -          -          -            -
undo             as_before    as_before    as_before    as_before  as_before  as_before  as_before    as_before
"""
"""What becomes of goods in each state by each movement: `-` means that it is refused, `as_before` that they are again
what they were."""

RIGHTS = """
movement         who        stopped  expired  undo
ship             holder     no       no       yes
return           holder     yes      yes      yes
receive          receiver   yes      yes      yes
receive_damaged  receiver   yes      yes      yes
refuse           receiver   yes      yes      yes
refuse_damaged   receiver   yes      yes      yes
relocate         holder     yes      yes      yes
unpack           holder     yes      yes      no
repack           holder     yes      yes      no
sell             holder     no       no       yes
take_back        holder     yes      yes      yes
write_off        holder     yes      yes      yes
sample           inspector  yes      yes      yes
seize            regulator  yes      yes      yes
release          regulator  yes      yes      yes
destroy          holder     yes      yes      yes
settle_found     holder     yes      yes      no
settle_found_damaged  holder  yes    yes      no
settle_lost      holder     yes      yes      no
settle_over      holder     yes      yes      no
undo             holder     yes      yes      no
"""
"""Who may do it; whether it may be done with goods that are stopped, or expired; and whether it can be taken back."""


def _rows(text: str) -> dict[str, dict[str, str]]:
    header, *rows = [line.split() for line in text.strip().splitlines()]
    return {row[0]: dict(zip(header[1:], row[1:], strict=True)) for row in rows}


RIGHT_OF = _rows(RIGHTS)
"""By movement, by column of RIGHTS."""

AFTER = {
    MovementKind(kind): {CustodyState(state): after for state, after in row.items() if after != "-"}
    for kind, row in _rows(STATES).items()
}
"""The state after, as written, by movement and by the state before."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What is known of one unit. `way`: the movements it came by, oldest first, without those undone."""

    holder_id: UUID
    state: CustodyState = CustodyState.HELD
    receiver_id: UUID | None = None
    transfer_id: UUID | None = None
    site_id: UUID | None = None
    way: tuple[UUID, ...] = ()

    @property
    def what_it_is(self) -> tuple[object, ...]:
        """All that is written of it: how it became so is not."""
        return self.holder_id, self.state, self.receiver_id, self.transfer_id, self.site_id, self.movement_id

    @property
    def movement_id(self) -> UUID | None:
        return self.way[-1] if self.way else None

    def by(self, movement: Movement) -> Unit:
        """The unit after a movement that is not a release or an undo."""
        state = CustodyState(AFTER[movement.kind][self.state])
        moved = replace(self, state=state, way=(*self.way, movement.movement_id))
        match movement.kind:
            case MovementKind.SHIP | MovementKind.RETURN:
                return replace(moved, receiver_id=movement.to_id, transfer_id=movement.movement_id)
            case (
                MovementKind.RECEIVE
                | MovementKind.RECEIVE_DAMAGED
                | MovementKind.SETTLE_OVER
                | MovementKind.SAMPLE
                | MovementKind.SEIZE
            ):
                return replace(
                    moved, holder_id=movement.to_id, receiver_id=None, transfer_id=None, site_id=movement.site_id
                )
            case (
                MovementKind.REFUSE
                | MovementKind.REFUSE_DAMAGED
                | MovementKind.SETTLE_FOUND
                | MovementKind.SETTLE_FOUND_DAMAGED
                | MovementKind.SETTLE_LOST
            ):
                return replace(moved, receiver_id=None, transfer_id=None)
            case MovementKind.RELOCATE:
                return replace(moved, site_id=movement.site_id)
            case _:
                return moved


@dataclass(slots=True)
class Moved:
    """A movement, and what each unit was before it."""

    movement: Movement
    recorded_at: datetime
    before: dict[int, Unit]
    is_undone: bool = False


@dataclass(slots=True)
class Open:
    """A discrepancy; `outcome` None while it is open."""

    kind: DiscrepancyKind
    transfer_id: UUID
    movement_id: UUID
    from_id: UUID
    to_id: UUID
    places: frozenset[int]
    outcome: Outcome | None = None


def places_of(intervals: Iterable[Interval]) -> list[int]:
    """The units of intervals, each once, in order."""
    return sorted({place for interval in intervals for place in range(interval.start, interval.stop)})


def runs_of(units: Sequence[Unit]) -> list[tuple[int, int, Unit]]:
    """The units as spans, as long as can be: (start, stop, the first unit of it)."""
    found: list[tuple[int, int, Unit]] = []
    start = 0
    for place, (unit, following) in enumerate(zip(units, [*units[1:], None], strict=True)):
        if following is None or (following is not unit and following.what_it_is != unit.what_it_is):
            found.append((start, place + 1, units[start]))
            start = place + 1
    return found
