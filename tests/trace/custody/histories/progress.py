"""A history in progress: what the model knows of it, and an act tried on both the database and the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import RootTransaction

from suiyuan.trace.batches.model import Batch
from suiyuan.trace.custody.model import CustodyState, Movement, MovementKind
from suiyuan.trace.custody.service import Circumstances, Goods
from suiyuan.trace.kernel.clock import FixedClock, day_in_china
from suiyuan.trace.kernel.errors import SuiyuanError
from suiyuan.trace.kernel.intervals import Interval, united
from suiyuan.trace.parties.model import Actor, Party
from suiyuan.trace.store.database import Database, UnitOfWork

from ..plain import AFTER, RIGHT_OF, Moved, Open, Unit, places_of, runs_of

if TYPE_CHECKING:
    from ....support.world import World

Given = ParamSpec("Given")
Result = TypeVar("Result")
Ends = tuple[UUID, UUID, UUID | None]
"""Who answers for a unit before a movement and after it, and the shipment that it ends."""

Where = tuple[int, int, int, int]
WHERE = st.tuples(st.integers(0, 9), st.integers(0, 999), st.integers(0, 999), st.integers(0, 999))
"""Which units an act is about: see `Progress.some`."""

TRADER, ANYONE, SITE = st.integers(0, 3), st.integers(0, 5), st.integers(0, 1)
SWEPT_EVERY = 100


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


def in_state(*states: CustodyState) -> Callable[[Progress], bool]:
    """A precondition: some unit is in one of these states."""
    return lambda history: any(unit.state in states for unit in history.units)


def intervals_of(places: Sequence[int]) -> tuple[Interval, ...]:
    return united(Interval(place, place + 1) for place in places)


class Progress(RuleBasedStateMachine):
    """Set on a subclass of it: the world, its batches, a site of each party, the database, histories ended so far."""

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

    def everything_agrees(self) -> None:
        """What is checked once, at the end of a history."""
        raise NotImplementedError

    # ------------------------------------------------------------------------------------------ an act

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
        ends: Callable[[Any], Ends],
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
        groups: dict[Ends, list[int]] = {}
        for place in places:
            groups.setdefault(ends(place if by_place else self.units[place]), []).append(place)
        made: dict[Ends, Movement] = {}
        for each in got:
            shipment = each.transfer_id if each.transfer_id != each.movement_id else None
            made[each.from_id, each.to_id, shipment] = each
        assert {end: places_of(each.intervals) for end, each in made.items()} == groups
        assert len(made) == len(got)
        for each in got:
            assert each.kind is kind
            shipment = self.moved.get(each.transfer_id)
            assert each.is_return is (
                kind is MovementKind.RETURN or (shipment is not None and shipment.movement.kind is MovementKind.RETURN)
            )
            inside = places_of(each.intervals)
            self.moved[each.movement_id] = Moved(each, self.clock.now(), {p: self.units[p] for p in inside})
            for place in inside:
                self.units[place] = becomes(place, each) if becomes else self.units[place].by(each)

    # ------------------------------------------------------------------------------------------ what to act on

    def some(
        self, where: Where, wanted: Callable[[Unit], bool], *, by_receiver: bool = False, among: int = 6
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

    def goods(self, intervals: Sequence[Interval]) -> list[Goods]:
        return [Goods(self.batch.batch_id, tuple(intervals))]

    def how(self, party: Party, site: int) -> Circumstances:
        return Circumstances(self.sites[party.party_id] if site else None, "试验")

    def own(self, party: Party) -> Callable[[Unit], Ends]:
        return lambda _: (party.party_id, party.party_id, None)

    # ------------------------------------------------------------------------------------------ what is expected

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

    def is_not_held(self, place: int, party: Party) -> bool:
        return (self.units[place].holder_id, self.units[place].state) != (party.party_id, CustodyState.HELD)

    @property
    def is_expired(self) -> bool:
        return day_in_china(self.clock.now()) > self.batch.expires_on

    @property
    def regulator(self) -> Actor:
        return self.world.actor(self.world.regulator)
