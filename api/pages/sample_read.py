"""A sample as one reader stands to it: what is on file, who is who, what is due, and what the reader may see of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ...trace.batches import service as batches
from ...trace.batches.model import Batch
from ...trace.catalog import service as catalog
from ...trace.catalog.model import Product, ProductKind
from ...trace.inspection import service as inspection
from ...trace.inspection.determination import document
from ...trace.inspection.items import Suggestion
from ...trace.inspection.model import (
    UNDER_REVIEW,
    Finding,
    Outcome,
    ReportKind,
    ResultSet,
    Sample,
    SampleRecord,
    SampleState,
)
from ...trace.inspection.service import Due
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.errors import NotAllowed
from ...trace.parties import service as parties
from ...trace.parties.model import Actor, Role
from ..instance import Instance

_OUTCOMES = {Suggestion.PASSED: Outcome.PASSED, Suggestion.FAILED: Outcome.FAILED}


@dataclass(frozen=True, slots=True)
class Standing:
    """`names` of all parties concerned. `acts`: the reader is the sample's agency, or the regulator."""

    actor: Actor
    record: SampleRecord
    product: Product
    batch: Batch
    names: Mapping[UUID, str]
    due: Due | None
    today: date

    @property
    def sample(self) -> Sample:
        return self.record.sample

    @property
    def state(self) -> SampleState:
        return self.record.sample.state

    @property
    def is_regulator(self) -> bool:
        return self.actor.has_role(Role.REGULATOR)

    @property
    def acts(self) -> bool:
        is_own = self.actor.has_role(Role.INSPECTION_AGENCY) and self.actor.party_id == self.sample.agency_id
        return self.is_regulator or is_own

    @property
    def is_maker(self) -> bool:
        return self.actor.party_id is not None and self.actor.party_id == self.sample.maker_id

    @property
    def is_concerned(self) -> bool:
        return self.is_maker or (self.actor.party_id is not None and self.actor.party_id == self.sample.sampled_from_id)

    @property
    def is_blind(self) -> bool:
        """A laboratory tests without knowing whose goods they are."""
        return not self.acts and not self.is_concerned

    @property
    def undecided(self) -> ResultSet | None:
        """The results that wait for a decision."""
        current = self.sample.current
        is_open = current is not None and current.decision is None and self.state is not SampleState.WITHDRAWN
        return current if is_open else None

    @property
    def has_retest(self) -> bool:
        return any(each.kind is ReportKind.RETEST for each in self.sample.results)

    @property
    def may_have_failed(self) -> bool:
        """Whether laboratory, rules or agency say that it failed, before it is final."""
        is_suspected = any(each.suggested is Suggestion.FAILED for each in self.sample.findings)
        return self.state in UNDER_REVIEW and (self.sample.failed or is_suspected)

    @property
    def shown_results(self) -> list[ResultSet]:
        """The versions that the reader may see, the last first: firms those that were decided, a laboratory its own."""
        found = list(reversed(self.sample.results))
        if self.acts:
            return found
        if self.is_concerned:
            return [each for each in found if each.decision is not None]
        laboratory_id = self.sample.laboratory_id
        return [each for each in found if laboratory_id and each.laboratory == self.names.get(laboratory_id)]

    def name(self, party_id: UUID | None) -> str:
        return self.names.get(party_id, "") if party_id else ""


def read_standing(instance: Instance, actor: Actor, sample_id: UUID) -> Standing:
    """Raises NotKnown `sample.unknown`; NotAllowed `access.other_party`."""
    with instance.database.read() as connection:
        record = inspection.require_record(connection, sample_id)
        sample = record.sample
        if not inspection.may_read(actor, sample):
            raise NotAllowed("access.other_party")
        product = catalog.require_product(connection, sample.product_id)
        batch = batches.require_batch(connection, sample.batch_id)
        named = {sample.maker_id, sample.agency_id, sample.sampled_from_id, sample.laboratory_id}
        named |= {each.actor_id for each in record.steps} | {each.recorded_by_id for each in sample.results}
        named |= {each.decision.decided_by_id for each in sample.results if each.decision}
        found = parties.list_parties(connection, {each for each in named if each is not None})
    today = day_in_china(instance.database.clock.now())
    return Standing(
        actor=actor,
        record=record,
        product=product,
        batch=batch,
        names={each.party_id: each.name for each in found},
        due=due_of(sample, product.kind, today),
        today=today,
    )


def due_of(sample: Sample, kind: ProductKind, today: date) -> Due | None:
    """What runs out; nothing where the report of a re-test, for which the period is, is there already."""
    has_retest = any(each.kind is ReportKind.RETEST for each in sample.results)
    return None if sample.state is SampleState.RETEST and has_retest else inspection.due(sample, kind, today)


def suggested_verdict(results: ResultSet) -> Outcome | None:
    """What confirming as suggested would decide; None where a person has to decide on an item first, since nobody says
    what it comes to or laboratory and rules disagree."""
    said = [suggested_outcome(each) for each in results.findings]
    if None in said:
        return None
    beyond = document.read(results.determination)["judgements"][len(results.findings) :]
    fails = Outcome.FAILED in said or any(each["outcome"] == Suggestion.FAILED.value for each in beyond)
    return Outcome.FAILED if fails else Outcome.PASSED


def suggested_outcome(finding: Finding) -> Outcome | None:
    """What rules and laboratory say of an item, where they do not disagree."""
    by_rule = _OUTCOMES.get(finding.suggested) if finding.suggested else None
    if by_rule is not None and finding.outcome not in (None, by_rule):
        return None
    return by_rule or finding.outcome
