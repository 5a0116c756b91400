"""A determination as it is kept with the results: canonical JSON with rules and arithmetic, and back into sentences.

    {"outcome", "fault_class" or null, "violations": [codes], "suspected_counterfeit",
     "law": {"fake", "substandard", "verification"} or null,
     "judgements": [{"item", "kind", "outcome", "reason" or null, "rule": {"rule_id", "version", "source",
                     "verification"} or null, "steps": [{"key", "values": {name: text}}], "violations",
                     "fault_class" or null, "cautions"}]}

The judgements of a report's items come first, in their order; what the rules say beyond them follows.
"""

from __future__ import annotations

import json
from typing import Any

from ...kernel.texts import Language, text
from ...ledger.model import Json, canonical
from .model import Determination, Judgement


def written(determination: Determination) -> str:
    """The document of a determination, as text."""
    law = determination.law
    return canonical(
        {
            "outcome": determination.outcome.value,
            "fault_class": _value(determination.fault_class),
            "violations": [code.value for code in determination.violations],
            "suspected_counterfeit": determination.suspected_counterfeit,
            "law": None
            if law is None
            else {"fake": law.fake, "substandard": law.substandard, "verification": law.verification.value},
            "judgements": [_judgement(each) for each in determination.judgements],
        }
    )


def read(document: str) -> dict[str, Any]:
    """The document as it was written; an empty one where nothing was determined."""
    return json.loads(document) if document else {"judgements": [], "violations": [], "fault_class": None}


def steps_text(judgement: dict[str, Any], language: Language) -> list[str]:
    """The arithmetic of one judgement as sentences."""
    return [text(f"determination.step.{each['key']}", language, **each["values"]) for each in judgement["steps"]]


def _judgement(each: Judgement) -> dict[str, Json]:
    rule = each.rule
    return {
        "item": each.item,
        "kind": each.kind.value,
        "outcome": each.outcome.value,
        "reason": _value(each.reason),
        "rule": None
        if rule is None
        else {
            "rule_id": rule.rule_id,
            "version": rule.version,
            "source": rule.source,
            "verification": rule.verification.value,
        },
        "steps": [{"key": step.key, "values": dict(step.values)} for step in each.steps],
        "violations": [code.value for code in each.violations],
        "fault_class": _value(each.fault_class),
        "cautions": [caution.value for caution in each.cautions],
    }


def _value(member: Any) -> str | None:
    return None if member is None else member.value
