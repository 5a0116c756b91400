"""The fields of the acts on a sample, and what was sent in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from ...trace.catalog.model import ProductKind
from ...trace.inspection.determination import document
from ...trace.inspection.items import FaultClass, Suggestion, ViolationCode
from ...trace.inspection.model import Acknowledgement, Outcome, Portion, PortionRole, ResultSet
from ...trace.inspection.service import NewDecision, Sealing
from ...trace.kernel.errors import InvalidInput
from ...trace.kernel.limits import MAX_NAME_CHARACTERS, MAX_NOTE_CHARACTERS
from ...trace.kernel.texts import Language, text
from .desk_view import Choice
from .form_view import Field
from .rendering import word
from .result_words import class_text, violation_text
from .sample_read import suggested_outcome
from .sent_forms import Sent

PORTION_ROWS = (PortionRole.TEST, PortionRole.RESERVE, PortionRole.RESERVE)
"""What each row of portions is for, unless it is said otherwise. The last may stay empty."""

Member = TypeVar("Member", bound=StrEnum)

_FIELDS = {"laboratory_id": "laboratory", "portions": "portions.0.seal_number"}
_OUTCOME = re.compile(r"outcomes\.(\d+)")

_LETTERS = {ProductKind.PESTICIDE: "PL", ProductKind.SEED: "SL", ProductKind.VET_DRUG: "VL"}
"""Beginnings of the violation codes that goods of a kind can have; others can have any."""


class Ask:
    """Makes fields: their words in the reader's language, their values as they were sent."""

    def __init__(self, language: Language, values: Mapping[str, str]) -> None:
        self.language: Language = language
        self.values = values

    def text(self, name: str, label: str = "", *, required: bool = False) -> Field:
        return self.field(name, label, "text", is_required=required, maximum=MAX_NAME_CHARACTERS)

    def note(self, name: str, label: str = "", *, required: bool = False) -> Field:
        return self.field(name, label, "text", is_required=required, maximum=MAX_NOTE_CHARACTERS)

    def select(self, name: str, choices: Iterable[Choice], label: str = "", *, required: bool = False) -> Field:
        return self.field(name, label, "select", choices=tuple(choices), is_required=required)

    def field(self, name: str, label: str, kind: str, **settings: object) -> Field:
        made = Field(
            name, text(f"page.sample_ask.{label or name}", self.language), kind, value=self.values.get(name, "")
        )
        return replace(made, **settings)


def place_of_error(field: str | None) -> str | None:
    """The page's name for the field that a refusal names."""
    if field and (match := _OUTCOME.fullmatch(field)):
        return f"outcome-{match[1]}"
    return _FIELDS.get(field or "", field)


def choices(members: Iterable[Member], language: Language) -> tuple[Choice, ...]:
    return tuple(Choice(each.value, word(each, language)) for each in members)


def chosen(members: type[Member], value: str, field: str) -> Member:
    """Raises InvalidInput `text.missing` where nothing was chosen, or nothing that was offered."""
    try:
        return members(value)
    except ValueError:
        raise InvalidInput("text.missing", field=field) from None


# ---------------------------------------------------------------------------------------------- sealing


def seal_fields(ask: Ask) -> list[Field]:
    fields = [field for number, role in enumerate(PORTION_ROWS) for field in _portion(ask, number, role)]
    said = tuple(
        Choice(each.value, text(f"page.sample_ask.acknowledgement_{each.value}", ask.language))
        for each in Acknowledgement
    )
    acknowledgement = ask.field("acknowledgement", "", "radio", choices=said)
    if not acknowledgement.value:
        acknowledgement = replace(acknowledgement, value=Acknowledgement.SIGNED.value)
    return [*fields, acknowledgement, ask.text("signed_by"), ask.note("refusal_reason")]


def _portion(ask: Ask, number: int, role: PortionRole) -> tuple[Field, ...]:
    row, is_required = f"portions.{number}", number < len(PORTION_ROWS) - 1
    roles = tuple(Choice(each.value, text(f"word.sheet.portion_{each.value}", ask.language)) for each in PortionRole)
    which = ask.select(f"{row}.role", roles, "role", required=True)
    return (
        which if which.value else replace(which, value=role.value),
        ask.text(f"{row}.seal_number", "seal_number", required=is_required),
        ask.text(f"{row}.quantity", "quantity"),
    )


def sealing_of(sent: Sent) -> Sealing:
    """Raises InvalidInput `text.missing`."""
    portions: list[Portion] = []
    for number in range(len(PORTION_ROWS)):
        row = f"portions.{number}"
        seal_number, quantity = sent.get(f"{row}.seal_number"), sent.get(f"{row}.quantity")
        if seal_number or quantity or number < len(PORTION_ROWS) - 1:
            role = chosen(PortionRole, sent.get(f"{row}.role"), f"{row}.role")
            portions.append(Portion(role, seal_number, quantity))
    return Sealing(
        portions=tuple(portions),
        acknowledgement=chosen(Acknowledgement, sent.get("acknowledgement"), "acknowledgement"),
        signed_by=sent.get("signed_by"),
        refusal_reason=sent.get("refusal_reason"),
    )


# ---------------------------------------------------------------------------------------------- deciding


def decision_fields(ask: Ask, results: ResultSet, kind: ProductKind) -> list[Field]:
    """What is decided of each item and of the whole, as the rules suggest where nothing is chosen."""
    items = [
        replace(outcome_field(ask, number), label=each.item, hint=_said(each.suggested, each.outcome, ask.language))
        for number, each in enumerate(results.findings)
    ]
    needed = [suggested_outcome(each) is None for each in results.findings]
    items = [
        replace(each, is_required=True, unchosen="") if is_needed else each
        for each, is_needed in zip(items, needed, strict=True)
    ]
    return [*items, *whole_fields(ask, kind, document.read(results.determination)["violations"])]


def outcome_field(ask: Ask, number: int) -> Field:
    field = ask.select(f"outcome-{number}", choices(Outcome, ask.language), "item_outcome")
    return replace(field, unchosen=text("page.sample_hint.as_suggested", ask.language))


def whole_fields(ask: Ask, kind: ProductKind, suggested: Sequence[str] = ()) -> list[Field]:
    """Of the whole: verdict, class, violations. `suggested`: the codes that are marked beforehand."""
    unchosen = text("page.sample_hint.as_suggested", ask.language)
    codes = [each for each in ViolationCode if each.value[0] in _LETTERS.get(kind, "PSVL") or each.value in suggested]
    marked = [each.value for each in ViolationCode if ask.values.get(f"violations-{each.value}")]
    classes = tuple(Choice(each.value, class_text(each, ask.language)) for each in FaultClass)
    return [
        replace(ask.select("verdict", choices(Outcome, ask.language)), unchosen=unchosen),
        replace(ask.select("fault_class", classes), unchosen=unchosen),
        ask.field(
            "violations",
            "",
            "checks",
            choices=tuple(Choice(each.value, violation_text(each, ask.language)) for each in codes),
            value=" ".join(marked if ask.values else suggested),
        ),
    ]


def decision_of(sent: Sent, places: Sequence[int], suggested: Sequence[str], reason: str) -> NewDecision:
    """What was chosen. `places`: which of the form's items each finding is, from 0. Violations left as they were marked
    are as suggested. Raises InvalidInput `text.missing` for what was never offered."""
    outcomes: dict[int, Outcome] = {}
    for position, place in enumerate(places):
        given = sent.get(f"outcome-{place}")
        if given:
            outcomes[position] = chosen(Outcome, given, f"outcome-{place}")
    verdict, fault = sent.get("verdict"), sent.get("fault_class")
    marked = tuple(each for each in ViolationCode if sent.get(f"violations-{each.value}"))
    return NewDecision(
        outcomes=outcomes,
        verdict=chosen(Outcome, verdict, "verdict") if verdict else None,
        fault_class=chosen(FaultClass, fault, "fault_class") if fault else None,
        violations=None if sorted(marked) == sorted(suggested) else marked,
        reason=reason,
    )


def _said(suggested: Suggestion | None, outcome: Outcome | None, language: Language) -> str:
    by_rule = text(f"determination.outcome.{(suggested or Suggestion.NOT_JUDGED).value}", language)
    said = word(outcome, language) if outcome else text("page.result_set.says_nothing", language)
    return text("page.sample_hint.suggested", language, suggested=by_rule, outcome=said)
