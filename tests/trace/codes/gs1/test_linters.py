"""Linters and the table they are named in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.codes.gs1 import LINTERS, Finding, PrefixAnswer, Reason, lint
from suiyuan.trace.codes.gs1.charsets import CSET82_ORDERED
from suiyuan.trace.codes.gs1.checks import check_digit, check_pair
from suiyuan.trace.codes.gs1.code_lists import code_list
from suiyuan.trace.codes.gs1.linters import CHARSET_LINTERS
from suiyuan.trace.codes.gs1.table import find, find_at, is_key_sequence, key_sequences, table


def test_the_table_is_whole() -> None:
    entries = table().values()
    assert len(table()) > 500
    assert {name for entry in entries for part in entry.components for name in part.linters} <= LINTERS
    assert {part.charset for entry in entries for part in entry.components} == set(CHARSET_LINTERS)
    assert all(entry.ai == ai and 1 <= entry.least <= entry.most <= 90 for ai, entry in table().items())


def test_identifiers_with_one_beginning_have_one_length() -> None:
    lengths: dict[str, set[int]] = {}
    for ai in table():
        lengths.setdefault(ai[:2], set()).add(len(ai))
    assert all(len(found) == 1 for found in lengths.values())


def test_what_a_rule_names_is_in_the_table() -> None:
    for entry in table().values():
        named = {ai for choices in entry.requires for group in choices for ai in group} | set(entry.excludes)
        for pattern in named:
            assert any(ai.startswith(pattern.rstrip("n")) for ai in table()), (entry.ai, pattern)


def test_identifiers_are_found() -> None:
    assert (
        find("01")
        and find("3103")
        and not find("3106")
        and not find("1")
        and find("01", permit_unknown=False) is not None
    )
    found = find_at("x3103000100", 1)
    assert found and found.ai == "3103"
    assert find_at("8", 0) is None
    unknown = find("419", permit_unknown=True)
    assert unknown and not unknown.known and unknown.predefined and unknown.most == 13
    assert find("41", permit_unknown=True) is None
    assert find("８９", permit_unknown=True) is None


@pytest.mark.parametrize(
    ("path", "valid"),
    [
        (("01",), True),
        (("01", "22", "10", "21"), True),
        (("01", "235"), True),
        (("01", "10", "235"), False),
        (("01", "21", "10"), False),
        (("10",), False),
        (("414", "254", "7040"), False),
        ((), False),
    ],
)
def test_paths_of_keys_and_qualifiers(path: tuple[str, ...], valid: bool) -> None:
    assert is_key_sequence(path) is valid
    assert all(paths[0] == (key,) for key, paths in key_sequences().items())


@given(st.text("0123456789", min_size=1, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_a_check_digit_finds_any_one_wrong_digit(digits: str, at: int, by: int) -> None:
    at %= len(digits)
    whole = digits + check_digit(digits)
    wrong = whole[:at] + str((int(whole[at]) + by) % 10) + whole[at + 1 :]
    assert lint("csum", whole) is None
    assert lint("csum", wrong) == Finding(Reason.INCORRECT_CHECK_DIGIT, len(digits), 1)


@given(st.text(CSET82_ORDERED, min_size=1, max_size=23))
def test_a_check_pair(text: str) -> None:
    assert lint("csumalpha", text + check_pair(text)) is None


@pytest.mark.parametrize(
    ("linter", "value", "highlight"),
    [
        ("yymmd0", "270200", None),
        ("yymmdd", "270229", "2702*29*"),
        ("yymmdd", "000229", None),
        ("yyyymmdd", "21000229", "210002*29*"),
        ("yyyymmdd", "00000101", None),
        ("hhmi", "2360", "23*60*"),
        ("iso3166", "156", None),
        ("iso3166", "15", "*15*"),
        ("iso3166alpha2", "CN", None),
        ("iso4217", "156", None),
        ("iso4217", "191", "*191*"),
        ("iban", "GB29NWBK60161331926819", None),
        ("iban", "GB28NWBK60161331926819", "GB*28*NWBK60161331926819"),
        ("iban", "XX29NWBK60161331926819", "*XX*29NWBK60161331926819"),
        ("cset64", "ab_-1=", None),
        ("cset64", "ab=c", "ab*=*c"),
        ("nozeroprefix", "0", None),
        ("nozeroprefix", "00", "*0*0"),
        ("pieceoftotal", "", "**"),
        ("posinseqslash", "2/3", None),
        ("posinseqslash", "02/3", "*02*/3"),
        ("pcenc", "a%2", "a*%2*"),
        ("latitude", "1800000000", None),
        ("longitude", "3600000001", "*3600000001*"),
        ("gcppos2", "1690", "1*690*"),
        ("packagetype", "CT", None),
    ],
)
def test_a_linter_says_where(linter: str, value: str, highlight: str | None) -> None:
    found = lint(linter, value)
    assert (found and found.highlight(value)) == highlight


def test_a_source_of_company_prefixes_is_asked() -> None:
    asked: list[str] = []

    def source(prefix: str) -> PrefixAnswer:
        asked.append(prefix)
        return PrefixAnswer.NOT_ASSIGNED

    assert lint("gcppos2", "06901234", source) == Finding(Reason.INVALID_GCP_PREFIX, 1, 7)
    assert asked == ["6901234"]


def test_code_lists() -> None:
    assert len(code_list("iso3166")) == len(code_list("iso3166alpha2")) == 249
    with pytest.raises(KeyError):
        code_list("none")


@given(st.sampled_from(sorted(LINTERS)), st.text(max_size=120) | st.text("0123456789", max_size=70))
def test_no_value_breaks_a_linter(linter: str, value: str) -> None:
    found = lint(linter, value)
    assert found is None or (found.start >= 0 and found.start + found.length <= len(value))
