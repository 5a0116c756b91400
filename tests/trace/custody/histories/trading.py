"""Goods go from hand to hand: shipped, received with everything that may be wrong, refused, returned, settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody import store
from suiyuan.trace.custody.model import CustodyState, DiscrepancyKind, Movement, MovementKind, Outcome
from suiyuan.trace.custody.service import Arrival
from suiyuan.trace.parties.model import Party

from ..plain import Open, Unit, places_of
from .agreement import Agreement
from .progress import SITE, TRADER, WHERE, Ends, Where, in_state, intervals_of

Kind, State = MovementKind, CustodyState
TAKEN_OVER = {Kind.RECEIVE, Kind.RECEIVE_DAMAGED, Kind.SETTLE_OVER}

ARRIVAL = st.sampled_from(
    (
        "in full",
        "in full",
        "half",
        "half and no more",
        "some damaged",
        "with more",
        "half and no more, damaged, with more",
    )
)
"""How goods arrive: see `History.arrive`."""


class Trading(Agreement):
    @precondition(in_state(State.HELD))
    @rule(where=WHERE, receiver=TRADER, site=SITE)
    def ship(self, where: Where, receiver: int, site: int) -> None:
        self.sent(where, receiver, site)

    def sent(self, where: Where, receiver: int, site: int) -> list[Movement] | str:
        intervals, sender = self.some(where, lambda unit: unit.state is State.HELD)
        to, how = self.traders[receiver], self.how(sender, site)
        kind = Kind.SHIP
        refusal = self.receiver_refusal(sender, to) or self.refusal(kind, sender, intervals)
        got = self.attempt(sender, custody.ship, to.party_id, self.goods(intervals), how)
        self.expect(got, refusal, kind, places_of(intervals), lambda _: (sender.party_id, to.party_id, None))
        return got

    @precondition(in_state(State.HELD))
    @rule(where=WHERE, receiver=TRADER, arrival=ARRIVAL, site=SITE)
    def hand_over(self, where: Where, receiver: int, arrival: str, site: int) -> None:
        shipped = self.sent(where, receiver, site)
        if not isinstance(shipped, str):
            self.arrive(self.traders[receiver], places_of(shipped[0].intervals), arrival, site)

    @precondition(in_state(State.HELD, State.DAMAGED))
    @rule(where=WHERE, receiver=TRADER, site=SITE)
    def send_back(self, where: Where, receiver: int, site: int) -> None:
        intervals, sender = self.some(
            where, lambda unit: unit.state in (State.HELD, State.DAMAGED) and unit.holder_id != self.batch.maker_id
        )
        places, how = places_of(intervals), self.how(sender, site)
        suppliers = [to for to in self.traders if self.came_from(self.units[places[0]], to) and to is not sender]
        to = suppliers[where[2] % len(suppliers)] if suppliers and where[3] % 4 else self.traders[receiver]
        refusal = self.receiver_refusal(sender, to)
        if refusal is None and to.party_id != self.batch.maker_id:
            own = [self.units[place] for place in places if self.units[place].holder_id == sender.party_id]
            if not all(self.came_from(unit, to) for unit in own):
                refusal = "custody.not_a_supplier"
        refusal = refusal or self.refusal(Kind.RETURN, sender, intervals)
        got = self.attempt(sender, custody.send_back, to.party_id, self.goods(intervals), how)
        self.expect(got, refusal, Kind.RETURN, places, lambda _: (sender.party_id, to.party_id, None))

    @precondition(in_state(State.IN_TRANSIT))
    @rule(where=WHERE, arrival=ARRIVAL, site=SITE)
    def receive(self, where: Where, arrival: str, site: int) -> None:
        intervals, receiver = self.some(where, lambda unit: unit.state is State.IN_TRANSIT, by_receiver=True)
        self.arrive(receiver, places_of(intervals), arrival, site)

    @precondition(in_state(State.IN_TRANSIT))
    @rule(which=st.integers(0, 999), receiver=TRADER, site=SITE)
    def receive_or_refuse_a_shipment(self, which: int, receiver: int, site: int) -> None:
        shipments = [
            each.movement for each in self.moved.values() if each.movement.kind in (Kind.SHIP, Kind.RETURN)
        ]  # there is one: something is in transit
        shipment = shipments[which % len(shipments)]
        to = self.party_by_id[shipment.to_id] if which % 5 else self.traders[receiver]
        rest = [place for place, unit in enumerate(self.units) if unit.transfer_id == shipment.movement_id]
        refusal = None if rest else "custody.received_before"
        if to.party_id != shipment.to_id:
            refusal = "transfer.unknown"
        given = (self.batch.batch_id, shipment.movement_id, self.how(to, site))
        ends = (shipment.from_id, to.party_id, shipment.movement_id)
        if which % 3:
            got = self.attempt(to, custody.receive_transfer, *given)
            self.expect(got, refusal, Kind.RECEIVE, rest, lambda _: ends)
            outcome = Outcome.ARRIVED
        else:
            got = self.attempt(to, custody.refuse_transfer, *given)
            self.expect_by_condition(
                got, refusal, (Kind.REFUSE, Kind.REFUSE_DAMAGED), rest, lambda _: (ends[1], ends[0], ends[2])
            )
            outcome = Outcome.RETURNED
        if refusal is None:
            self.end_shortages({shipment.movement_id}, outcome)

    @precondition(in_state(State.IN_TRANSIT))
    @rule(where=WHERE, site=SITE)
    def refuse(self, where: Where, site: int) -> None:
        intervals, receiver = self.some(where, lambda unit: unit.state is State.IN_TRANSIT, by_receiver=True)
        places = places_of(intervals)
        refusal = self.refusal(Kind.REFUSE, receiver, intervals)
        transfers = {self.units[place].transfer_id for place in places}
        got = self.attempt(receiver, custody.refuse, self.goods(intervals), self.how(receiver, site))
        self.expect_by_condition(
            got,
            refusal,
            (Kind.REFUSE, Kind.REFUSE_DAMAGED),
            places,
            lambda unit: (receiver.party_id, unit.holder_id, unit.transfer_id),
        )
        if refusal is None:
            self.end_shortages(transfers, Outcome.RETURNED)

    def expect_by_condition(
        self,
        got: list[Movement] | str,
        refusal: str | None,
        kinds: tuple[MovementKind, MovementKind],
        places: Sequence[int],
        ends: Callable[[Any], Ends],
    ) -> None:
        """Goods on their way go back as they were when they were sent: those fit for sale by the first of `kinds`,
        those that were damaged by the second."""
        if isinstance(got, str) or refusal is not None:
            self.expect(got, refusal, kinds[0], places, ends)
            return
        damaged = [place for place in places if self.was_damaged(place)]
        sound = [place for place in places if place not in damaged]
        assert len(got) == sum(each.kind in kinds for each in got)
        for kind, some in zip(kinds, (sound, damaged), strict=True):
            self.expect([each for each in got if each.kind is kind], None, kind, some, ends)

    def was_damaged(self, place: int) -> bool:
        """Whether a unit on its way was damaged when it was sent."""
        transfer_id = self.units[place].transfer_id
        return transfer_id is not None and self.moved[transfer_id].before[place].state is State.DAMAGED

    def receiver_refusal(self, sender: Party, receiver: Party) -> str | None:
        return "custody.receiver" if sender is receiver else None

    def came_from(self, unit: Unit, supplier: Party) -> bool:
        """Whether the unit was once received from `supplier`, and not as a return."""
        steps = [self.moved[movement_id].movement for movement_id in unit.way]
        return any(
            step.kind in TAKEN_OVER and step.from_id == supplier.party_id and not step.is_return for step in steps
        )

    # ------------------------------------------------------------------------------------------ on arrival

    def arrive(self, receiver: Party, places: list[int], arrival: str, site: int) -> None:
        """Takes in all or half of `places`, as the last of the shipments or not, with some of it damaged and some of
        what lies behind it on the lorry as well."""
        arrived = places[: (len(places) + 1) // 2] if "half" in arrival else places
        damaged = arrived[: (len(arrived) + 1) // 2] if "damaged" in arrival else []
        sound = [place for place in arrived if place not in damaged]
        if "with more" in arrival:
            sound = sorted({*sound, *range(places[-1] + 1, min(places[-1] + 4, self.batch.size))})
        self.take_in(receiver, sound, damaged, "no more" in arrival, "with more" in arrival, site)

    def take_in(
        self, receiver: Party, sound: list[int], damaged: list[int], is_complete: bool, with_surplus: bool, site: int
    ) -> None:
        """A receipt with everything that may be wrong with it."""
        to_id = receiver.party_id
        surplus: list[int] = []
        if with_surplus:
            senders = {self.units[p].holder_id for p in sound if self.units[p].receiver_id == to_id}
            surplus = [p for p in sound if self.units[p].state is State.HELD and self.units[p].holder_id in senders]
        announced = [p for p in sound if p not in surplus]
        refusal = None
        if any(self.units[p].receiver_id != to_id for p in [*damaged, *announced]):
            refusal = "custody.not_in_transit"
        arrival = Arrival(tuple(self.goods(intervals_of(damaged))), is_complete, with_surplus, "少两瓶")
        how = self.how(receiver, site)
        got = self.attempt(receiver, custody.receive, self.goods(intervals_of(sound)), how, arrival)
        if refusal is not None:
            assert got == refusal
            return
        assert not isinstance(got, str), got
        owners = {p: self.units[p].holder_id for p in surplus}

        def ends(unit: Unit) -> Ends:
            return unit.holder_id, to_id, unit.transfer_id

        spoilt = [each for each in got if each.kind is Kind.RECEIVE_DAMAGED]
        self.expect(spoilt, None, Kind.RECEIVE_DAMAGED, damaged, ends)
        self.expect(got[len(spoilt) :], None, Kind.RECEIVE, announced, ends)
        for each in spoilt:
            self.open(DiscrepancyKind.DAMAGED, each, places_of(each.intervals))
        for from_id in dict.fromkeys(owners.values()):
            receipt = next(each for each in got if each.from_id == from_id)
            self.open(DiscrepancyKind.OVER, receipt, [p for p in surplus if owners[p] == from_id])
        self.end_shortages({each.transfer_id for each in got}, Outcome.ARRIVED)
        if not is_complete:
            return
        for transfer_id in dict.fromkeys(each.transfer_id for each in got):
            rest = [place for place, unit in enumerate(self.units) if unit.transfer_id == transfer_id]
            if rest and not self.open_shortages(transfer_id):
                receipt = next(each for each in got if each.transfer_id == transfer_id)
                self.open(DiscrepancyKind.SHORT, receipt, rest)

    # ------------------------------------------------------------------------------------------ discrepancies

    @precondition(lambda self: self.found)
    @rule(which=st.integers(0, 999), is_first=st.booleans(), party=TRADER, outcome=st.sampled_from(Outcome))
    def settle(self, which: int, is_first: bool, party: int, outcome: Outcome) -> None:
        still_open = [each for each in self.found if each.outcome is None]
        found = still_open if still_open and which % 5 else self.found
        meant = found[which % len(found)]
        fitting = {
            DiscrepancyKind.SHORT: (Outcome.NOT_SENT, Outcome.LOST),
            DiscrepancyKind.OVER: (Outcome.SENT, Outcome.RETURNED),
            DiscrepancyKind.DAMAGED: (Outcome.ACCEPTED, Outcome.ACCEPTED),
        }[meant.kind]
        outcome = fitting[0 if is_first else 1] if which % 7 else outcome
        who = self.party_by_id[meant.from_id] if which % 4 else self.traders[party]
        sender_only = outcome in (Outcome.NOT_SENT, Outcome.LOST, Outcome.SENT)
        places = sorted(meant.places)
        if meant.kind is DiscrepancyKind.SHORT:
            places = [place for place, unit in enumerate(self.units) if unit.transfer_id == meant.transfer_id]
        refusal = None
        if who.party_id not in (meant.from_id, meant.to_id):
            refusal = "discrepancy.unknown"
        elif meant.outcome is not None:
            refusal = "discrepancy.settled"
        elif outcome not in fitting:
            refusal = "discrepancy.outcome"
        elif sender_only and who.party_id != meant.from_id:
            refusal = "discrepancy.sender_only"
        elif outcome is Outcome.SENT and any(
            (self.units[place].holder_id, self.units[place].state) != (meant.from_id, State.HELD) for place in places
        ):
            refusal = "custody.not_held"
        got = self.attempt(who, custody.settle, self.batch.batch_id, self.id_of(meant), outcome, "议定")
        assert (got if isinstance(got, str) else None) == refusal
        if refusal is None:
            meant.outcome = outcome
            self.settled(meant, outcome, places)

    def settled(self, meant: Open, outcome: Outcome, places: Sequence[int]) -> None:
        """What a settlement did to the goods; its movements are the newest ones on record."""
        recorded = [each for each, _ in store.movements_of(self.database.connection, self.batch.batch_id)]
        new = [each for each in recorded if each.movement_id not in self.moved]
        to_id = meant.to_id if outcome is Outcome.SENT else meant.from_id
        transfer_id = None if outcome is Outcome.SENT else meant.transfer_id

        def ends(_: object) -> Ends:
            return meant.from_id, to_id, transfer_id

        if outcome is Outcome.NOT_SENT:
            kinds = (Kind.SETTLE_FOUND, Kind.SETTLE_FOUND_DAMAGED)
            self.expect_by_condition(new, None, kinds, places, ends)
        elif outcome in (Outcome.LOST, Outcome.SENT):
            kind = Kind.SETTLE_LOST if outcome is Outcome.LOST else Kind.SETTLE_OVER
            self.expect(new, None, kind, places, ends)
        else:
            assert not new

    def open(self, kind: DiscrepancyKind, receipt: Movement, places: Sequence[int]) -> None:
        ends = (receipt.from_id, receipt.to_id)
        self.found.append(Open(kind, receipt.transfer_id, receipt.movement_id, *ends, frozenset(places)))

    def open_shortages(self, transfer_id: UUID | None) -> list[Open]:
        return [
            each
            for each in self.found
            if (each.kind, each.transfer_id, each.outcome) == (DiscrepancyKind.SHORT, transfer_id, None)
        ]

    def end_shortages(self, transfer_ids: set[UUID] | set[UUID | None], outcome: Outcome) -> None:
        """Of shipments of which nothing is on its way any more."""
        for transfer_id in transfer_ids - {unit.transfer_id for unit in self.units}:
            for each in self.open_shortages(transfer_id):
                each.outcome = outcome

    def id_of(self, meant: Open) -> UUID:
        listed = custody.list_discrepancies(self.database.connection, meant.from_id, is_open=meant.outcome is None)
        return next(
            each.discrepancy_id
            for each in listed
            if (each.kind, each.movement_id, frozenset(places_of(each.intervals)), each.outcome) == self.key(meant)
        )
