"""The catalogue of texts: whole in both languages, and complete for every refusal anywhere in the code."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from suiyuan.trace.codes.model import MalformedReason
from suiyuan.trace.kernel import errors
from suiyuan.trace.kernel.errors import InvalidInput, SuiyuanError
from suiyuan.trace.kernel.texts import LANGUAGES, catalogue, text
from suiyuan.trace.verification.model import ReasonCode, Verdict
from suiyuan.trace.verification.signals.model import SignalKind

ROOT = Path(__file__).parents[3]
HAN, LATIN = re.compile("[\u4e00-\u9fff]"), re.compile("[A-Za-z]{2}")
REFUSALS = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, SuiyuanError)}
BUILT = {"code.": [f"code.{reason.value}" for reason in MalformedReason]}
"""Codes made from an f-string, by their fixed beginning."""


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def raised() -> Iterator[tuple[str, list[str], set[str]]]:
    """Every refusal built in the code: place, the codes it may have, names of its evidence."""
    for folder in ("trace", "api", "labels"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not (isinstance(node, ast.Call) and node.args and called(node) in REFUSALS):
                    continue
                first = node.args[0]
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                evidence = {keyword.arg for keyword in node.keywords if keyword.arg} - {"field"}
                spread = any(keyword.arg is None for keyword in node.keywords)
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield place, [first.value], evidence | ({"*"} if spread else set())
                elif isinstance(first, ast.JoinedStr) and isinstance(first.values[0], ast.Constant):
                    yield place, BUILT[str(first.values[0].value)], evidence


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


RAISED = list(raised())


def test_the_search_finds_the_refusals() -> None:
    assert len(RAISED) > 100
    assert {"InvalidInput", "NotKnown", "Conflict", "NotAuthenticated", "NotAllowed", "UnsafeToRun"} < REFUSALS


@pytest.mark.parametrize(("codes", "evidence"), [row[1:] for row in RAISED], ids=[row[0] for row in RAISED])
def test_every_refusal_has_a_text_and_the_evidence_that_fills_it(codes: list[str], evidence: set[str]) -> None:
    for code in codes:
        entry = catalogue()[f"error.{code}"]
        missing = placeholders(entry["zh"]) - evidence
        assert not missing or "*" in evidence, f"{code} needs {sorted(missing)}"


def literal_keys() -> Iterator[tuple[str, str]]:
    """Keys of texts named outright as first argument of a call to `text`."""
    for folder in ("trace", "api", "labels"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args and called(node) == "text":
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and isinstance(first.value, str) and "." in first.value:
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", first.value


@pytest.mark.parametrize("key", [key for _, key in literal_keys()], ids=[place for place, _ in literal_keys()])
def test_every_text_named_in_the_code_is_there(key: str) -> None:
    assert key in catalogue()


def test_both_languages_say_the_same_things() -> None:
    assert len(catalogue()) > 200
    for key, entry in catalogue().items():
        assert set(entry) == set(LANGUAGES), key
        assert placeholders(entry["zh"]) == placeholders(entry["en"]), key


def test_only_a_unit_may_have_no_word() -> None:
    empty = {key for key, entry in catalogue().items() if not all(entry.values())}
    assert all(key.startswith("word.unit.") for key in empty), empty


EXPECTED = {
    "verdict": {f"{verdict.value}.{part}" for verdict in Verdict for part in ("title", "sentence")},
    "reason": {f"{code.value}.{part}" for code in ReasonCode for part in ("title", "what_to_do")},
    "malformed": {f"{reason.value}.{part}" for reason in MalformedReason for part in ("title", "what_to_do")},
    "signal": {kind.value for kind in SignalKind},
}


@pytest.mark.parametrize("family", EXPECTED)
def test_every_verdict_reason_and_signal_has_its_texts_and_no_text_is_left_over(family: str) -> None:
    there = {key.removeprefix(f"{family}.") for key in catalogue() if key.startswith(f"{family}.")}
    assert there == EXPECTED[family]


ANSWERED = [key for key in catalogue() if key.startswith((*(f"{family}." for family in EXPECTED), "page.check."))]


@pytest.mark.parametrize("key", ANSWERED)
def test_each_text_of_an_answer_is_in_its_own_language(key: str) -> None:
    """A sentence that was copied from the other language is a missing one."""
    entry = catalogue()[key]
    assert HAN.search(entry["zh"]), entry["zh"]
    assert LATIN.search(entry["en"]), entry["en"]
    assert not HAN.search(entry["en"]), entry["en"]


def test_unknown_never_says_false_and_never_genuine() -> None:
    sentence = catalogue()["verdict.unknown.sentence"]
    assert "不等于" in sentence["zh"]
    assert "not" in sentence["en"]
    assert "正品" not in catalogue()["verdict.unknown.title"]["zh"]


def test_an_error_speaks_both_languages_and_its_log_line_names_the_field() -> None:
    error = InvalidInput("batch.size", field="size", maximum=10)
    assert error.text("zh") == "批次数量须为 1 至 10 的整数。"
    assert error.text("en") == "The number of units must be between 1 and 10."
    assert str(error) == "batch.size (size): The number of units must be between 1 and 10."
    assert str(errors.NotKnown("batch.unknown")) == "batch.unknown: There is no such batch."


def test_braces_in_evidence_are_only_text() -> None:
    error = InvalidInput("party.credit_code", value="{0}{evil}")
    assert "{0}{evil}" in error.text("en")


def test_an_unknown_text_is_a_mistake_in_the_code() -> None:
    with pytest.raises(KeyError):
        text("error.no.such", "zh")
