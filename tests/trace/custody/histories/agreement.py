"""What holds in every history: after each act that changed something, and once more in full at the end."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from hypothesis.stateful import invariant, precondition

from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody import store
from suiyuan.trace.custody.model import CustodyState, DiscrepancyKind, Outcome, coverage_faults
from suiyuan.trace.custody.service.audit import replay_faults
from suiyuan.trace.parties.model import Party

from ..plain import Open, places_of, runs_of
from .progress import Progress

State = CustodyState


class Agreement(Progress):
    @precondition(lambda self: self.units and self.has_changed)
    @invariant()
    def spans_are_those_of_the_model_and_no_more_than_needed(self) -> None:
        self.has_changed = False
        spans = custody.spans_of(self.database.connection, self.batch.batch_id)
        assert coverage_faults(spans, self.batch.size) == []
        assert [
            (
                each.start,
                each.stop,
                each.holder_id,
                each.state,
                each.receiver_id,
                each.transfer_id,
                each.site_id,
                each.movement_id,
            )
            for each in spans
        ] == [
            (
                start,
                stop,
                unit.holder_id,
                unit.state,
                unit.receiver_id,
                unit.transfer_id,
                unit.site_id,
                unit.movement_id,
            )
            for start, stop, unit in runs_of(self.units)
        ]

    def everything_agrees(self) -> None:
        connection, batch_id = self.database.connection, self.batch.batch_id
        recorded = store.movements_of(connection, batch_id)
        assert [movement.movement_id for movement, _ in recorded] == list(self.moved)
        assert replay_faults(self.batch, recorded, store.spans_of(connection, batch_id)) == []
        self.ways_agree()
        counted = Counter((unit.holder_id, unit.site_id, unit.state) for unit in self.units)
        stock = custody.holders(connection, batch_id)
        assert {(each.holder_id, each.site_id, each.state): each.units for each in stock} == counted
        had_a_part = {end for each in self.moved.values() for end in (each.movement.from_id, each.movement.to_id)}
        for party in self.parties:
            if party.party_id in had_a_part:
                self.balance_is_even(party)
        self.discrepancies_agree()

    def ways_agree(self) -> None:
        database, batch_id = self.database, self.batch.batch_id
        picture = custody.picture(database, batch_id)
        runs = runs_of(self.units)
        for start, stop, unit in runs[:: len(runs) // 4 + 1]:
            walked = [step.movement_id for step in custody.way(database, batch_id, start)]
            assert walked == list(unit.way)
            if picture is not None:
                assert picture.locate(start, stop) == custody.locate(database, batch_id, start, stop)
                assert [picture.movements[number].movement_id for number in picture.way(start)] == walked

    def balance_is_even(self, party: Party) -> None:
        found = custody.balances(self.database.connection, party.party_id, [self.batch.batch_id])
        if not found:
            assert all(unit.holder_id != party.party_id for unit in self.units)
            return
        (balance,) = found
        assert balance.is_even, balance
        assert balance.made == (self.batch.size if party is self.world.maker else 0)
        own = Counter(unit.state for unit in self.units if unit.holder_id == party.party_id)
        assert balance.held == own[State.HELD] + own[State.SAMPLED] + own[State.SEIZED]
        assert (balance.sold, balance.in_transit) == (own[State.SOLD], own[State.IN_TRANSIT])

    def discrepancies_agree(self) -> None:
        for party_id in {each.from_id for each in self.found}:
            meant = {self.key(each) for each in self.found if party_id in (each.from_id, each.to_id)}
            found = {
                (each.kind, each.movement_id, frozenset(places_of(each.intervals)), each.outcome)
                for is_open in (True, False)
                for each in custody.list_discrepancies(self.database.connection, party_id, is_open=is_open)
            }
            assert found == meant

    def key(self, meant: Open) -> tuple[DiscrepancyKind, UUID, frozenset[int], Outcome | None]:
        return meant.kind, meant.movement_id, meant.places, meant.outcome
