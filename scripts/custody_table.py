"""The tables of docs/custody.md, from `rules.RULES`, the ways to settle a discrepancy, and the rules of the ledgers."""

from __future__ import annotations

from suiyuan.trace.catalog.ledger_rules import LEDGER_RULES, RETAIL_RULES, RETENTION_RULES
from suiyuan.trace.custody.model import CustodyState, MovementKind
from suiyuan.trace.custody.rules import RULES, Rule, Who
from suiyuan.trace.custody.service.discrepancies import BY_SENDER, SETTLEMENTS
from suiyuan.trace.kernel.texts import LANGUAGES, catalogue

from .generated import keep_current, table

WHO = {
    Who.HOLDER: "who answers for them",
    Who.RECEIVER: "who they are on their way to",
    Who.INSPECTOR: "inspection agency or regulator",
    Who.REGULATOR: "regulator",
}
BY_WHO_DID_IT = "who made the movement"
RESTORED = "as before"
FORBIDDEN = "–"


def main() -> None:
    parts = (states(), movements(), settlements(), ledgers(), retention(), retail())
    keep_current("custody.md", "custody_table", "\n\n".join(parts))


def states() -> str:
    rows = [(f"`{state}`", *_words(f"custody_state.{state.name.lower()}")) for state in CustodyState]
    return "## States\n\n" + table(("state", "中文", "English"), rows)


def movements() -> str:
    head = (
        "movement",
        "中文",
        "by whom",
        *(f"`{state}`" for state in CustodyState),
        "of stopped",
        "of expired",
        "undo",
    )
    rows = [
        (
            f"`{kind}`",
            _words(f"movement_kind.{kind.name.lower()}")[0],
            BY_WHO_DID_IT if kind is MovementKind.UNDO else WHO[rule.who],
            *(_outcome(rule, state) for state in CustodyState),
            *(_yes(each) for each in (rule.while_stopped, rule.when_expired, rule.can_be_undone)),
        )
        for kind, rule in RULES.items()
    ]
    return "## Movements: what becomes of goods in each state\n\n" + table(head, rows)


def settlements() -> str:
    rows = [
        (f"`{kind}`", f"`{outcome}`", "the sender" if outcome in BY_SENDER else "either")
        for kind, outcomes in SETTLEMENTS.items()
        for outcome in sorted(outcomes)
    ]
    return "## How a discrepancy can be settled\n\n" + table(("discrepancy", "outcome", "by whom"), rows)


def ledgers() -> str:
    rows = [
        (
            f"`{rule.kind or 'any other'}`",
            rule.side.value,
            _since(str(rule.valid_from)),
            ", ".join(f"`{field}`" for field in rule.fields),
            rule.source,
            rule.verification.value,
        )
        for rule in LEDGER_RULES
    ]
    return "## What a ledger states\n\n" + table(("kind", "ledger", "since", "columns", "source", "read"), rows)


def retention() -> str:
    rows = [
        (
            f"`{rule.kind or 'any other'}`",
            _since(str(rule.valid_from)),
            str(rule.years),
            "" if rule.years_after_expiry is None else str(rule.years_after_expiry),
            rule.source,
            rule.verification.value,
        )
        for rule in RETENTION_RULES
    ]
    head = ("kind", "since", "years from the day", "and years after expiry", "source", "read")
    return "## How long it is kept\n\n" + table(head, rows)


def retail() -> str:
    rows = [
        (
            f"`{rule.kind or 'any other'}`",
            _since(str(rule.valid_from)),
            _yes(rule.needs_buyer),
            _yes(rule.needs_intended_use),
            rule.source,
            rule.verification.value,
        )
        for rule in RETAIL_RULES
    ]
    return "## What a sale to a user must record\n\n" + table(
        ("kind", "since", "buyer", "intended use", "source", "read"), rows
    )


def _outcome(rule: Rule, state: CustodyState) -> str:
    if state not in rule.outcomes:
        return FORBIDDEN
    after = rule.outcomes[state]
    return RESTORED if after is None else f"`{after}`"


def _yes(value: bool) -> str:
    return "yes" if value else FORBIDDEN


def _since(day: str) -> str:
    return "" if day.startswith("0001") else day


def _words(key: str) -> list[str]:
    return [catalogue()[f"word.{key}"][language] for language in LANGUAGES]


if __name__ == "__main__":
    main()
