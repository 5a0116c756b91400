"""Reads verdict_table.md: what each of its words makes of the facts of an ordinary pack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from suiyuan.trace.batches.model import FactoryResult, StopKind
from suiyuan.trace.catalog.model import ProductKind
from suiyuan.trace.codes.model import Level, Scheme
from suiyuan.trace.inspection.model import Basis, Finding, Limit, LimitKind, MakerResponse, Outcome, SampleState
from suiyuan.trace.kernel.intervals import Interval
from suiyuan.trace.kernel.units import Unit
from suiyuan.trace.verification.model import (
    OUT_OF_TRADE,
    BatchFacts,
    Facts,
    OtherBatches,
    ProductFacts,
    ReasonCode,
    SampleFacts,
    ScanFacts,
    StopFacts,
    Verdict,
    Whereabouts,
)
from suiyuan.trace.verification.signals.model import Suspicion

TABLE = Path(__file__).with_name("verdict_table.md")
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
WHOLE, HERE, ELSEWHERE = Interval(0, 24), Interval(0, 6), Interval(6, 12)
"""Units of the ordinary batch: all, those of the pack's own carton, those of the next one."""

PRODUCT = ProductFacts(
    product_id=UUID(int=1),
    kind=ProductKind.PESTICIDE,
    name="阿维菌素乳油",
    brand="",
    registration_number="PD20172247",
    formulation="乳油",
    composition=(),
    usage="",
    warnings=(),
)
BATCH = BatchFacts(
    batch_id=UUID(int=2),
    batch_number="A-7",
    production_on=date(2026, 10, 1),
    expires_on=date(2028, 10, 1),
    pack_description="",
    maker_name="宁夏丰泽示范农化有限公司",
    maker_region_code="640122",
    maker_telephone="",
    contract_maker="",
    technical_registration="",
    technical_maker="",
    factory_result=FactoryResult.PASSED,
    factory_report_number="",
    factory_inspected_on=None,
    ruleset="2579",
    is_demonstration=False,
    gtin="06901234567892",
)
FACTS = Facts(
    scheme=Scheme.PESTICIDE,
    code="1" * 32,
    level=Level.UNIT,
    index=0,
    product=PRODUCT,
    batch=BATCH,
    whereabouts=Whereabouts.WITH_DEALER,
)


@dataclass(frozen=True)
class Case:
    """A line of the table, as it stands there."""

    name: str
    known: str
    verdict: Verdict
    reasons: list[ReasonCode]

    @property
    def words(self) -> list[str]:
        return [word.strip() for word in self.known.split(";") if word.strip()]

    @property
    def facts(self) -> Facts:
        return facts_of(*(word for word in self.words if not word.startswith("now ")))

    @property
    def now(self) -> datetime:
        told = [word.removeprefix("now ") for word in self.words if word.startswith("now ")]
        return datetime.fromisoformat(told[0]) if told else NOW


def read_cases() -> list[Case]:
    """Every line of the tables, in order. Raises ValueError for one that is not a case, KeyError for unknown words."""
    cases: list[Case] = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|") or line.startswith(("| case |", "| --- |")):
            continue
        name, known, verdict, reasons = (cell.strip() for cell in line.strip("|").split("|"))
        cases.append(Case(name, known, Verdict(verdict), [ReasonCode(each.strip()) for each in reasons.split(",")]))
    return cases


def facts_of(*words: str) -> Facts:
    """The facts of an ordinary pack of which these words hold, taken in order."""
    facts = FACTS
    for each in words:
        word, *rest = each.split(" ", maxsplit=1)
        facts = WORDS[word](facts, *rest)
    return facts


def stop_of(kind: StopKind, interval: Interval = WHOLE) -> StopFacts:
    return StopFacts(kind, f"因{kind.value}", "某局", NOW, interval)


def sample(
    state: SampleState, *outcomes: Outcome | None, response: MakerResponse = MakerResponse.NONE, number: str = "NX-1"
) -> SampleFacts:
    """A spot check with one item for each outcome."""
    return SampleFacts(
        sample_number=number,
        taken_on=date(2026, 11, 1),
        region_code="640221",
        basis=Basis.RANDOM,
        agency="检测中心",
        laboratory="",
        report_number="",
        reported_on=None,
        state=state,
        maker_response=response,
        findings=tuple(
            Finding("含量", "", Limit(LimitKind.NONE), Decimal(5), "", Unit.PERCENT, outcome) for outcome in outcomes
        ),
    )


def scanned(count: int) -> ScanFacts:
    return ScanFacts(count, datetime(2026, 11, 1, 16, 30, tzinfo=UTC), NOW) if count else ScanFacts(0, None, None)


# ---------------------------------------------------------------------------------------------- the words

FINDINGS: dict[str, tuple[Outcome | None, ...]] = {
    "unheard": (),
    "unsaid": (None, None),
    "passed": (Outcome.PASSED, Outcome.PASSED),
    "failed": (Outcome.FAILED, Outcome.FAILED),
    "mixed": (Outcome.PASSED, Outcome.FAILED),
}
RESPONSES = {
    "silent": MakerResponse.NONE,
    "confirmed": MakerResponse.CONFIRMED,
    "denied": MakerResponse.DENIED,
}
PARTS = {"whole": WHOLE, "part": HERE, "elsewhere": ELSEWHERE}
CLAIMED = {
    "name": "product_name",
    "number": "registration_number",
    "maker": "maker_name",
    "gtin": "gtin",
    "batch": "batch_number",
}


def _batch(facts: Facts) -> BatchFacts:
    assert facts.batch is not None
    return facts.batch


def _product(facts: Facts) -> ProductFacts:
    assert facts.product is not None
    return facts.product


def _use_by(facts: Facts, day: str) -> Facts:
    return replace(facts, batch=replace(_batch(facts), expires_on=date.fromisoformat(day)))


def _stop(facts: Facts, told: str) -> Facts:
    kind, part = told.split()
    stop = stop_of(StopKind(kind), PARTS[part])
    if part == "elsewhere":
        return replace(facts, stops_elsewhere=(*facts.stops_elsewhere, stop))
    return replace(facts, stops=(*facts.stops, stop))


def _check(facts: Facts, told: str) -> Facts:
    state, found, response = told.split()
    number = f"NX-{len(facts.samples) + 1}"
    check = sample(SampleState(state), *FINDINGS[found], response=RESPONSES[response], number=number)
    return replace(facts, samples=(*facts.samples, check))


def _decided(facts: Facts, outcome: str) -> Facts:
    *others, last = facts.samples
    return replace(facts, samples=(*others, replace(last, verdict=Outcome(outcome))))


def _place(facts: Facts, told: str) -> Facts:
    place = None if told == "unknown" else Whereabouts(told)
    return replace(facts, whereabouts=place, out_of_trade=OUT_OF_TRADE & {place})


def _inside(facts: Facts, told: str) -> Facts:
    place = Whereabouts(told)
    assert place in OUT_OF_TRADE
    return replace(facts, whereabouts=Whereabouts.DIVIDED, out_of_trade=facts.out_of_trade | {place})


def _package(level: Level, units: int) -> Callable[[Facts], Facts]:
    return lambda facts: replace(facts, level=level, units_inside=units)


def _label(facts: Facts, told: str) -> Facts:
    claim, value = told.split(" ", maxsplit=1)
    return replace(facts, claims=replace(facts.claims, **{CLAIMED[claim]: value}))


def _unregistered(facts: Facts, what: str) -> Facts:
    return {
        "number": lambda: replace(facts, product=replace(_product(facts), registration_number="")),
        "gtin": lambda: replace(facts, batch=replace(_batch(facts), gtin="")),
        "product": lambda: replace(facts, product=None),
    }[what]()


def _not_registered(facts: Facts) -> Facts:
    return Facts(Scheme.PESTICIDE, facts.code)


def _scheme(facts: Facts, told: str) -> Facts:
    scheme = Scheme(told)
    kinds = {Scheme.VET_DRUG: ProductKind.VET_DRUG, Scheme.SEED: ProductKind.SEED, Scheme.OWN: ProductKind.FERTILISER}
    if facts.product is None:
        return replace(facts, scheme=scheme)
    return replace(facts, scheme=scheme, product=replace(facts.product, kind=kinds.get(scheme, facts.product.kind)))


WORDS: dict[str, Callable[..., Facts]] = {
    "use_by": _use_by,
    "stop": _stop,
    "check": _check,
    "decided": _decided,
    "place": _place,
    "inside": _inside,
    "carton": _package(Level.CARTON, 6),
    "pallet": _package(Level.PALLET, 12),
    "emptied": lambda facts: replace(facts, units_inside=0, whereabouts=None),
    "units_without_codes": lambda facts: replace(facts, batch=replace(_batch(facts), units_carry_codes=False)),
    "label": _label,
    "unregistered": _unregistered,
    "forged_signature": lambda facts: replace(facts, has_bad_signature=True),
    "void": lambda facts: replace(facts, void_reason="标签被盗"),
    "looks": lambda facts, told: replace(facts, scans=replace(facts.scans, suspicion=Suspicion(told))),
    "seen": lambda facts, told: replace(facts, scans=replace(scanned(int(told)), suspicion=facts.scans.suspicion)),
    "odd_number": lambda facts: replace(facts, product=replace(_product(facts), warnings=("registration.format",))),
    "factory_test_not_stated": lambda facts: replace(
        facts, batch=replace(_batch(facts), factory_result=FactoryResult.NOT_STATED)
    ),
    "other_batches_failed": lambda facts: replace(facts, other_batches=OtherBatches(date(2023, 11, 24), 3, 3, 0, 3, 0)),
    "demonstration": lambda facts: replace(facts, batch=replace(_batch(facts), is_demonstration=True)),
    "scheme": _scheme,
    "not_registered": _not_registered,
}
"""Every word of the table but `now`, which is no fact."""
