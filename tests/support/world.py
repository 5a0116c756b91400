"""A small supply chain to test in: maker, distributor, two shops, agency, regulator, and a product of each kind.

Tests get it as the fixture `world`; the class is imported for its type only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from stdnum.cn import uscc

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.batches.service import NewBatch
from suiyuan.trace.catalog import service as catalog
from suiyuan.trace.catalog.model import Ingredient, Product, ProductKind
from suiyuan.trace.catalog.service import NewProduct
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import Level
from suiyuan.trace.codes.service import Resolver
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import CustodyState, Interval, Movement
from suiyuan.trace.custody.service import Circumstances, Goods, NewSale
from suiyuan.trace.enforcement import service as enforcement
from suiyuan.trace.inspection import service as inspection
from suiyuan.trace.inspection.model import (
    CONCLUDED,
    Acknowledgement,
    Basis,
    Finding,
    Limit,
    LimitKind,
    Outcome,
    Portion,
    PortionRole,
    Sample,
    SampleState,
    SheetInspector,
)
from suiyuan.trace.inspection.service import LaboratoryReport, NewSample, Sealing
from suiyuan.trace.kernel.clock import FixedClock, day_in_china
from suiyuan.trace.kernel.units import Unit
from suiyuan.trace.parties import service as parties
from suiyuan.trace.parties.model import OPERATOR, Activity, Actor, Party, Role, Site
from suiyuan.trace.parties.service import NewLicence, NewParty, NewSite
from suiyuan.trace.store.database import Database, UnitOfWork

Given = ParamSpec("Given")
Result = TypeVar("Result")

LICENSED_FROM = date(2020, 1, 1)
LICENSED_UNTIL = date(2030, 12, 31)
LICENSED = ("pesticide", "seed", "vet_drug")

BUYER = NewSale(buyer_name="马建国", buyer_telephone="0953-7654321", intended_use="水稻稻纵卷叶螟")
"""What the law asks of a sale of any pesticide that is not restricted."""

INSPECTORS = (SheetInspector("马晓燕", "宁农执法001"), SheetInspector("王建军", "宁农执法002"))

PASSED = Finding(
    item="有效成分含量",
    requirement="≥ 5.0 %",
    limit=Limit(LimitKind.AT_LEAST, lower=Decimal("5.0")),
    measured=Decimal("5.2"),
    measured_text="",
    unit=Unit.PERCENT,
    outcome=Outcome.PASSED,
)
FAILED = Finding(
    item="有效成分含量",
    requirement="≥ 5.0 %",
    limit=Limit(LimitKind.AT_LEAST, lower=Decimal("5.0")),
    measured=Decimal("3.1"),
    measured_text="",
    unit=Unit.PERCENT,
    outcome=Outcome.FAILED,
)

_PARTIES: tuple[tuple[str, str, str, frozenset[Role]], ...] = (
    ("regulator", "宁夏农业农村厅", "640000", frozenset({Role.REGULATOR})),
    ("maker", "贺兰山农化有限公司", "640122", frozenset({Role.MANUFACTURER})),
    ("distributor", "银川农资批发有限公司", "640104", frozenset({Role.DISTRIBUTOR})),
    ("outlet", "平罗县惠农农资店", "640221", frozenset({Role.OUTLET})),
    ("second_outlet", "同心县丰收农资店", "640324", frozenset({Role.OUTLET})),
    ("agency", "宁夏农产品质量检测中心", "640106", frozenset({Role.INSPECTION_AGENCY})),
)


def credit_code(number: int) -> str:
    """The unified social credit code, check digit included, of the `number`th made-up firm."""
    body = f"91640100MA{number:07d}"
    return body + uscc.calc_check_digit(body)


def actor(party: Party) -> Actor:
    return Actor(party.party_id, party.roles)


@dataclass
class World:
    """Everything registered, nothing produced yet. `at` writes; `holders` reads back who has what."""

    database: Database
    clock: FixedClock
    keyring: Keyring
    resolver: Resolver
    regulator: Party = field(init=False)
    maker: Party = field(init=False)
    distributor: Party = field(init=False)
    outlet: Party = field(init=False)
    second_outlet: Party = field(init=False)
    agency: Party = field(init=False)
    pesticide: Product = field(init=False)
    seed: Product = field(init=False)
    vet_drug: Product = field(init=False)
    fertiliser: Product = field(init=False)
    known: World | None = None
    """One that registered all this already, in the database that this one's is a copy of."""
    registered: int = 0
    passed: Finding = PASSED
    failed: Finding = FAILED
    inspectors: tuple[SheetInspector, ...] = INSPECTORS

    def __post_init__(self) -> None:
        if self.known is None:
            self.database.write(self._populate)
            return
        for name in (*(name for name, *_ in _PARTIES), "pesticide", "seed", "vet_drug", "fertiliser"):
            setattr(self, name, getattr(self.known, name))

    def _populate(self, work: UnitOfWork) -> None:
        for number, (name, full_name, region_code, roles) in enumerate(_PARTIES, start=1):
            new = NewParty(credit_code(number), full_name, region_code, roles, telephone="0951-1234567")
            setattr(self, name, parties.register_party(work, OPERATOR, new))
        for kind in LICENSED:
            self.license(work, self.maker, kind, Activity.PRODUCTION)
            for dealer in (self.maker, self.distributor, self.outlet, self.second_outlet):
                self.license(work, dealer, kind, Activity.TRADE)
        self.pesticide = self._product(work, ProductKind.PESTICIDE, "阿维菌素乳油", "PD20172247")
        self.seed = self._product(work, ProductKind.SEED, "宁粳50号", "宁审稻20200001")
        self.vet_drug = self._product(work, ProductKind.VET_DRUG, "恩诺沙星注射液", "兽药字300012345")
        self.fertiliser = self._product(work, ProductKind.FERTILISER, "复合肥", "")

    def _product(self, work: UnitOfWork, kind: ProductKind, name: str, number: str) -> Product:
        parts = (Ingredient("主成分", Decimal("5.0"), Unit.PERCENT),)
        new = NewProduct(self.maker.party_id, kind, name, number, shelf_life_days=730, composition=parts)
        return catalog.register_product(work, actor(self.maker), new)

    @staticmethod
    def license(
        work: UnitOfWork,
        party: Party,
        kind: str,
        activity: Activity,
        valid_from: date = LICENSED_FROM,
        valid_until: date = LICENSED_UNTIL,
        number: str = "",
    ) -> None:
        number = number or f"{activity.value}-{kind}-{party.credit_code[-4:]}"
        parties.record_licence(
            work, OPERATOR, party.party_id, NewLicence(number, activity, kind, valid_from, valid_until)
        )

    def party(
        self, *roles: Role, name: str = "新来的店", region_code: str = "640104", number: int | None = None
    ) -> Party:
        """One more organisation, without any licence."""
        self.registered += 1
        code = credit_code(number if number is not None else 1_000 + self.registered)
        new = NewParty(code, name, region_code, frozenset(roles))
        return self.database.write(lambda work: parties.register_party(work, OPERATOR, new))

    def actor(self, party: Party) -> Actor:
        return actor(party)

    def later(self, **by: float) -> None:
        """Puts the clock forward: `later(days=1)`, `later(minutes=5)`."""
        self.clock.instant += timedelta(**by)

    def today(self) -> date:
        return day_in_china(self.clock.now())

    def new_batch(
        self,
        product: Product | None = None,
        *,
        size: int = 24,
        units_per_carton: int = 6,
        cartons_per_pallet: int = 2,
        batch_number: str = "",
        production_on: date = date(2026, 10, 1),
        expires_on: date | None = None,
        pack_code: str = "001",
        is_demonstration: bool = False,
    ) -> NewBatch:
        self.registered += 1
        return NewBatch(
            product_id=(product or self.pesticide).product_id,
            batch_number=batch_number or f"20261001-{self.registered}",
            production_on=production_on,
            size=size,
            units_per_carton=units_per_carton,
            cartons_per_pallet=cartons_per_pallet,
            expires_on=expires_on,
            pack_code=pack_code,
            is_demonstration=is_demonstration,
        )

    def register_batch(
        self,
        product: Product | None = None,
        *,
        size: int = 24,
        units_per_carton: int = 6,
        cartons_per_pallet: int = 2,
        batch_number: str = "",
        production_on: date = date(2026, 10, 1),
        expires_on: date | None = None,
        pack_code: str = "001",
    ) -> Batch:
        """A batch in its maker's hands. Without arguments: 24 units, 4 cartons of 6, 2 pallets of 2 cartons."""
        new = self.new_batch(
            product,
            size=size,
            units_per_carton=units_per_carton,
            cartons_per_pallet=cartons_per_pallet,
            batch_number=batch_number,
            production_on=production_on,
            expires_on=expires_on,
            pack_code=pack_code,
        )
        return self.database.write(lambda work: custody.register_batch(work, actor(self.maker), new))

    def code(self, batch: Batch, level: Level = Level.UNIT, index: int = 0) -> str:
        with self.database.read() as connection:
            return batches.code_of(connection, self.keyring, batch, level, index)

    def goods(self, batch: Batch, *spans: tuple[int, int]) -> list[Goods]:
        """Units of a batch by index: `goods(batch, (0, 6), (12, 18))`; all of it without spans."""
        return [Goods(batch.batch_id, tuple(Interval(*span) for span in spans or ((0, batch.size),)))]

    def goods_of(self, *codes: str) -> list[Goods]:
        return custody.goods_of_codes(self.database, self.resolver, codes)

    def ship(self, sender: Party, receiver: Party, goods: Sequence[Goods]) -> list[Movement]:
        return self.database.write(
            lambda work: custody.ship(work, actor(sender), sender.party_id, receiver.party_id, goods)
        )

    def receive(self, receiver: Party, goods: Sequence[Goods]) -> list[Movement]:
        return self.database.write(lambda work: custody.receive(work, actor(receiver), receiver.party_id, goods))

    def hand_over(self, sender: Party, receiver: Party, goods: Sequence[Goods]) -> None:
        """Shipped and received, five minutes apart."""
        self.ship(sender, receiver, goods)
        self.later(minutes=5)
        self.receive(receiver, goods)
        self.later(minutes=5)

    def act(
        self,
        party: Party,
        use_case: Callable[Concatenate[UnitOfWork, Actor, UUID, Given], Result],
        *given: Given.args,
        **named: Given.kwargs,
    ) -> Result:
        """A use case that `party` does for itself: `act(world.outlet, custody.take_back, goods, how)`."""
        return self.database.write(lambda work: use_case(work, actor(party), party.party_id, *given, **named))

    def sell(self, seller: Party, goods: Sequence[Goods], new: NewSale = BUYER) -> list[Movement]:
        return self.act(seller, custody.sell, goods, new)

    def undo(self, party: Party, movement: Movement, how: Circumstances | None = None) -> Movement:
        """Takes back what `party` did, at the site where it did it unless `how` says otherwise."""
        how = how or Circumstances(movement.site_id, "扫错了")
        return self.act(party, custody.undo, movement.batch_id, movement.movement_id, how)

    def site(self, party: Party, name: str = "中心库") -> Site:
        """One more place of a party."""
        new = NewSite(name, party.region_code)
        return self.act(party, parties.add_site, new)

    def restricted(self, ingredient: str = "克百威", number: str = "PD20180001") -> Product:
        """One more pesticide, which only designated outlets may sell."""
        new = NewProduct(
            self.maker.party_id,
            ProductKind.PESTICIDE,
            f"{ingredient}颗粒剂",
            number,
            shelf_life_days=730,
            composition=(Ingredient(ingredient, Decimal("3.0"), Unit.PERCENT),),
        )
        return self.database.write(lambda work: catalog.register_product(work, actor(self.maker), new))

    def designate(self, party: Party, valid_until: date = LICENSED_UNTIL) -> None:
        """Makes a party a designated outlet of restricted pesticides."""
        number = f"定点-{party.credit_code[-4:]}"
        new = NewLicence(number, Activity.TRADE, "pesticide", LICENSED_FROM, valid_until, covers_restricted=True)
        self.database.write(lambda work: parties.record_licence(work, OPERATOR, party.party_id, new))

    def name_of(self, party_id: UUID | None) -> str:
        return next(name for name, *_ in _PARTIES if getattr(self, name).party_id == party_id)

    def holders(self, batch: Batch) -> list[tuple[int, int, str]]:
        """Who has what, in order: `(0, 6, "maker")`, `(6, 12, "maker>outlet")` for goods on their way, and
        `(12, 18, "outlet:sold")` for other states. Neighbours that came by different movements count as one."""
        with self.database.read() as connection:
            spans = custody.spans_of(connection, batch.batch_id)
        rows: list[tuple[int, int, str]] = []
        for span in spans:
            name = self.name_of(span.holder_id)
            if span.state is CustodyState.IN_TRANSIT:
                name = f"{name}>{self.name_of(span.receiver_id)}"
            elif span.state is not CustodyState.HELD:
                name = f"{name}:{span.state.value}"
            if rows and rows[-1][1:] == (span.start, name):
                rows[-1] = (rows[-1][0], span.stop, name)
            else:
                rows.append((span.start, span.stop, name))
        return rows

    def take_sample(
        self, batch: Batch, *, number: str = "", taken_on: date | None = None, goods: Sequence[Goods] = ()
    ) -> Sample:
        """A sample as it is put in the bag in the outlet, by two inspectors."""
        self.registered += 1
        new = NewSample(
            batch_id=batch.batch_id,
            sample_number=number or f"NX-2026-{self.registered}",
            agency_id=self.agency.party_id,
            taken_on=taken_on or self.today(),
            region_code="640221",
            basis=Basis.RANDOM,
            sampled_from_id=self.outlet.party_id,
            place="货架",
            inspectors=INSPECTORS,
            goods=tuple(goods),
        )
        return self.database.write(lambda work: inspection.take_sample(work, actor(self.agency), new))

    def seal_sample(self, sample: Sample) -> Sample:
        """Two portions under seals of their own, the sheet signed."""
        self.registered += 1
        portions = (
            Portion(PortionRole.TEST, f"T-{self.registered}", "100 mL"),
            Portion(PortionRole.RESERVE, f"R-{self.registered}", "100 mL"),
        )
        sealing = Sealing(portions, Acknowledgement.SIGNED, "马建国")
        return self.database.write(lambda work: inspection.seal(work, actor(self.agency), sample.sample_id, sealing))

    def receive_sample(self, sample: Sample) -> Sample:
        """Brings a sample to the laboratory, sealing it first where it is not."""
        if sample.state is SampleState.TAKEN:
            sample = self.seal_sample(sample)
        return self.database.write(
            lambda work: inspection.receive(work, actor(self.agency), sample.sample_id, seals_are_intact=True)
        )

    def report(self, sample: Sample, findings: Iterable[Finding]) -> Sample:
        """The laboratory's results; seals and receives first where that is still to be done."""
        if sample.state in (SampleState.TAKEN, SampleState.SEALED):
            sample = self.receive_sample(sample)
        report = LaboratoryReport("宁夏农药检定所", "JY-1", self.today(), tuple(findings))
        return self.database.write(
            lambda work: inspection.record_report(work, actor(self.agency), sample.sample_id, report)
        )

    def decide(self, sample: Sample) -> Sample:
        """Confirms what the rules suggest."""
        return self.database.write(lambda work: inspection.decide(work, actor(self.agency), sample.sample_id))

    def advance(self, sample: Sample, *states: SampleState) -> Sample:
        """Moves a sample on through `states`, and through those that come before; decides first where that is due."""
        for state in states:
            with self.database.read() as connection:
                sample = inspection.require_sample(connection, sample.sample_id)
            if sample.current is not None and sample.current.decision is None:
                sample = self.decide(sample)
            if state in CONCLUDED and sample.state is SampleState.REPORTED:
                sample = self.step(sample, SampleState.NOTIFIED)
            if state is SampleState.PUBLISHED and sample.state is not SampleState.FINAL:
                sample = self.step(sample, SampleState.FINAL)
            sample = self.step(sample, state)
        return sample

    def step(self, sample: Sample, state: SampleState) -> Sample:
        """The one step that leads to `state` from where the sample is, allowed or not."""

        def act(work: UnitOfWork) -> Sample:
            agency = actor(self.agency)
            if state is SampleState.NOTIFIED:
                return enforcement.notify_result(work, agency, sample.sample_id)
            if state is SampleState.OBJECTION:
                return inspection.object_to(work, agency, sample.sample_id, "来函")
            if state is SampleState.FINAL:
                return enforcement.conclude(work, agency, sample.sample_id, "已书面接受").sample
            if state is SampleState.PUBLISHED:
                return inspection.publish(work, actor(self.regulator), sample.sample_id)
            if state is SampleState.WITHDRAWN:
                return enforcement.withdraw(work, agency, sample.sample_id, "作废")
            raise AssertionError(state)

        return self.database.write(act)

    def sampled(self, batch: Batch, finding: Finding = PASSED, *states: SampleState) -> Sample:
        """A sample with its report, moved on through `states` (final, where none are given)."""
        sample = self.report(self.take_sample(batch), [finding])
        return self.advance(sample, *(states or (SampleState.FINAL,)))
