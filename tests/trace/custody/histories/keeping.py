"""Goods stay where they are and change: moved about, sold, written off, destroyed; and what authorities do to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import StopKind
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import CustodyState, Movement, MovementKind, Outcome, WriteOffCause
from suiyuan.trace.custody.service import Circumstances
from suiyuan.trace.kernel.intervals import Interval
from suiyuan.trace.parties.model import Party

from ..plain import AFTER, RIGHT_OF, Moved, Unit, places_of
from .progress import ANYONE, SITE, WHERE, Where, in_state
from .trading import Trading

Kind, State = MovementKind, CustodyState


class Keeping(Trading):
    @precondition(in_state(State.HELD, State.DAMAGED))
    @rule(act=st.integers(0, 8), where=WHERE, number=st.integers(0, 60), site=SITE)
    def keep_house(self, act: int, where: Where, number: int, site: int) -> None:
        if act < 3:
            self.relocate(where, number % 7)
        elif act < 6:
            self.unpack_or_repack(where, number, site)
        else:
            self.write_off(where, list(WriteOffCause)[number % len(WriteOffCause)], site)

    def relocate(self, where: Where, to: int) -> None:
        intervals, party = self.some(where, lambda unit: unit.state in (State.HELD, State.DAMAGED))
        site_id = self.sites[(self.parties[to % 6] if to == 5 else party).party_id] if to else None
        refusal = self.refusal(Kind.RELOCATE, party, intervals)
        if site_id is not None and site_id != self.sites[party.party_id]:
            refusal = "site.unknown"
        got = self.attempt(party, custody.relocate, site_id, self.goods(intervals))
        self.expect(got, refusal, Kind.RELOCATE, places_of(intervals), self.own(party))

    def unpack_or_repack(self, where: Where, carton: int, site: int) -> None:
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

    def write_off(self, where: Where, cause: WriteOffCause, site: int) -> None:
        intervals, party = self.some(where, lambda unit: unit.state in (State.HELD, State.DAMAGED))
        refusal = self.refusal(Kind.WRITE_OFF, party, intervals)
        if refusal is None and cause is WriteOffCause.EXPIRED and not self.is_expired:
            refusal = "custody.not_expired"
        got = self.attempt(party, custody.write_off, cause, self.goods(intervals), self.how(party, site))
        self.expect(got, refusal, Kind.WRITE_OFF, places_of(intervals), self.own(party))

    @precondition(in_state(State.HELD))
    @rule(where=WHERE, site=SITE)
    def sell(self, where: Where, site: int) -> None:
        intervals, seller = self.some(where, lambda unit: unit.state is State.HELD, among=4)
        refusal = self.refusal(Kind.SELL, seller, intervals)
        buyer = custody.NewSale("马建国", "", "水稻")
        got = self.attempt(seller, custody.sell, self.goods(intervals), buyer, self.how(seller, site))
        self.expect(got, refusal, Kind.SELL, places_of(intervals), self.own(seller))

    @precondition(in_state(State.SOLD))
    @rule(where=WHERE, site=SITE)
    def take_back(self, where: Where, site: int) -> None:
        intervals, seller = self.some(where, lambda unit: unit.state is State.SOLD)
        refusal = self.refusal(Kind.TAKE_BACK, seller, intervals)
        got = self.attempt(seller, custody.take_back, self.goods(intervals), self.how(seller, site))
        self.expect(got, refusal, Kind.TAKE_BACK, places_of(intervals), self.own(seller))

    @precondition(in_state(State.SEIZED, State.DAMAGED, State.WRITTEN_OFF, State.SAMPLED))
    @rule(where=WHERE, site=SITE)
    def destroy(self, where: Where, site: int) -> None:
        intervals, party = self.some(where, lambda unit: unit.state in AFTER[Kind.DESTROY])
        refusal = self.refusal(Kind.DESTROY, party, intervals)
        got = self.attempt(party, custody.destroy, self.goods(intervals), self.how(party, site))
        self.expect(got, refusal, Kind.DESTROY, places_of(intervals), self.own(party))

    # ------------------------------------------------------------------------------------------ authorities

    @rule(kind=st.sampled_from((Kind.SAMPLE, Kind.SEIZE)), where=WHERE, by=ANYONE, site=SITE)
    def sample_or_seize(self, kind: MovementKind, where: Where, by: int, site: int) -> None:
        entitled = (self.world.agency, self.world.regulator) if kind is Kind.SAMPLE else (self.world.regulator,)
        taker = self.parties[by] if where[3] % 6 == 0 else entitled[0]
        self.taken(kind, taker, where, site, entitled)

    def taken(self, kind: MovementKind, taker: Party, where: Where, site: int, entitled: tuple[Party, ...]) -> None:
        intervals, _ = self.some(where, lambda unit: unit.state in AFTER[kind])
        refusal = self.refusal(kind, taker, intervals) if taker in entitled else "access.role"
        use_case = custody.sample if kind is Kind.SAMPLE else custody.seize
        got = self.attempt(taker, use_case, self.goods(intervals), self.how(taker, site))
        self.expect(got, refusal, kind, places_of(intervals), lambda unit: (unit.holder_id, taker.party_id, None))

    @precondition(in_state(State.SEIZED))
    @rule(where=WHERE, by=ANYONE, site=SITE)
    def release(self, where: Where, by: int, site: int) -> None:
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

    def before(self, place: int) -> Unit:
        """What a unit was before what was last done with it."""
        movement_id = self.units[place].movement_id
        assert movement_id is not None
        return self.moved[movement_id].before[place]

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
