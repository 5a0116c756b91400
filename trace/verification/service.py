"""From a scanned text to the answer: resolve, gather the facts, judge, and record the scan."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from ..batches import packing, printing
from ..batches import service as batches
from ..batches.contents import Contents, Packages, units_inside
from ..batches.model import Batch, StopKind, Voided
from ..catalog import service as catalog
from ..codes.claims import NO_CLAIMS
from ..codes.model import Level
from ..codes.service import Outcome, Resolution, Resolver
from ..codes.signing import LabelStatement
from ..custody import service as custody
from ..custody.model import NEVER_ARRIVED, RECEIPTS, SHIPMENTS, CustodyState, Movement, MovementKind, Picture, Span
from ..inspection import service as inspection
from ..inspection.model import CONCLUDED, PUBLIC_STATES, MakerResponse, Sample
from ..inspection.publication import service as publication
from ..kernel.clock import day_in_china
from ..kernel.errors import InvalidInput
from ..kernel.ids import new_id
from ..kernel.intervals import Interval
from ..kernel.limits import MAX_WAY_STEPS
from ..parties import service as parties
from ..parties.model import Party, Role
from ..store.database import Database
from ..store.grouped import GroupedWriter
from . import store
from .judge import judge, with_scans
from .model import (
    OUT_OF_TRADE,
    Answer,
    BatchFacts,
    Facts,
    OtherBatches,
    ProductFacts,
    SampleFacts,
    ScanFacts,
    Step,
    StopFacts,
    Whereabouts,
)
from .store import ScanRow

MAX_REMEMBERED = 50_000
"""Registration facts kept in memory, by batch and by party; they do not change once written. About 2 KiB each."""

MAX_MARKS = 5_000
"""Batches whose stops, samples and custody are kept in memory, up to about 20 KiB each."""

COUNTED_YEARS = 3
"""How far back other batches of the product are counted."""

COUNTS_HOLD = timedelta(minutes=1)
"""How long these counts are kept: they inform and decide nothing, unlike the marks of the batch itself."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Card:
    """What registration says of a batch: it never changes."""

    batch: Batch
    maker: Party
    product: ProductFacts
    facts: BatchFacts


@dataclass(frozen=True, slots=True)
class _Marks:
    """What acts on a whole batch have left on it, as of one version of the batch."""

    version: int
    stops: tuple[StopFacts, ...]
    samples: tuple[SampleFacts, ...]
    custody: Picture | None
    contents: Contents
    voided: tuple[Voided, ...]
    boundaries: tuple[int, ...]
    """Units at which anything changes, in order: between two of them the same is known of all. Empty where custody is
    not kept whole."""

    stretches: dict[int, _Stretch] = field(default_factory=dict)
    ways: dict[tuple[int, ...], tuple[Step, ...]] = field(default_factory=dict[tuple[int, ...], tuple[Step, ...]])
    """Ways told before, by the movements that make them up: all packs of a pallet share one."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What all units between two boundaries share on one day: the answer to one that was never scanned, and its facts
    from `product` to `way` as Facts takes them."""

    day: date
    others: OtherBatches
    answer: Answer
    shared: tuple[Any, ...]


_shared = attrgetter(
    "product",
    "batch",
    "stops",
    "stops_elsewhere",
    "samples",
    "other_batches",
    "whereabouts",
    "out_of_trade",
    "way",
)


@dataclass(frozen=True, slots=True)
class _Part:
    """Units of one batch in a package."""

    card: _Card
    marks: _Marks
    units: tuple[Interval, ...]


class Answers:
    """Answers scans of one database. Safe to share between threads."""

    def __init__(self, database: Database, resolver: Resolver) -> None:
        self._database = database
        self._resolver = resolver
        self._cards: dict[Hashable, _Card] = {}
        self._parties: dict[Hashable, Party] = {}
        self._marks: dict[Hashable, _Marks] = {}
        self._others: dict[Hashable, tuple[datetime, OtherBatches]] = {}
        self._scans: GroupedWriter[ScanRow] = GroupedWriter(database, store.add_scans)

    def resolve(self, text: str) -> Resolution:
        return self._resolver.resolve(text)

    def answer(self, resolution: Resolution) -> Answer:
        """The answer to a well-formed code, as of now. Reads only.

        Raises InvalidInput `code.<reason>` for a malformed one: there is nothing to judge.
        """
        if resolution.reason is not None:
            raise InvalidInput(f"code.{resolution.reason.value}", field="code")
        batch_id = resolution.batch_id
        if resolution.outcome is not Outcome.KNOWN or batch_id is None:
            return judge(Facts(resolution.scheme, resolution.code), self._database.clock.now())
        card = _remembered(self._cards, batch_id, self._read_card)
        state, marks = self._current(card, resolution.level, resolution.index)
        return self._answer(resolution, card, state, marks)

    def _answer(self, resolution: Resolution, card: _Card, state: store.State, marks: _Marks) -> Answer:
        """Every unit of a stretch has the same answer but for its code and scans; what cannot be shared is judged by
        itself: packages, void codes, labels that say more than their code."""
        now = self._database.clock.now()
        is_plain = resolution.claims is NO_CLAIMS and resolution.statement is None and not resolution.has_bad_signature
        if not (is_plain and resolution.level is Level.UNIT and marks.boundaries) or marks.voided:
            return judge(self._gather(resolution, card, state, marks), now)
        day, others = day_in_china(now), self._other_batches(card)
        number = bisect_right(marks.boundaries, resolution.index)
        stretch = marks.stretches.get(number)
        if stretch is None or stretch.day != day or stretch.others is not others:
            unseen = replace(state, scans=0, first_at=None, last_at=None)
            answer = judge(self._gather(resolution, card, unseen, marks), now)
            stretch = _Stretch(day, others, replace(answer, kept={}), _shared(answer.facts))
            marks.stretches[number] = stretch
        scans = ScanFacts(state.scans, state.first_at, state.last_at)
        facts = Facts(
            resolution.scheme, resolution.code, resolution.level, resolution.index, 1, *stretch.shared, scans=scans
        )
        shared = stretch.answer
        return Answer(shared.verdict, with_scans(shared.reasons, scans), facts, now, shared.kept)

    async def record_scan(self, resolution: Resolution, channel: str) -> None:
        """Records a scan of a known code; returns once it is durable. Other texts are no scan of anything."""
        row = self._scan_row(resolution, channel)
        if row is not None:
            await self._scans.record(row)

    def record_scan_and_wait(self, resolution: Resolution, channel: str) -> None:
        """The same for a caller without an event loop."""
        row = self._scan_row(resolution, channel)
        if row is not None:
            self._scans.record_and_wait(row)

    def _scan_row(self, resolution: Resolution, channel: str) -> ScanRow | None:
        if resolution.batch_id is None:
            return None
        now = self._database.clock.now()
        return ScanRow(resolution.batch_id, int(resolution.level), resolution.index, now, new_id(), channel)

    def _gather(self, resolution: Resolution, card: _Card, state: store.State, marks: _Marks) -> Facts:
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
            other_batches=self._other_batches(card),
            whereabouts=_together(places),
            out_of_trade=OUT_OF_TRADE.intersection(place for place, _ in places),
            way=self._way(card, marks, units[0].start) if units else (),
            scans=ScanFacts(state.scans, state.first_at, state.last_at),
            void_reason=next((each.reason for each in marks.voided if each.covers(level, index)), None),
            claims=resolution.claims,
            has_bad_signature=resolution.has_bad_signature
            or (resolution.statement is not None and not _states(resolution.statement, card)),
        )

    def _current(self, card: _Card, level: int, index: int) -> tuple[store.State, _Marks]:
        """What changes with the code's own scans, and what is marked on its batch, as of now."""
        batch_id = card.batch.batch_id
        state = store.state(self._database, batch_id, level, index)
        marks = self._marks.get(batch_id)
        if marks is None or marks.version != state.version:
            with self._database.snapshot():
                state = store.state(self._database, batch_id, level, index)
                marks = self._read_marks(card, state.version)
            if len(self._marks) >= MAX_MARKS:
                self._marks.clear()
            self._marks[batch_id] = marks
        return state, marks

    def _inside(self, card: _Card, marks: _Marks, level: int, index: int) -> list[_Part]:
        """What is in a package: the batch's own units first, maybe none, then those of batches packed with it."""
        own = _Part(card, marks, marks.contents.units_in(level, index))
        if level == 0 or not marks.contents.foreign:
            return [own]
        batch_id = card.batch.batch_id
        known = {batch_id: own}

        def look_at(other_id: UUID) -> _Part:
            if other_id not in known:
                other = _remembered(self._cards, other_id, self._read_card)
                known[other_id] = _Part(other, self._current(other, 0, 0)[1], ())
            return known[other_id]

        whole = Packages(batch_id, level, index, index + 1)
        inside = units_inside([whole], lambda other_id: look_at(other_id).marks.contents)
        return [
            replace(look_at(other_id), units=units)
            for other_id, units in inside.items()
            if units or other_id == batch_id
        ]

    def _read_marks(self, card: _Card, version: int) -> _Marks:
        """What is marked on the batch at `version`; read again only once an event was added to its chain."""
        batch_id = card.batch.batch_id
        picture = custody.picture(self._database, batch_id)
        stops = tuple(
            StopFacts(each.kind, each.reason, self._name_of(each.ordered_by_id), each.ordered_at, each.interval)
            for each in batches.current_stops(self._database, batch_id)
            if each.kind is not StopKind.UNDER_REVIEW  # a hold is quiet: the sample says that it is under review
        )
        return _Marks(
            version,
            stops,
            tuple(
                self._sample_facts(each)
                for each in inspection.samples_of(self._database, batch_id)
                if each.state in PUBLIC_STATES
            ),
            picture,
            packing.current_contents(self._database, card.batch),
            printing.current_voided(self._database, batch_id),
            _boundaries(picture, stops) if picture is not None else (),
        )

    def _other_batches(self, card: _Card) -> OtherBatches:
        """What is known of other batches of the product, at most COUNTS_HOLD old."""
        now = self._database.clock.now()
        key = card.batch.batch_id
        kept = self._others.get(key)
        if kept is None or not kept[0] <= now < kept[0] + COUNTS_HOLD:
            today = day_in_china(now)
            since = today.replace(year=today.year - COUNTED_YEARS, day=min(today.day, 28))
            with self._database.read() as connection:
                counts = publication.product_counts(connection, card.batch.product_id, since, key)
            others = OtherBatches(since, counts.batches, counts.samples, counts.passed, counts.failed, counts.denied)
            if len(self._others) >= MAX_REMEMBERED:
                self._others.clear()
            kept = self._others[key] = (now, others)
        return kept[1]

    def _sample_facts(self, sample: Sample) -> SampleFacts:
        """What the public may see: values of a final result only; of one under review, that it is."""
        is_final = sample.state in CONCLUDED
        decision = sample.results[-1].decision if sample.results else None
        return SampleFacts(
            sample_number=sample.sample_number,
            taken_on=sample.taken_on,
            region_code=sample.region_code,
            basis=sample.basis,
            agency=self._name_of(sample.agency_id),
            laboratory=sample.laboratory if is_final else "",
            report_number=sample.report_number if is_final else "",
            reported_on=sample.reported_on if is_final else None,
            state=sample.state,
            maker_response=sample.maker_response if is_final else MakerResponse.NONE,
            findings=sample.findings if is_final else (),
            verdict=decision.verdict if is_final and decision is not None else None,
        )

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

    def _way(self, card: _Card, marks: _Marks, position: int) -> tuple[Step, ...]:
        picture = marks.custody
        if picture is None:
            return self._steps(card, custody.way(self._database, card.batch.batch_id, position))
        numbers = picture.way(position)
        steps = marks.ways.get(numbers)
        if steps is None:
            steps = marks.ways[numbers] = self._steps(card, [picture.movements[number] for number in numbers])
        return steps

    def _steps(self, card: _Card, way: Sequence[Movement]) -> tuple[Step, ...]:
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
            receiver = self._party(movement.to_id)
            shipped_on = day_in_china(movement.occurred_at) if movement.kind in SHIPMENTS else None
            steps.append(
                Step(_trading_role(receiver), receiver.region_code, shipped_on, received.get(movement.transfer_id))
            )
        return tuple(steps)

    def _name_of(self, party_id: UUID | None) -> str:
        return self._party(party_id).name if party_id else ""

    def _party(self, party_id: UUID) -> Party:
        return _remembered(self._parties, party_id, self._read_party)

    def _read_party(self, party_id: UUID) -> Party:
        with self._database.read() as connection:
            return parties.require_party(connection, party_id)

    def _read_card(self, batch_id: UUID) -> _Card:
        with self._database.read() as connection:
            batch = batches.require_batch(connection, batch_id)
            product = catalog.require_product(connection, batch.product_id)
            maker = parties.require_party(connection, batch.maker_id)
        return _Card(
            batch,
            maker,
            ProductFacts(
                product_id=product.product_id,
                kind=product.kind,
                name=product.name,
                brand=product.brand,
                registration_number=product.registration_number,
                formulation=product.formulation,
                composition=product.composition,
                usage=product.usage,
                warnings=product.warnings,
            ),
            BatchFacts(
                batch_id=batch.batch_id,
                batch_number=batch.batch_number,
                production_on=batch.production_on,
                expires_on=batch.expires_on,
                pack_description=batch.pack_description,
                maker_name=maker.name,
                maker_region_code=maker.region_code,
                maker_telephone=maker.telephone,
                contract_maker=batch.contract_maker,
                technical_registration=batch.technical_registration,
                technical_maker=batch.technical_maker,
                factory_result=batch.factory_result,
                factory_report_number=batch.factory_report_number,
                factory_inspected_on=batch.factory_inspected_on,
                ruleset=batch.ruleset,
                is_demonstration=batch.is_demonstration,
                units_carry_codes=batch.units_carry_codes,
                gtin=batch.gtin,
            ),
        )


def _boundaries(picture: Picture, stops: Sequence[StopFacts]) -> tuple[int, ...]:
    """Where spans, movements and stops begin and end."""
    ends = {span.start for span in picture.spans}
    ends.update(end for start, stop, _ in picture.moved for end in (start, stop))
    ends.update(end for each in stops for end in (each.interval.start, each.interval.stop))
    return tuple(sorted(ends))


def _states(statement: LabelStatement, card: _Card) -> bool:
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


def _remembered(memory: dict[Hashable, T], key: UUID, read: Callable[[UUID], T]) -> T:
    value = memory.get(key)
    if value is None:
        if len(memory) >= MAX_REMEMBERED:
            memory.clear()
        value = memory[key] = read(key)
    return value
