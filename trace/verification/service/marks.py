"""What acts on a whole batch have left on it, kept until its chain of events grows, and what all units share between
whom nothing differs."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from ...batches import packing, printing
from ...batches import service as batches
from ...batches.contents import Contents
from ...batches.model import StopKind, Voided
from ...custody import service as custody
from ...custody.model import Picture
from ...inspection import service as inspection
from ...inspection.model import CONCLUDED, PUBLIC_STATES, MakerResponse, Sample
from ...inspection.publication import service as publication
from ...kernel.clock import day_in_china
from ...store.database import Database
from .. import store
from ..model import Answer, OtherBatches, SampleFacts, Step, StopFacts
from .cards import MAX_REMEMBERED, Card, Cards

MAX_MARKS = 5_000
"""Batches whose stops, samples and custody are kept in memory, up to about 20 KiB each."""

MAX_STRETCHES = 20_000
"""Stretches kept over all batches, about 6 KiB each with what is written of them."""

COUNTED_YEARS = 3
"""How far back other batches of the product are counted."""

COUNTS_HOLD = timedelta(minutes=1)
"""How long these counts are kept: they inform and decide nothing, unlike the marks of the batch itself."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What all units between two boundaries share on one day: the answer to one that was never scanned, and its facts
    from `product` to `way` as Facts takes them."""

    day: date
    others: OtherBatches
    answer: Answer
    shared: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Marks:
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

    stretches: dict[int, Stretch] = field(default_factory=dict[int, Stretch])
    ways: dict[tuple[int, ...], tuple[Step, ...]] = field(default_factory=dict[tuple[int, ...], tuple[Step, ...]])
    """Ways told before, by the movements that make them up: all packs of a pallet share one."""


class MarksOfBatches:
    """The marks of one database's batches. Safe to share between threads."""

    def __init__(self, database: Database, cards: Cards) -> None:
        self._database = database
        self._cards = cards
        self._marks: dict[Hashable, Marks] = {}
        self._others: dict[Hashable, tuple[datetime, OtherBatches]] = {}
        self._stretches = 0

    def recall(self, batch_id: UUID, version: int) -> Marks | None:
        """The marks of a batch at `version`, if they are in memory."""
        marks = self._marks.get(batch_id)
        return marks if marks is not None and marks.version == version else None

    def marks(self, card: Card, version: int) -> Marks:
        """The marks of a batch at `version`, or at a later one where it has changed meanwhile."""
        batch_id = card.batch.batch_id
        marks = self.recall(batch_id, version)
        if marks is None:
            with self._database.snapshot():
                marks = self._read(card, store.version(self._database, batch_id))
            if len(self._marks) >= MAX_MARKS:
                self._marks.clear()
                self._stretches = 0
            self._marks[batch_id] = marks
        return marks

    def keep(self, marks: Marks, number: int, stretch: Stretch) -> None:
        """Keeps a stretch with its marks."""
        if self._stretches >= MAX_STRETCHES:
            for each in list(self._marks.values()):
                each.stretches.clear()
            self._stretches = 0
        self._stretches += 1
        marks.stretches[number] = stretch

    def recall_others(self, card: Card) -> OtherBatches | None:
        """What is known of other batches of the product, if it is in memory and no older than COUNTS_HOLD."""
        kept = self._others.get(card.batch.batch_id)
        if kept is None or not kept[0] <= self._database.clock.now() < kept[0] + COUNTS_HOLD:
            return None
        return kept[1]

    def others(self, card: Card) -> OtherBatches:
        """The same, read where it has to be."""
        found = self.recall_others(card)
        if found is None:
            now = self._database.clock.now()
            today = day_in_china(now)
            since = today.replace(year=today.year - COUNTED_YEARS, day=min(today.day, 28))
            batch = card.batch
            with self._database.read() as connection:
                counts = publication.product_counts(connection, batch.product_id, since, batch.batch_id)
            found = OtherBatches(since, counts.batches, counts.samples, counts.passed, counts.failed, counts.denied)
            if len(self._others) >= MAX_REMEMBERED:
                self._others.clear()
            self._others[batch.batch_id] = (now, found)
        return found

    def _read(self, card: Card, version: int) -> Marks:
        batch_id = card.batch.batch_id
        picture = custody.picture(self._database, batch_id)
        stops = tuple(
            StopFacts(each.kind, each.reason, self._cards.name_of(each.ordered_by_id), each.ordered_at, each.interval)
            for each in batches.current_stops(self._database, batch_id)
            if each.kind is not StopKind.UNDER_REVIEW  # a hold is quiet: the sample says that it is under review
        )
        return Marks(
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

    def _sample_facts(self, sample: Sample) -> SampleFacts:
        """What the public may see: values of a final result only; of one under review, that it is."""
        is_final = sample.state in CONCLUDED
        decision = sample.results[-1].decision if sample.results else None
        return SampleFacts(
            sample_number=sample.sample_number,
            taken_on=sample.taken_on,
            region_code=sample.region_code,
            basis=sample.basis,
            agency=self._cards.name_of(sample.agency_id),
            laboratory=sample.laboratory if is_final else "",
            report_number=sample.report_number if is_final else "",
            reported_on=sample.reported_on if is_final else None,
            state=sample.state,
            maker_response=sample.maker_response if is_final else MakerResponse.NONE,
            findings=sample.findings if is_final else (),
            verdict=decision.verdict if is_final and decision is not None else None,
        )


def _boundaries(picture: Picture, stops: Sequence[StopFacts]) -> tuple[int, ...]:
    """Where spans, movements and stops begin and end."""
    ends = {span.start for span in picture.spans}
    ends.update(end for start, stop, _ in picture.moved for end in (start, stop))
    ends.update(end for each in stops for end in (each.interval.start, each.interval.stop))
    return tuple(sorted(ends))
