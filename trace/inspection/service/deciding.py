"""The rules suggest, a person decides: confirm what is suggested, or override it with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from ...kernel import limits
from ...kernel.errors import Conflict, InvalidInput
from ...kernel.normalise import require_text
from ...parties.model import Actor
from ...store.database import LostRace, UnitOfWork
from .. import result_store
from ..determination import document
from ..items import FaultClass, Suggestion, ViolationCode
from ..model import Decision, Finding, Outcome, ResultSet, Sample, SampleState
from ..records import require_sample
from .common import note_event, require_own

DECIDED_IN = frozenset({SampleState.REPORTED, SampleState.RETEST})

_OUTCOMES = {Suggestion.PASSED: Outcome.PASSED, Suggestion.FAILED: Outcome.FAILED}


@dataclass(frozen=True, slots=True)
class NewDecision:
    """What an inspector decides. What is left out is as the rules suggest, and where they say nothing as the laboratory
    does. `outcomes`: by place of the finding, from 0."""

    outcomes: Mapping[int, Outcome] = field(default_factory=dict[int, Outcome])
    verdict: Outcome | None = None
    fault_class: FaultClass | None = None
    violations: tuple[ViolationCode, ...] | None = None
    reason: str = ""


AS_SUGGESTED = NewDecision()


def decide(work: UnitOfWork, actor: Actor, sample_id: UUID, new: NewDecision = AS_SUGGESTED) -> Sample:
    """Settles what a result set means: passed or failed item by item and as a whole, fake or substandard, by which
    violations. Confirming needs nothing; going another way than the rules needs a reason.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`; Conflict `sample.state`, `decision.made`; InvalidInput
    `finding.undecided`, `finding.contradiction`, `decision.*`, `text.*`.
    """
    sample = require_own(work, actor, sample_id)
    current = sample.current
    if sample.state not in DECIDED_IN or current is None:
        raise Conflict("sample.state", field="state", state=sample.state.value, wanted="decided")
    if current.decision is not None:
        raise Conflict("decision.made", field="sample_id")
    settle(work, actor, sample, current, new)
    return require_sample(work.connection, sample_id)


def settle(work: UnitOfWork, actor: Actor, sample: Sample, results: ResultSet, new: NewDecision) -> Decision:
    """Writes the decision on one version of a sample's results. Raises as `decide` does."""
    unknown = [position for position in new.outcomes if not 0 <= position < len(results.findings)]
    if unknown:
        raise InvalidInput("decision.finding", field=f"outcomes.{unknown[0]}")
    determined = document.read(results.determination)
    outcomes = [_outcome(each, position, new) for position, each in enumerate(results.findings)]
    beyond = determined["judgements"][len(results.findings) :]
    fails = Outcome.FAILED in outcomes or any(each["outcome"] == Suggestion.FAILED.value for each in beyond)
    suggested = Outcome.FAILED if fails else Outcome.PASSED
    verdict = new.verdict or suggested
    if verdict is Outcome.PASSED and Outcome.FAILED in outcomes:
        raise InvalidInput("decision.verdict", field="verdict")
    fault_class, violations = _classed(determined, verdict, new)
    is_override = (
        verdict is not suggested
        or any(
            each.suggested is not None and _OUTCOMES.get(each.suggested, outcome) is not outcome
            for each, outcome in zip(results.findings, outcomes, strict=True)
        )
        or (new.fault_class is not None and new.fault_class.value != determined["fault_class"])
        or (new.violations is not None and sorted(new.violations) != sorted(determined["violations"]))
    )
    reason = require_text(new.reason, "reason", limits.MAX_NOTE_CHARACTERS, required=is_override)
    decision = Decision(verdict, fault_class, violations, reason, actor.party_id, work.now)
    if result_store.set_decision(work.connection, sample, results.version, decision, outcomes) != 1:
        raise LostRace
    note_event(
        work,
        actor,
        sample,
        "sample.decided",
        {
            "version": results.version,
            "verdict": verdict,
            "outcomes": list(outcomes),
            "fault_class": fault_class,
            "violations": list(violations),
            "reason": reason,
            "is_override": is_override,
        },
    )
    return decision


def _outcome(each: Finding, position: int, new: NewDecision) -> Outcome:
    """What a finding comes to: as decided, else as suggested, else as the laboratory says."""
    given = new.outcomes.get(position)
    suggested = _OUTCOMES.get(each.suggested) if each.suggested else None
    if given is not None:
        return given
    if suggested is not None and each.outcome is not None and suggested is not each.outcome:
        raise InvalidInput("finding.contradiction", field=f"outcomes.{position}", item=each.item)
    said = suggested or each.outcome
    if said is None:
        raise InvalidInput("finding.undecided", field=f"outcomes.{position}", item=each.item)
    return said


def _classed(
    determined: Mapping[str, Any], verdict: Outcome, new: NewDecision
) -> tuple[FaultClass | None, tuple[ViolationCode, ...]]:
    """Fault class and violations: those given, else those suggested; none of what passed."""
    if verdict is Outcome.PASSED:
        if new.fault_class is not None or new.violations:
            raise InvalidInput("decision.passed", field="violations" if new.violations else "fault_class")
        return None, ()
    suggested: Sequence[str] = determined["violations"]
    violations = tuple(ViolationCode(code) for code in suggested) if new.violations is None else new.violations
    fault = determined["fault_class"]
    return new.fault_class or (FaultClass(fault) if fault else None), tuple(dict.fromkeys(violations))
