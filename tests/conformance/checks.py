"""How each of GS1's vectors is put to the engine: one check for each file, called by run.py.

A check returns None for a vector that is passed, else the outcome: where the verdict, its reason if given, or an output
differs from what the vector expects.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

from suiyuan.trace.codes import gs1
from suiyuan.trace.codes.gs1 import LENIENT, STANDARD, Gs1Message, Gs1Refused, Options, Reason, Rule
from suiyuan.trace.codes.gs1.escaping import escape, unescape
from suiyuan.trace.codes.gs1.findings import PrefixAnswer, PrefixLookup, any_prefix
from suiyuan.trace.codes.gs1.table import find, is_key_sequence

Vector = dict[str, Any]
Outcome = dict[str, Any]
PARSER_ONLY: frozenset[Rule] = frozenset()
RULES = {
    "mutex": Rule.MUTEX,
    "requisites": Rule.REQUISITES,
    "repeats": Rule.REPEATS,
    "validateDigSigRequiresSerialisedKey": Rule.SERIALISED_KEY,
}
SOURCE_ANSWERS = {
    "gcp_datasource_offline": PrefixAnswer.OFFLINE,
    "invalid_gcp_prefix": PrefixAnswer.NOT_ASSIGNED,
}
MOST_PREFIXES = 4
"""A coupon has its own, two of purchases and the retailer's."""
FLAGS = set(Options.__dataclass_fields__)
MESSAGES = {
    "value is too short": Reason.VALUE_TOO_SHORT,
    "value is too long": Reason.VALUE_TOO_LONG,
    "check digit is incorrect": Reason.INCORRECT_CHECK_DIGIT,
    "illegal day": Reason.ILLEGAL_DAY,
    "illegal month": Reason.ILLEGAL_MONTH,
    "illegal hour": Reason.ILLEGAL_HOUR,
    "illegal minute": Reason.ILLEGAL_MINUTE,
    "ISO 3166 three-digit": Reason.NOT_ISO3166,
    "It is invalid to pair": Reason.EXCLUDED,
    "Required AIs": Reason.REQUIRED,
    "non-CSET 82": Reason.INVALID_CSET82_CHARACTER,
    "non-digit": Reason.NON_DIGIT_CHARACTER,
    "No GS1 DL keys": Reason.NO_KEY,
    "key-qualifier sequence": Reason.KEY_SEQUENCE,
    "not a valid DL URI data attribute": Reason.NOT_AN_ATTRIBUTE,
    "should be in the path": Reason.BELONGS_IN_PATH,
    "is duplicated": Reason.DUPLICATE,
    "Unknown AI": Reason.UNKNOWN_AI,
    "URI contains illegal characters": Reason.URI_CHARACTER,
}


def options(vector: Vector, rules: frozenset[Rule] = PARSER_ONLY) -> Options:
    flags = vector.get("flags", {})
    if unknown := set(flags) - FLAGS:
        raise ValueError(f"flags without an option: {sorted(unknown)}")
    return replace(STANDARD, rules=rules, **flags)


def read(parse: Callable[[], Gs1Message]) -> tuple[Gs1Message | None, Outcome]:
    """The message with its verdict, or the reason for none."""
    try:
        message = parse()
    except Gs1Refused as refused:
        return None, {"ok": False, "reason": refused.reason.value, "ai_at_fault": refused.evidence["ai"]}
    ai = [list(element) for element in message.elements]
    return message, {"ok": True, "element_string": message.element_string, "ai": ai}


def differences(vector: Vector, outcome: Outcome, *names: str) -> Outcome | None:
    """The outcome, where it differs from what the vector expects in one of the names it gives."""
    given = [name for name in names if name in vector]
    return None if given and all(vector[name] == outcome.get(name) for name in given) else outcome


def expected_reason(message: str | None) -> str | None:
    return next((reason.value for part, reason in MESSAGES.items() if message and part in message), None)


def element_string(vector: Vector) -> Outcome | None:
    return differences(
        vector, read(lambda: gs1.parse_element_string(vector["element_string"], options(vector)))[1], "ok"
    )


def bracketed(vector: Vector) -> Outcome | None:
    _, outcome = read(lambda: gs1.parse_bracketed(vector["bracketed"], options(vector)))
    return differences(vector, outcome, "ok", "element_string")


def linter_errors(vector: Vector) -> Outcome | None:
    _, outcome = read(lambda: gs1.parse_bracketed(vector["bracketed"], options(vector)))
    return None if outcome.get("reason") == vector["error"] else outcome


def associations(vector: Vector) -> Outcome | None:
    message, outcome = read(lambda: gs1.parse_bracketed(vector["bracketed"], options(vector)))
    if message is None:
        return {"not even parsed": outcome}
    rules = options(vector, frozenset({RULES[vector["rule"]]}))
    return differences(vector, read(lambda: gs1.parse_bracketed(vector["bracketed"], rules))[1], "ok")


def dl_parse(vector: Vector) -> Outcome | None:
    _, outcome = read(lambda: gs1.parse_uri(vector["uri"], options(vector)))
    return differences(vector, outcome, "ok", "element_string", "ai")


def build(stem: str | None, message: Gs1Message, chosen: Options) -> Outcome:
    try:
        return {"ok": True, "uri": gs1.build_uri(stem, message, chosen)}
    except Gs1Refused as refused:
        return {"ok": False, "uri": None, "reason": refused.reason.value}


def dl_build(vector: Vector) -> Outcome | None:
    chosen = options(vector)
    message, outcome = read(lambda: gs1.parse_bracketed(vector["bracketed"], chosen))
    if message is None or differences(vector, outcome, "ai"):
        return outcome
    return differences(vector, build(vector["stem"], message, chosen), "ok", "uri")


def oracle_build(vector: Vector) -> Outcome | None:
    message, outcome = read(lambda: gs1.parse_bracketed(vector["bracketed"]))
    if message is None:
        reason = expected_reason(vector.get("error"))
        return outcome if vector["valid"] or (reason and reason != outcome["reason"]) else None
    outcome |= {"valid": True, **build(vector["stem"], message, STANDARD)}
    reason = expected_reason(vector.get("uri_error"))
    if reason and reason != outcome.get("reason"):
        return outcome
    return differences(vector, outcome, "valid", "ai", "element_string", "uri")


def oracle_parse(vector: Vector) -> Outcome | None:
    message, outcome = read(lambda: gs1.parse_uri(vector["uri"]))
    if message is None:
        reason = expected_reason(vector.get("error"))
        return outcome if vector["ok"] or (reason and reason != outcome["reason"]) else None
    outcome["ignored_query_params"] = list(message.ignored_parameters)
    outcome["canonical_rebuild"] = gs1.build_uri(None, message)
    return differences(vector, outcome, "ok", "ai", "ignored_query_params", "canonical_rebuild")


def simple_parser(vector: Vector) -> Outcome | None:
    message, outcome = read(lambda: gs1.parse_uri(vector["uri"], LENIENT))
    if message is not None:
        outcome |= {"bracketed": message.bracketed, "json": message.json}
        outcome["bracketed_fixed_first"] = message.predefined_first.bracketed
    return differences(vector, outcome, "ok", "element_string", "bracketed", "json", "bracketed_fixed_first")


def canonical(vector: Vector) -> Outcome | None:
    try:
        outcome = {"canonical": gs1.canonical_uri(vector["input"]) if isinstance(vector["input"], str) else None}
    except Gs1Refused as refused:
        outcome = {"canonical": None, "reason": refused.reason.value}
    return differences(vector, outcome, "canonical")


def lint(vector: Vector) -> Outcome | None:
    """Where the verdict is that of a source of company prefixes, a stand-in gives it at one of its questions."""
    wrong = lint_outcome(vector, any_prefix)
    answer = SOURCE_ANSWERS.get(vector.get("error", ""))
    if wrong is None or answer is None:
        return wrong
    tries = (lint_outcome(vector, answering(answer, question)) for question in range(MOST_PREFIXES))
    return None if any(outcome is None for outcome in tries) else wrong


def lint_outcome(vector: Vector, lookup: PrefixLookup) -> Outcome | None:
    found = gs1.lint(vector["linter"], vector["value"], lookup)
    outcome: Outcome = {"ok": found is None}
    if found:
        outcome |= {"error": found.reason.value, "highlight": found.highlight(vector["value"])}
    return differences(vector, outcome, "ok", "error", "highlight")


def answering(answer: PrefixAnswer, question: int) -> PrefixLookup:
    asked = count()
    return lambda _: answer if next(asked) == question else PrefixAnswer.ASSIGNED


def is_placeholder(vector: Vector) -> bool:
    """Not a vector: names of C macro parameters (`data`, `expect`), caught when the vectors were extracted."""
    return vector.get("value") == "data" and vector.get("highlight") in (None, "expect")


def readme(vector: Vector) -> Outcome | None:
    message, outcome = read(lambda: gs1.parse_bracketed(vector["bracketed"]))
    return outcome if message is None else differences(vector, build(vector["stem"], message, STANDARD), "uri")


def escaped(vector: Vector) -> Outcome | None:
    text = vector["input"]
    return differences(vector, {"path": escape(text), "query": escape(text, query=True)}, "path", "query")


def unescaped(vector: Vector) -> Outcome | None:
    text = vector["input"]
    return differences(vector, {"path": unescape(text), "query": unescape(text, query=True)}, "path", "query")


def path_sequence(vector: Vector) -> Outcome | None:
    return (
        None if is_key_sequence(tuple(vector["seq"])) == vector.get("ok", True) else {"ok": not vector.get("ok", True)}
    )


def table_row(vector: Vector) -> Outcome | None:
    entry = find(vector["ai"])
    if entry is None:
        return {"ai": None}
    attrs = [f"req={','.join('+'.join(group) for group in choices)}" for choices in entry.requires]
    attrs += [f"ex={','.join(entry.excludes)}"] if entry.excludes else []
    if entry.qualifiers is not None:
        attrs.append(f"dlpkey={'|'.join(','.join(choice) for choice in entry.qualifiers)}".removesuffix("="))
    outcome: Outcome = {"components": [part.spec for part in entry.components], "attrs": sorted(attrs)}
    outcome |= {"fixed_no_fnc1": entry.predefined, "dl_data_attribute": entry.attribute, "title": entry.title}
    return differences(vector | {"attrs": sorted(vector["attrs"])}, outcome, *outcome)


CHECKS: dict[str, Callable[[Vector], Outcome | None]] = {
    "ai_associations": associations,
    "ai_linter_errors": linter_errors,
    "ai_parse_bracketed": bracketed,
    "ai_process_element_string": element_string,
    "ai_table": table_row,
    "canonical_uri": canonical,
    "dl_build": dl_build,
    "dl_parse": dl_parse,
    "dl_path_sequences": path_sequence,
    "lint": lint,
    "oracle_build": oracle_build,
    "oracle_parse": oracle_parse,
    "simple_parser": simple_parser,
    "toolkit_readme": readme,
    "uri_escape": escaped,
    "uri_unescape": unescaped,
}
