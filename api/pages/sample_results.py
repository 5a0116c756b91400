"""The versions of a sample's results on the desk: each finding with what was declared, required and measured, what the
laboratory says, what the rules suggest with rule and arithmetic, and the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ...trace.inspection.determination import document
from ...trace.inspection.items import Suggestion
from ...trace.inspection.model import Decision, Finding, LimitKind, Outcome, ResultSet
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.sources import Verification
from ...trace.kernel.texts import Language, text
from .answer_view import Fact
from .record_view import finding_view
from .rendering import day_text, word
from .result_words import class_text, violation_text
from .sample_words import amount_text

_TONES = {Suggestion.PASSED.value: "good", Suggestion.FAILED.value: "bad", Suggestion.NOT_JUDGED.value: "ask"}


@dataclass(frozen=True, slots=True)
class JudgementView:
    """What the rules say of one item. `cautions`: what whoever confirms it must know."""

    item: str
    suggestion: str
    tone: str
    why_not: str
    steps: tuple[str, ...]
    rule: str
    cautions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindingCard:
    """`outcome` is there once it is decided."""

    item: str
    outcome: str
    has_failed: bool
    facts: tuple[Fact, ...]
    judgement: JudgementView | None


@dataclass(frozen=True, slots=True)
class ResultSetView:
    """One version. `beyond`: what the rules say of what the report does not list."""

    title: str
    is_current: bool
    verdict: str
    tone: str
    facts: tuple[Fact, ...]
    findings: tuple[FindingCard, ...]
    beyond: tuple[JudgementView, ...]
    decision: tuple[Fact, ...]


def result_set_view(
    results: ResultSet, names: Mapping[UUID, str], language: Language, *, is_current: bool, is_blind: bool = False
) -> ResultSetView:
    """`is_blind`: the laboratory reads its own report, and neither suggestion nor decision."""
    determined = {"judgements": []} if is_blind else document.read(results.determination)
    decision = None if is_blind else results.decision
    judged = [_judgement(each, language) for each in determined["judgements"]]
    count = len(results.findings)
    findings = tuple(
        _finding(each, judged[place] if place < len(judged) else None, language, is_decided=decision is not None)
        for place, each in enumerate(results.findings)
    )
    waits = "" if is_blind else text("page.result_set.undecided", language)
    return ResultSetView(
        title=text("page.result_set.title", language, version=results.version, kind=word(results.kind, language)),
        is_current=is_current,
        verdict=word(decision.verdict, language) if decision else waits,
        tone=("bad" if decision.verdict is Outcome.FAILED else "good") if decision else "ask",
        facts=_facts(results, names, language),
        findings=findings,
        beyond=tuple(judged[count:]),
        decision=() if decision is None else _decision(decision, determined, names, language),
    )


def suggestion_facts(results: ResultSet, verdict: Outcome, language: Language) -> tuple[Fact, ...]:
    """What confirming as suggested decides."""
    determined = document.read(results.determination)
    fails = verdict is Outcome.FAILED
    fault = (
        text(f"determination.fault_class.{determined['fault_class']}", language) if determined["fault_class"] else ""
    )
    violations = [f"{code} {text(f'violation.{code}', language)}" for code in determined["violations"]]
    return _rows(
        {
            "decision": [word(verdict, language)],
            "fault_class": [fault if fails else ""],
            "violations": violations if fails else [],
        },
        language,
    )


def _facts(results: ResultSet, names: Mapping[UUID, str], language: Language) -> tuple[Fact, ...]:
    entered = _by_on(results.recorded_by_id, day_text(day_in_china(results.recorded_at), language), names, language)
    return (
        Fact(text("page.sheet_card.laboratory", language), (results.laboratory,)),
        *_rows(
            {
                "report_number": [results.report_number],
                "reported_on": [day_text(results.reported_on, language)],
                "recorded": [entered],
                "reason": [results.reason],
            },
            language,
        ),
    )


def _finding(each: Finding, judgement: JudgementView | None, language: Language, *, is_decided: bool) -> FindingCard:
    printed = finding_view(each, language)
    said = printed.outcome or text("page.result_set.says_nothing", language)
    has_limit = bool(each.requirement) or each.limit.kind is not LimitKind.NONE
    return FindingCard(
        item=each.item,
        outcome=printed.outcome if is_decided else "",
        has_failed=printed.has_failed,
        facts=_rows(
            {
                "kind": [word(each.kind, language)],
                "declared": [amount_text(each.declared, each.declared_unit, language)],
                "requirement": [printed.limit if has_limit else ""],
                "measured": [printed.measured],
                "method": [each.method],
                "detection_limit": [amount_text(each.detection_limit, each.unit, language)],
                "uncertainty": [amount_text(each.uncertainty, each.unit, language)],
                "laboratory_says": [] if is_decided else [said],
            },
            language,
        ),
        judgement=judgement,
    )


def _judgement(judged: Mapping[str, Any], language: Language) -> JudgementView:
    rule = judged["rule"]
    printed = ""
    if rule:
        printed = text("page.result_set.rule", language, source=rule["source"], version=rule["version"])
    cautions = [text(f"determination.caution.{each}", language) for each in judged["cautions"]]
    if rule and rule["verification"] == Verification.UNVERIFIED.value and "rule_unverified" not in judged["cautions"]:
        cautions.append(text("page.result_set.rule_unverified", language))
    return JudgementView(
        item=judged["item"],
        suggestion=text(f"determination.outcome.{judged['outcome']}", language),
        tone=_TONES[judged["outcome"]],
        why_not=text(f"determination.not_judged.{judged['reason']}", language) if judged["reason"] else "",
        steps=tuple(document.steps_text(dict(judged), language)),
        rule=printed,
        cautions=tuple(cautions),
    )


def _decision(
    decision: Decision, determined: Mapping[str, Any], names: Mapping[UUID, str], language: Language
) -> tuple[Fact, ...]:
    law, fault = determined.get("law"), decision.fault_class
    decided = _by_on(decision.decided_by_id, day_text(day_in_china(decision.decided_at), language), names, language)
    return _rows(
        {
            "decision": [word(decision.verdict, language)],
            "fault_class": [class_text(fault, language)],
            "law": [str(law[fault.value])] if law and fault else [],
            "violations": [violation_text(each, language) for each in decision.violations],
            "decision_reason": [decision.reason],
            "decided": [decided],
        },
        language,
    )


def _by_on(party_id: UUID | None, day: str, names: Mapping[UUID, str], language: Language) -> str:
    name = names.get(party_id) if party_id else None
    return text("page.result_set.by_on", language, party=name, day=day) if name else day


def _rows(values: Mapping[str, list[str]], language: Language) -> tuple[Fact, ...]:
    shown = {name: tuple(value for value in given if value) for name, given in values.items()}
    return tuple(Fact(text(f"page.result_set.{name}", language), given) for name, given in shown.items() if given)
