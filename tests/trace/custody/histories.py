"""Random histories of one batch, legal acts and illegal ones, against a list with one entry for each unit (plain.py).

Each history runs in one transaction, every act in a savepoint of it, and is rolled back at the end: the use cases are
the same, and no history waits for a commit. That commits are whole is shown elsewhere (tests/faults, test_races.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run
from sqlalchemy import RootTransaction

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import Batch, StopKind
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody import store
from suiyuan.trace.custody.model import (
    CustodyState,
    DiscrepancyKind,
    Movement,
    MovementKind,
    Outcome,
    WriteOffCause,
    coverage_faults,
)
from suiyuan.trace.custody.service import Arrival, Circumstances, Goods
from suiyuan.trace.custody.service.audit import replay_faults
from suiyuan.trace.kernel.clock import FixedClock, day_in_china
from suiyuan.trace.kernel.errors import SuiyuanError
from suiyuan.trace.kernel.intervals import Interval, united
from suiyuan.trace.parties.model import Actor, Party
from suiyuan.trace.store.database import Database, UnitOfWork

from .plain import AFTER, RIGHT_OF, Moved, Open, Unit, places_of, runs_of

if TYPE_CHECKING:
    from ...support.world import World

HISTORIES = 2_000
STEPS = 8
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""A history that fails is shown as found, in seconds; making it shorter through a database takes minutes."""

SHAPES = ((1, 1, 1), (2, 1, 2), (7, 3, 2), (13, 6, 1), (24, 6, 2), (40, 7, 4))
"""(units, units in a carton, cartons on a pallet) of the batches that histories are about."""

SWEPT_EVERY = 100
SHELF_DAYS = 12
"""So that some histories go on after the goods expired."""

Given = ParamSpec("Given")
Result = TypeVar("Result")
Kind, State = MovementKind, CustodyState

WHERE = st.tuples(st.integers(0, 9), st.integers(0, 999), st.integers(0, 999), st.integers(0, 999))
"""Which units an act is about: see `History.some`."""

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

TRADER, ANYONE, SITE = st.integers(0, 3), st.integers(0, 5), st.integers(0, 1)
TAKEN_OVER = {Kind.RECEIVE, Kind.RECEIVE_DAMAGED, Kind.SETTLE_OVER}
TRADE = {Kind.SHIP, Kind.RETURN, *TAKEN_OVER, Kind.REFUSE}


class OneConnection(Database):
    """A database in which hot queries, too, read what the one transaction in progress has written."""

    def __init__(self, url: str, clock: FixedClock) -> None:
        super().__init__(url, clock)
        self.connection = self.engine.connect().execution_options(begins_write=True)
        if not self.is_sqlite:
            with self.connection.begin():
                self.connection.exec_driver_sql("SET jit = off")

    def driver_connection(self) -> Any:
        return self.connection.connection.driver_connection

    def sweep(self) -> None:
        """Clears away what was rolled back: PostgreSQL reads over it until then."""
        if not self.is_sqlite:
            driver = self.driver_connection()
            driver.autocommit = True
            driver.execute("VACUUM")
            driver.autocommit = False

    def close(self) -> None:
        self.connection.close()
        super().close()


def histories_run(world: World) -> int:
    """Runs HISTORIES of them and says how many were run to their end."""
    made = [
        world.register_batch(
            world.vet_drug,
            size=size,
            units_per_carton=per_carton,
            cartons_per_pallet=per_pallet,
            expires_on=world.today() + timedelta(days=SHELF_DAYS),
        )
        for size, per_carton, per_pallet in SHAPES
    ]
    url = world.database.engine.url.render_as_string(hide_password=False)

    class Here(History):
        pass

    Here.world, Here.batches = world, made
    Here.sites = {party.party_id: world.site(party).site_id for party in History.parties_of(world)}
    Here.database = OneConnection(url, world.clock)
    Here.ended = 0
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    try:
        run(
            Here,
            settings=settings(
                max_examples=HISTORIES,
                stateful_step_count=STEPS,
                deadline=None,
                phases=PHASES,
                suppress_health_check=checks,
            ),
        )
    finally:
        Here.database.close()
    return Here.ended


def in_state(*states: CustodyState) -> Callable[[History], bool]:
    """A precondition: some unit is in one of these states."""
    return lambda history: any(unit.state in states for unit in history.units)


class History(RuleBasedStateMachine):
    world: World
    batches: list[Batch]
    sites: dict[UUID, UUID]
    database: OneConnection
    ended: int

    def __init__(self) -> None:
        super().__init__()
        self.parties = self.parties_of(self.world)
        self.traders = self.parties[:4]
        self.party_by_id = {party.party_id: party for party in self.parties}
        self.clock = self.world.clock
        self.begun_at = self.clock.instant
        self.batch: Batch
        self.units: list[Unit] = []
        self.carton_of: list[int | None] = []
        self.moved: dict[UUID, Moved] = {}
        self.found: list[Open] = []
        self.stops: dict[UUID, Interval] = {}
        self.has_changed = True
        self.transaction: RootTransaction = self.database.connection.begin()

    @staticmethod
    def parties_of(world: World) -> list[Party]:
        return [world.maker, world.distributor, world.outlet, world.second_outlet, world.agency, world.regulator]

    @initialize(shape=st.integers(0, len(SHAPES) - 1), hands=st.integers(0, 3), where=WHERE, arrival=ARRIVAL)
    def choose_batch(self, shape: int, hands: int, where: tuple[int, ...], arrival: str) -> None:
        """A history begins at the maker, or after goods have gone through some hands."""
        self.batch = self.batches[shape]
        self.units = [Unit(self.batch.maker_id)] * self.batch.size
        self.carton_of = [place // self.batch.packing.units_per_carton for place in range(self.batch.size)]
        for hand in range(1, hands + 1):
            self.hand_over((9, *where[1:]), hand, arrival, site=hand % 2)

    def teardown(self) -> None:
        try:
            if self.units:
                self.everything_agrees()
                type(self).ended += 1
        finally:
            self.transaction.rollback()
            self.clock.instant = self.begun_at
        if self.ended % SWEPT_EVERY == 0:
            self.database.sweep()

    # ------------------------------------------------------------------------------------------ from hand to hand

    @precondition(in_state(State.HELD))
    @rule(where=WHERE, receiver=TRADER, site=SITE)
    def ship(self, where: tuple[int, ...], receiver: int, site: int) -> None:
        self.sent(where, receiver, site)

    def sent(self, where: tuple[int, ...], receiver: int, site: int) -> list[Movement] | str:
        intervals, sender = self.some(where, lambda unit: unit.state is State.HELD)
        to, how = self.traders[receiver], self.how(sender, site)
        kind = Kind.SHIP
        refusal = self.receiver_refusal(sender, to) or self.refusal(kind, sender, intervals)
        got = self.attempt(sender, custody.ship, to.party_id, self.goods(intervals), how)
        self.expect(got, refusal, kind, places_of(intervals), lambda _: (sender.party_id, to.party_id, None))
        return got

    @precondition(in_state(State.HELD))
    @rule(where=WHERE, receiver=TRADER, arrival=ARRIVAL, site=SITE)
    def hand_over(self, where: tuple[int, ...], receiver: int, arrival: str, site: int) -> None:
        shipped = self.sent(where, receiver, site)
        if not isinstance(shipped, str):
            self.arrive(self.traders[receiver], places_of(shipped[0].intervals), arrival, site)

    @precondition(in_state(State.HELD, State.DAMAGED))
    @rule(where=WHERE, receiver=TRADER, site=SITE)
    def send_back(self, where: tuple[int, ...], receiver: int, site: int) -> None:
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
    def receive(self, where: tuple[int, ...], arrival: str, site: int) -> None:
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
            self.expect(got, refusal, Kind.REFUSE, rest, lambda _: (ends[1], ends[0], ends[2]))
            outcome = Outcome.RETURNED
        if refusal is None:
            self.end_shortages({shipment.movement_id}, outcome)

    @precondition(in_state(State.IN_TRANSIT))
    @rule(where=WHERE, site=SITE)
    def refuse(self, where: tuple[int, ...], site: int) -> None:
        intervals, receiver = self.some(where, lambda unit: unit.state is State.IN_TRANSIT, by_receiver=True)
        places = places_of(intervals)
        refusal = self.refusal(Kind.REFUSE, receiver, intervals)
        transfers = {self.units[place].transfer_id for place in places}
        got = self.attempt(receiver, custody.refuse, self.goods(intervals), self.how(receiver, site))
        self.expect(
            got, refusal, Kind.REFUSE, places, lambda unit: (receiver.party_id, unit.holder_id, unit.transfer_id)
        )
        if refusal is None:
            self.end_shortages(transfers, Outcome.RETURNED)

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

    # ------------------------------------------------------------------------------------------ one's own stock

    @precondition(in_state(State.HELD, State.DAMAGED))
    @rule(act=st.integers(0, 8), where=WHERE, number=st.integers(0, 60), site=SITE)
    def keep_house(self, act: int, where: tuple[int, ...], number: int, site: int) -> None:
        if act < 3:
            self.relocate(where, number % 7)
        elif act < 6:
            self.unpack_or_repack(where, number, site)
        else:
            self.write_off(where, list(WriteOffCause)[number % len(WriteOffCause)], site)

    def relocate(self, where: tuple[int, ...], to: int) -> None:
        intervals, party = self.some(where, lambda unit: unit.state in (State.HELD, State.DAMAGED))
        site_id = self.sites[(self.parties[to % 6] if to == 5 else party).party_id] if to else None
        refusal = self.refusal(Kind.RELOCATE, party, intervals)
        if site_id is not None and site_id != self.sites[party.party_id]:
            refusal = "site.unknown"
        got = self.attempt(party, custody.relocate, site_id, self.goods(intervals))
        self.expect(got, refusal, Kind.RELOCATE, places_of(intervals), self.own(party))

    def unpack_or_repack(self, where: tuple[int, ...], carton: int, site: int) -> None:
        is_unpacking = carton % 3 == 0
        states = (State.HELD, State.DAMAGED) if is_unpacking else (State.HELD,)
        intervals, party = self.some(where, lambda unit: unit.state in states)
        places, how = places_of(intervals), self.how(party, site)
        if is_unpacking:
            refusal = self.refusal(Kind.UNPACK, party, intervals)
            got = self.attempt(party, custody.unpack, self.goods(intervals), how)
            self.expect(got, refusal, Kind.UNPACK, places, self.own(party))
            becomes = None
        else:
            becomes = (places[0] // self.batch.packing.units_per_carton) if carton % 2 else carton // 3
            refusal = self.refusal(Kind.REPACK, party, intervals)
            if refusal is None and becomes >= self.batch.packages_at(1):
                refusal = "packing.container"
            if refusal is None:
                already = [place for place, index in enumerate(self.carton_of) if index == becomes]
                if any(self.is_not_held(place, party) for place in already):
                    refusal = "custody.not_held"
            got = self.attempt(party, custody.repack, becomes, self.goods(intervals), how)
            self.expect(got, refusal, Kind.REPACK, places, self.own(party))
        if refusal is None:
            for place in places:
                self.carton_of[place] = becomes

    @precondition(in_state(State.HELD))
    @rule(where=WHERE, site=SITE)
    def sell(self, where: tuple[int, ...], site: int) -> None:
        intervals, seller = self.some(where, lambda unit: unit.state is State.HELD, among=4)
        refusal = self.refusal(Kind.SELL, seller, intervals)
        buyer = custody.NewSale("马建国", "", "水稻")
        got = self.attempt(seller, custody.sell, self.goods(intervals), buyer, self.how(seller, site))
        self.expect(got, refusal, Kind.SELL, places_of(intervals), self.own(seller))

    @precondition(in_state(State.SOLD))
    @rule(where=WHERE, site=SITE)
    def take_back(self, where: tuple[int, ...], site: int) -> None:
        intervals, seller = self.some(where, lambda unit: unit.state is State.SOLD)
        refusal = self.refusal(Kind.TAKE_BACK, seller, intervals)
        got = self.attempt(seller, custody.take_back, self.goods(intervals), self.how(seller, site))
        self.expect(got, refusal, Kind.TAKE_BACK, places_of(intervals), self.own(seller))

    def write_off(self, where: tuple[int, ...], cause: WriteOffCause, site: int) -> None:
        intervals, party = self.some(where, lambda unit: unit.state in (State.HELD, State.DAMAGED))
        refusal = self.refusal(Kind.WRITE_OFF, party, intervals)
        if refusal is None and cause is WriteOffCause.EXPIRED and not self.is_expired:
            refusal = "custody.not_expired"
        got = self.attempt(party, custody.write_off, cause, self.goods(intervals), self.how(party, site))
        self.expect(got, refusal, Kind.WRITE_OFF, places_of(intervals), self.own(party))

    @precondition(in_state(State.SEIZED, State.DAMAGED, State.WRITTEN_OFF, State.SAMPLED))
    @rule(where=WHERE, site=SITE)
    def destroy(self, where: tuple[int, ...], site: int) -> None:
        intervals, party = self.some(where, lambda unit: unit.state in AFTER[Kind.DESTROY])
        refusal = self.refusal(Kind.DESTROY, party, intervals)
        got = self.attempt(party, custody.destroy, self.goods(intervals), self.how(party, site))
        self.expect(got, refusal, Kind.DESTROY, places_of(intervals), self.own(party))

    # ------------------------------------------------------------------------------------------ authorities

    @rule(kind=st.sampled_from((Kind.SAMPLE, Kind.SEIZE)), where=WHERE, by=ANYONE, site=SITE)
    def sample_or_seize(self, kind: MovementKind, where: tuple[int, ...], by: int, site: int) -> None:
        entitled = (self.world.agency, self.world.regulator) if kind is Kind.SAMPLE else (self.world.regulator,)
        taker = self.parties[by] if where[3] % 6 == 0 else entitled[0]
        self.taken(kind, taker, where, site, entitled)

    def taken(
        self, kind: MovementKind, taker: Party, where: tuple[int, ...], site: int, entitled: tuple[Party, ...]
    ) -> None:
        intervals, _ = self.some(where, lambda unit: unit.state in AFTER[kind])
        refusal = self.refusal(kind, taker, intervals) if taker in entitled else "access.role"
        use_case = custody.sample if kind is Kind.SAMPLE else custody.seize
        got = self.attempt(taker, use_case, self.goods(intervals), self.how(taker, site))
        self.expect(got, refusal, kind, places_of(intervals), lambda unit: (unit.holder_id, taker.party_id, None))

    @precondition(in_state(State.SEIZED))
    @rule(where=WHERE, by=ANYONE, site=SITE)
    def release(self, where: tuple[int, ...], by: int, site: int) -> None:
        authority = self.parties[by] if where[3] % 6 == 0 else self.world.regulator
        intervals, _ = self.some(where, lambda unit: unit.state is State.SEIZED)
        places = places_of(intervals)
        refusal = None
        if authority is not self.world.regulator:
            refusal = "access.role"
        elif any(self.units[place].state is not State.SEIZED for place in places):
            refusal = "custody.not_held"
        got = self.attempt(authority, custody.release, self.goods(intervals), self.how(authority, site))
        earlier = {place: self.before(place) for place in places} if refusal is None else {}

        def back(place: int, by: Movement) -> Unit:
            return replace(earlier[place], way=(*self.units[place].way, by.movement_id))

        holders = {place: (authority.party_id, unit.holder_id, None) for place, unit in earlier.items()}
        self.expect(got, refusal, Kind.RELEASE, places, holders.__getitem__, back, by_place=True)

    @rule(whole=st.booleans(), start=st.integers(0, 39), units=st.integers(1, 20), by=ANYONE)
    def stop_or_lift(self, whole: bool, start: int, units: int, by: int) -> None:
        if self.stops and by > 1:
            stop_id = list(self.stops)[start % len(self.stops)]
            self.attempt_work(
                lambda work: batches.lift_stop(work, self.regulator, self.batch.batch_id, stop_id, "查清")
            )
            del self.stops[stop_id]
        elif by < 3:
            first = start % self.batch.size
            part = None if whole else Interval(first, min(first + units, self.batch.size))
            given = (self.regulator, self.batch.batch_id, StopKind.RECALL, "渗漏", part)
            stop = self.attempt_work(lambda work: batches.stop_batch(work, *given))
            assert not isinstance(stop, str)
            self.stops[stop.stop_id] = stop.interval

    # ------------------------------------------------------------------------------------------ undoing, and time

    @precondition(lambda self: self.moved)
    @rule(which=st.integers(0, 999), by=ANYONE)
    def undo(self, which: int, by: int) -> None:
        recent = list(self.moved.values())[-4:]
        done = recent[which % len(recent)]
        assert done.movement.party_id is not None
        party = self.party_by_id[done.movement.party_id] if which % 6 else self.parties[by]
        site_id = done.movement.site_id if which % 7 else None
        opened = [each for each in self.found if each.movement_id == done.movement.movement_id]
        refusal = None
        if party.party_id != done.movement.party_id:
            refusal = "movement.unknown"
        elif RIGHT_OF[done.movement.kind]["undo"] == "no":
            refusal = "undo.kind"
        elif done.is_undone:
            refusal = "undo.done_before"
        elif self.clock.now() - done.recorded_at > timedelta(days=10):
            refusal = "undo.too_late"
        elif site_id != done.movement.site_id:
            refusal = "undo.other_site"
        elif any(self.units[place].movement_id != done.movement.movement_id for place in done.before):
            refusal = "undo.acted_on"
        elif any(each.outcome is not None for each in opened):
            refusal = "discrepancy.settled"
        how = Circumstances(site_id, "扫错了")
        got = self.attempt(party, custody.undo, self.batch.batch_id, done.movement.movement_id, how)
        if refusal is not None:
            assert got == refusal
            return
        assert isinstance(got, Movement), got
        assert got.kind is Kind.UNDO and got.undoes_id == done.movement.movement_id
        assert (got.from_id, got.to_id) == (done.movement.to_id, done.movement.from_id)
        self.moved[got.movement_id] = Moved(got, self.clock.now(), {p: self.units[p] for p in done.before})
        done.is_undone = True
        for place, unit in done.before.items():
            self.units[place] = unit
        for each in opened:
            each.outcome = Outcome.UNDONE

    @rule(hours=st.sampled_from((1, 1, 24, 7 * 24, 11 * 24)))
    def wait(self, hours: int) -> None:
        self.clock.instant += timedelta(hours=hours)

    # ------------------------------------------------------------------------------------------ what holds

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

    # ------------------------------------------------------------------------------------------ helpers

    @property
    def regulator(self) -> Actor:
        return self.world.actor(self.world.regulator)

    @property
    def is_expired(self) -> bool:
        return day_in_china(self.clock.now()) > self.batch.expires_on

    def how(self, party: Party, site: int) -> Circumstances:
        return Circumstances(self.sites[party.party_id] if site else None, "试验")

    def goods(self, intervals: Sequence[Interval]) -> list[Goods]:
        return [Goods(self.batch.batch_id, tuple(intervals))]

    def some(
        self, where: tuple[int, ...], wanted: Callable[[Unit], bool], *, by_receiver: bool = False, among: int = 6
    ) -> tuple[list[Interval], Party]:
        """Part of a run of units alike that are as wanted, and who may act on them; now and then a run that is not so,
        two packages as scanned, or another party."""
        mode, first, second, third = where
        alike = [each for each in runs_of(self.units) if wanted(each[2])] if mode else []
        start, stop, unit = (alike or runs_of(self.units))[first % len(alike or runs_of(self.units))]
        answering = unit.receiver_id if by_receiver and unit.receiver_id is not None else unit.holder_id
        party = self.parties[third % among] if mode == 1 else self.party_by_id[answering]
        if party not in self.parties[:among]:
            party = self.parties[third % among]
        if mode == 2:
            return [self.package(first, second), self.package(second, third)], party
        begin = start + second % (stop - start)
        end = stop if third % 2 else begin + 1 + third % (stop - begin)
        return [Interval(begin, end)], party

    def package(self, level: int, index: int) -> Interval:
        packing, size = self.batch.packing, self.batch.size
        return Interval(*packing.span_of(level % 3, index % packing.count_at(level % 3, size), size))

    def refusal(self, kind: MovementKind, party: Party, intervals: Sequence[Interval]) -> str | None:
        """With which code an act is refused for what the goods are; None where it is not."""
        right, places = RIGHT_OF[kind], places_of(intervals)
        if right["stopped"] == "no" and any(
            stop.start <= place < stop.stop for stop in self.stops.values() for place in places
        ):
            return "custody.batch_stopped"
        if right["expired"] == "no" and self.is_expired:
            return "custody.expired"
        units = [self.units[place] for place in places]
        if right["who"] == "receiver":
            return None if all(unit.receiver_id == party.party_id for unit in units) else "custody.not_in_transit"
        mine = right["who"] != "holder" or all(unit.holder_id == party.party_id for unit in units)
        return None if mine and all(unit.state in AFTER[kind] for unit in units) else "custody.not_held"

    def receiver_refusal(self, sender: Party, receiver: Party) -> str | None:
        return "custody.receiver" if sender is receiver else None

    def came_from(self, unit: Unit, supplier: Party) -> bool:
        """Whether the unit was once received from `supplier`, and not as a return."""
        steps = [self.moved[movement_id].movement for movement_id in unit.way]
        return any(
            step.kind in TAKEN_OVER and step.from_id == supplier.party_id and not step.is_return for step in steps
        )

    def is_not_held(self, place: int, party: Party) -> bool:
        return (self.units[place].holder_id, self.units[place].state) != (party.party_id, State.HELD)

    def before(self, place: int) -> Unit:
        """What a unit was before what was last done with it."""
        movement_id = self.units[place].movement_id
        assert movement_id is not None
        return self.moved[movement_id].before[place]

    def own(self, party: Party) -> Callable[[Unit], tuple[UUID, UUID, UUID | None]]:
        return lambda _: (party.party_id, party.party_id, None)

    def attempt(
        self,
        party: Party,
        use_case: Callable[Concatenate[UnitOfWork, Actor, UUID, Given], Result],
        *given: Given.args,
        **named: Given.kwargs,
    ) -> Result | str:
        """What a use case gives, or the code of its refusal."""
        return self.attempt_work(lambda work: use_case(work, self.world.actor(party), party.party_id, *given, **named))

    def attempt_work(self, act: Callable[[UnitOfWork], Result]) -> Result | str:
        self.clock.instant += timedelta(minutes=1)
        savepoint = self.database.connection.begin_nested()
        try:
            result = act(UnitOfWork(self.database.connection, self.clock))
        except SuiyuanError as refusal:
            savepoint.rollback()
            return refusal.code
        savepoint.commit()
        self.has_changed = True
        return result

    def expect(
        self,
        got: list[Movement] | str,
        refusal: str | None,
        kind: MovementKind,
        places: Sequence[int],
        ends: Callable[[Any], tuple[UUID, UUID, UUID | None]],
        becomes: Callable[[int, Movement], Unit] | None = None,
        *,
        by_place: bool = False,
    ) -> None:
        """The act was refused as it should be; or it made one movement for each pair of ends, which the model repeats.

        `ends` says of each unit (`by_place`: of its place) who answers for it before and after, and in which shipment.
        """
        if refusal is not None:
            assert got == refusal
            return
        assert not isinstance(got, str), got
        groups: dict[tuple[UUID, UUID, UUID | None], list[int]] = {}
        for place in places:
            groups.setdefault(ends(place if by_place else self.units[place]), []).append(place)
        made: dict[tuple[UUID, UUID, UUID | None], Movement] = {}
        for each in got:
            shipment = each.transfer_id if each.transfer_id != each.movement_id else None
            made[each.from_id, each.to_id, shipment] = each
        assert {end: places_of(each.intervals) for end, each in made.items()} == groups
        assert len(made) == len(got)
        for each in got:
            assert each.kind is kind
            shipment = self.moved.get(each.transfer_id)
            assert each.is_return is (
                kind is Kind.RETURN or (shipment is not None and shipment.movement.kind is Kind.RETURN)
            )
            inside = places_of(each.intervals)
            self.moved[each.movement_id] = Moved(each, self.clock.now(), {p: self.units[p] for p in inside})
            for place in inside:
                self.units[place] = becomes(place, each) if becomes else self.units[place].by(each)

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

        def ends(unit: Unit) -> tuple[UUID, UUID, UUID | None]:
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

    def settled(self, meant: Open, outcome: Outcome, places: Sequence[int]) -> None:
        """What a settlement did to the goods; its movement is the newest one on record."""
        kinds = {
            Outcome.NOT_SENT: Kind.SETTLE_FOUND,
            Outcome.LOST: Kind.SETTLE_LOST,
            Outcome.SENT: Kind.SETTLE_OVER,
        }
        if outcome not in kinds or not places:
            return
        new, _ = store.movements_of(self.database.connection, self.batch.batch_id)[-1]
        to_id = meant.to_id if outcome is Outcome.SENT else meant.from_id
        transfer_id = None if outcome is Outcome.SENT else meant.transfer_id
        self.expect([new], None, kinds[outcome], places, lambda _: (meant.from_id, to_id, transfer_id))

    def key(self, meant: Open) -> tuple[DiscrepancyKind, UUID, frozenset[int], Outcome | None]:
        return meant.kind, meant.movement_id, meant.places, meant.outcome

    def id_of(self, meant: Open) -> UUID:
        listed = custody.list_discrepancies(self.database.connection, meant.from_id, is_open=meant.outcome is None)
        return next(
            each.discrepancy_id
            for each in listed
            if (each.kind, each.movement_id, frozenset(places_of(each.intervals)), each.outcome) == self.key(meant)
        )


def intervals_of(places: Sequence[int]) -> tuple[Interval, ...]:
    return united(Interval(place, place + 1) for place in places)
