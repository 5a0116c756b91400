"""Everything known about one code: where it is, by which way it came, what is in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from ...batches.contents import Packages, units_inside
from ...codes.service import Resolution
from ...codes.signing import LabelStatement
from ...custody import service as custody
from ...custody.model import NEVER_ARRIVED, RECEIPTS, SHIPMENTS, CustodyState, Movement, MovementKind, Span
from ...kernel.clock import day_in_china
from ...kernel.intervals import Interval
from ...kernel.limits import MAX_WAY_STEPS
from ...parties.model import Party, Role
from ...store.database import Database
from .. import store
from ..model import OUT_OF_TRADE, Facts, ScanFacts, Step, StopFacts, Whereabouts
from .cards import Card, Cards
from .marks import Marks, MarksOfBatches


@dataclass(frozen=True, slots=True)
class _Part:
    """Units of one batch in a package."""

    card: Card
    marks: Marks
    units: tuple[Interval, ...]


class Gatherer:
    """Gathers facts from cards and marks, and from the database where custody is too finely divided to be kept."""

    def __init__(self, database: Database, cards: Cards, marks: MarksOfBatches) -> None:
        self._database = database
        self._cards = cards
        self._marks = marks

    def gather(self, resolution: Resolution, card: Card, marks: Marks, scans: ScanFacts) -> Facts:
        level, index = resolution.level, resolution.index
        parts = self._inside(card, marks, level, index)
        units = parts[0].units
        places = {place for part in parts for place in self._places(part)}
        return Facts(
            scheme=resolution.scheme,
            code=resolution.code,
            level=level,
            index=index,
            units_inside=sum(interval.units for part in parts for interval in part.units),
            product=card.product,
            batch=card.facts,
            stops=tuple(stop for part in parts for stop in part.marks.stops if _covers(stop, part.units)),
            stops_elsewhere=tuple(stop for stop in marks.stops if not _covers(stop, units)),
            samples=marks.samples,
            other_batches=self._marks.others(card),
            whereabouts=_together(places),
            out_of_trade=OUT_OF_TRADE.intersection(place for place, _ in places),
            way=self._way(card, marks, units[0].start) if units else (),
            scans=scans,
            void_reason=next((each.reason for each in marks.voided if each.covers(level, index)), None),
            claims=resolution.claims,
            has_bad_signature=resolution.has_bad_signature
            or (resolution.statement is not None and not _states(resolution.statement, card)),
        )

    def _inside(self, card: Card, marks: Marks, level: int, index: int) -> list[_Part]:
        """What is in a package: the batch's own units first, maybe none, then those of batches packed with it."""
        own = _Part(card, marks, marks.contents.units_in(level, index))
        if level == 0 or not marks.contents.foreign:
            return [own]
        batch_id = card.batch.batch_id
        known = {batch_id: own}

        def look_at(other_id: UUID) -> _Part:
            if other_id not in known:
                other = self._cards.card(other_id)
                version = store.version(self._database, other_id)
                known[other_id] = _Part(other, self._marks.marks(other, version), ())
            return known[other_id]

        whole = Packages(batch_id, level, index, index + 1)
        inside = units_inside([whole], lambda other_id: look_at(other_id).marks.contents)
        return [
            replace(look_at(other_id), units=units)
            for other_id, units in inside.items()
            if units or other_id == batch_id
        ]

    def _places(self, part: _Part) -> set[tuple[Whereabouts, UUID]]:
        """Where its units are, and with whom; nowhere for a package that was emptied."""
        card, picture = part.card, part.marks.custody
        found: set[tuple[Whereabouts, UUID]] = set()
        for interval in part.units:
            if picture is not None:
                spans = picture.spans_over(interval.start, interval.stop)
            else:
                spans = custody.spans_over(self._database, card.batch.batch_id, interval.start, interval.stop)
            found.update((_place_of(span, card.batch.maker_id), span.holder_id) for span in spans)
        return found

    def _way(self, card: Card, marks: Marks, position: int) -> tuple[Step, ...]:
        picture = marks.custody
        if picture is None:
            return self._steps(card, custody.way(self._database, card.batch.batch_id, position))
        numbers = picture.way(position)
        steps = marks.ways.get(numbers)
        if steps is None:
            steps = marks.ways[numbers] = self._steps(card, [picture.movements[number] for number in numbers])
        return steps

    def _steps(self, card: Card, way: Sequence[Movement]) -> tuple[Step, ...]:
        """The maker first, then each receiver by role and county. No names of trading partners."""
        received: dict[UUID, date] = {}
        sent: dict[UUID, Movement] = {}
        for movement in way[:MAX_WAY_STEPS]:
            if movement.kind in RECEIPTS:
                received[movement.transfer_id] = day_in_china(movement.occurred_at)
            if movement.kind in SHIPMENTS or movement.kind is MovementKind.SETTLE_OVER:
                sent[movement.transfer_id] = movement
            elif movement.kind in NEVER_ARRIVED:
                sent.pop(movement.transfer_id, None)
        steps = [Step(Role.MANUFACTURER, card.maker.region_code, None, None)]
        for movement in sent.values():
            receiver = self._cards.party(movement.to_id)
            shipped_on = day_in_china(movement.occurred_at) if movement.kind in SHIPMENTS else None
            steps.append(
                Step(_trading_role(receiver), receiver.region_code, shipped_on, received.get(movement.transfer_id))
            )
        return tuple(steps)


def _states(statement: LabelStatement, card: Card) -> bool:
    """Whether a signed label states what is registered: it was signed for this batch and no other."""
    return (statement.batch_number, statement.expires_on, statement.registration_number) == (
        card.batch.batch_number,
        card.batch.expires_on,
        card.product.registration_number,
    )


def _covers(stop: StopFacts, units: Sequence[Interval]) -> bool:
    """Whether any of `units` is stopped. A package that was emptied counts as stopped: its label may be anywhere."""
    return not units or any(stop.interval.meets(each) for each in units)


def _together(places: Collection[tuple[Whereabouts, UUID]]) -> Whereabouts | None:
    """Where a package is whose units are at `places`, each with one holder; None where there are none."""
    if len(places) > 1:
        return Whereabouts.DIVIDED
    return next((place for place, _ in places), None)


def _place_of(span: Span, maker_id: UUID) -> Whereabouts:
    if span.state is CustodyState.HELD:
        return Whereabouts.WITH_MAKER if span.holder_id == maker_id else Whereabouts.WITH_DEALER
    return Whereabouts(span.state.value)


def _trading_role(party: Party) -> Role:
    """The role nearest to the farmer of those a party has in the chain."""
    for role in (Role.OUTLET, Role.DISTRIBUTOR):
        if role in party.roles:
            return role
    return Role.MANUFACTURER
