"""Random histories of one batch, legal acts and illegal ones, against a list with one entry per unit."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run

from suiyuan.trace.batches.model import Batch
from suiyuan.trace.codes.model import Level
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import Movement, coverage_faults
from suiyuan.trace.custody.service import Goods
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotKnown, SuiyuanError
from suiyuan.trace.kernel.intervals import Interval, united
from suiyuan.trace.parties.model import Party

if TYPE_CHECKING:
    from tests.support.world import World

EXAMPLES = {"sqlite": 150, "postgresql": 40}
STEPS = 15
PARTIES = st.integers(0, 3)
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""A history that fails is shown as found, in seconds; making it shorter through a database takes minutes."""

RECEIVE_REFUSALS = {"custody.not_in_transit"}


class Unit(NamedTuple):
    """What the model knows of one unit."""

    holder_id: UUID
    receiver_id: UUID | None = None
    transfer_id: UUID | None = None


def test_any_history_leaves_every_unit_with_one_holder(world: World, engine_name: str) -> None:
    class Here(Custody):
        pass

    Here.world = world
    run(
        Here,
        settings=settings(max_examples=EXAMPLES[engine_name], stateful_step_count=STEPS, deadline=None, phases=PHASES),
    )


class Custody(RuleBasedStateMachine):
    world: World

    def __init__(self) -> None:
        super().__init__()
        world = self.world
        self.parties: list[Party] = [world.maker, world.distributor, world.outlet, world.second_outlet]
        self.units: list[Unit] = []
        self.shipments: list[Movement] = []
        self.batch: Batch

    @initialize(size=st.integers(1, 60), per_carton=st.integers(1, 7), per_pallet=st.integers(1, 4))
    def register(self, size: int, per_carton: int, per_pallet: int) -> None:
        self.batch = self.world.register_batch(size=size, units_per_carton=per_carton, cartons_per_pallet=per_pallet)
        self.units = [Unit(self.world.maker.party_id)] * size

    # ------------------------------------------------------------------------------------------ acts

    @rule(data=st.data(), receiver=PARTIES)
    def ship_what_is_held(self, data: st.DataObject, receiver: int) -> None:
        held = [run for run in self.runs() if run[2].receiver_id is None]
        if held:
            start, stop, unit = data.draw(st.sampled_from(held))
            sender = next(party for party in self.parties if party.party_id == unit.holder_id)
            self.ship(sender, self.parties[receiver], [self.part(data, start, stop)])

    @rule(data=st.data())
    def receive_what_arrives(self, data: st.DataObject) -> None:
        arriving = [run for run in self.runs() if run[2].receiver_id is not None]
        if arriving:
            start, stop, unit = data.draw(st.sampled_from(arriving))
            receiver = next(party for party in self.parties if party.party_id == unit.receiver_id)
            self.receive(receiver, [self.part(data, start, stop)])

    @rule(data=st.data(), sender=PARTIES, receiver=PARTIES)
    def ship_anything(self, data: st.DataObject, sender: int, receiver: int) -> None:
        self.ship(self.parties[sender], self.parties[receiver], self.packages(data))

    @rule(data=st.data(), receiver=PARTIES)
    def receive_anything(self, data: st.DataObject, receiver: int) -> None:
        self.receive(self.parties[receiver], self.packages(data))

    @rule(receiver=PARTIES)
    def receive_all_that_is_inbound(self, receiver: int) -> None:
        party = self.parties[receiver]
        with self.world.database.read() as connection:
            inbound = [
                each for each in custody.inbound(connection, party.party_id) if each.batch_id == self.batch.batch_id
            ]
        wanted = {
            (unit.transfer_id, place) for place, unit in enumerate(self.units) if unit.receiver_id == party.party_id
        }
        assert {
            (each.transfer_id, place)
            for each in inbound
            for interval in each.intervals
            for place in range(interval.start, interval.stop)
        } == wanted
        if inbound:
            self.receive(party, [interval for each in inbound for interval in each.intervals])

    @precondition(lambda self: self.shipments)
    @rule(data=st.data(), receiver=PARTIES)
    def receive_one_shipment(self, data: st.DataObject, receiver: int) -> None:
        shipment, party = data.draw(st.sampled_from(self.shipments)), self.parties[receiver]
        places = [place for place, unit in enumerate(self.units) if unit.transfer_id == shipment.transfer_id]
        try:
            self.world.database.write(
                lambda work: custody.receive_transfer(
                    work, self.world.actor(party), party.party_id, self.batch.batch_id, shipment.transfer_id
                )
            )
        except NotKnown:
            assert shipment.to_id != party.party_id
        except Conflict as refusal:
            assert refusal.code == "custody.received_before"
            assert not places
        else:
            assert shipment.to_id == party.party_id
            for place in places:
                self.units[place] = Unit(party.party_id)

    # ------------------------------------------------------------------------------------------ invariants

    @precondition(lambda self: self.units)
    @invariant()
    def spans_are_those_of_the_model_and_no_more_than_needed(self) -> None:
        with self.world.database.read() as connection:
            spans = custody.spans_of(connection, self.batch.batch_id)
            holdings = {
                party.party_id: sum(
                    holding.units
                    for holding in custody.holdings(connection, party.party_id)
                    if holding.batch_id == self.batch.batch_id
                )
                for party in self.parties
            }
        assert coverage_faults(spans, self.batch.size) == []
        assert [
            (span.start, span.stop, Unit(span.holder_id, span.receiver_id, span.transfer_id)) for span in spans
        ] == self.runs()
        for party_id, count in holdings.items():
            assert count == sum(unit == Unit(party_id) for unit in self.units)

    @precondition(lambda self: self.units)
    @invariant()
    def what_is_kept_in_memory_and_what_is_read_say_the_same(self) -> None:
        database, batch_id = self.world.database, self.batch.batch_id
        picture = custody.picture(database, batch_id)
        assert picture is not None
        for start, stop, _ in self.runs():
            for position in {start, stop - 1}:
                assert picture.locate(position, stop) == custody.locate(database, batch_id, position, stop)
                kept = [picture.movements[number] for number in picture.way(position)]
                assert [(step.kind, step.transfer_id, step.to_id) for step in kept] == [
                    (step.kind, step.transfer_id, step.to_id) for step in custody.way(database, batch_id, position)
                ]

    # ------------------------------------------------------------------------------------------ helpers

    def runs(self) -> list[tuple[int, int, Unit]]:
        """The model's units as spans: as long as can be."""
        found: list[tuple[int, int, Unit]] = []
        for _, group in groupby(enumerate(self.units), key=lambda each: each[1]):
            places = list(group)
            found.append((places[0][0], places[-1][0] + 1, places[0][1]))
        return found

    def part(self, data: st.DataObject, start: int, stop: int) -> Interval:
        first = data.draw(st.integers(start, stop - 1))
        return Interval(first, data.draw(st.integers(first + 1, stop)))

    def packages(self, data: st.DataObject) -> list[Interval]:
        """Units, cartons and pallets as scanned, overlapping and in any order."""
        found: list[Interval] = []
        for level in data.draw(st.lists(st.sampled_from(Level), min_size=1, max_size=3)):
            count = self.batch.packing.count_at(level, self.batch.size)
            index = data.draw(st.integers(0, count - 1))
            found.append(Interval(*self.batch.packing.span_of(level, index, self.batch.size)))
        return found

    def goods(self, intervals: list[Interval]) -> list[Goods]:
        return [Goods(self.batch.batch_id, tuple(intervals))]

    def places(self, intervals: list[Interval]) -> list[int]:
        return [place for interval in united(intervals) for place in range(interval.start, interval.stop)]

    def ship(self, sender: Party, receiver: Party, intervals: list[Interval]) -> None:
        places = self.places(intervals)
        allowed = sender != receiver and all(self.units[place] == Unit(sender.party_id) for place in places)
        try:
            (movement,) = self.world.ship(sender, receiver, self.goods(intervals))
        except SuiyuanError as refusal:
            assert not allowed, refusal
            expected = (InvalidInput, "custody.receiver") if sender == receiver else (Conflict, "custody.not_held")
            assert (type(refusal), refusal.code) == expected
            return
        assert allowed
        assert movement.units == len(places)
        self.shipments.append(movement)
        for place in places:
            self.units[place] = Unit(sender.party_id, receiver.party_id, movement.transfer_id)

    def receive(self, receiver: Party, intervals: list[Interval]) -> None:
        places = self.places(intervals)
        allowed = all(self.units[place].receiver_id == receiver.party_id for place in places)
        try:
            movements = self.world.receive(receiver, self.goods(intervals))
        except Conflict as refusal:
            assert not allowed, refusal
            assert refusal.code in RECEIVE_REFUSALS
            return
        assert allowed
        assert sum(movement.units for movement in movements) == len(places)
        assert {movement.transfer_id for movement in movements} == {self.units[place].transfer_id for place in places}
        for place in places:
            self.units[place] = Unit(receiver.party_id)
