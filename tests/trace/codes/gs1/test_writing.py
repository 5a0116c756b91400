"""What is written is read back the same; canonical URIs and the alias links of this service."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.codes.gs1 import (
    Gs1Refused,
    GtinLink,
    Reason,
    build_uri,
    canonical_uri,
    gtin_link,
    parse_bracketed,
    parse_element_string,
    parse_uri,
    read_gtin_link,
)
from suiyuan.trace.codes.gs1.charsets import CSET82_ORDERED
from suiyuan.trace.codes.gs1.checks import check_digit
from suiyuan.trace.codes.gs1.escaping import escape, unescape

GTIN = "06901234567892"
gtins = st.text("0123456789", min_size=13, max_size=13).map(lambda digits: digits + check_digit(digits))
free = st.text(CSET82_ORDERED, min_size=1, max_size=20)


@given(gtins, free, free)
def test_a_link_is_read_back(gtin: str, batch: str, serial: str) -> None:
    link = gtin_link("suiyuan.example", gtin, batch, serial)
    assert read_gtin_link(link) == GtinLink(gtin, batch, serial)
    assert parse_element_string(parse_uri(link).element_string).elements == parse_uri(link).elements


def test_a_link_has_the_form_of_the_alias_scheme() -> None:
    assert gtin_link("suiyuan.example", "6901234567892", "A/1", "7") == (
        f"https://suiyuan.example/01/{GTIN}/10/A%2F1/21/7"
    )
    assert gtin_link("https://x.example/q/", GTIN) == f"https://x.example/q/01/{GTIN}"
    assert read_gtin_link(f"https://x.example/01/{GTIN}") == GtinLink(GTIN, None, None)


@pytest.mark.parametrize(
    ("base", "gtin", "batch", "serial", "reason"),
    [
        ("x.example", "06901234567893", None, None, Reason.INCORRECT_CHECK_DIGIT),
        ("x.example", "690", None, None, Reason.VALUE_TOO_SHORT),
        ("x.example", GTIN, "", None, Reason.VALUE_EMPTY),
        ("x.example", GTIN, "A" * 21, None, Reason.VALUE_TOO_LONG),
        ("x.example", GTIN, "甲", None, Reason.INVALID_CSET82_CHARACTER),
        ("x.example", GTIN, "A^17271231", None, Reason.VALUE_HAS_FNC1),
        ("x.example", GTIN, "A", "a b", Reason.INVALID_CSET82_CHARACTER),
        ("", GTIN, None, None, Reason.STEM),
        ("例.cn", GTIN, None, None, Reason.STEM),
        ("ftp://x.example", GTIN, None, None, Reason.STEM),
        ("https://x.example?a=1", GTIN, None, None, Reason.STEM),
        ("https:///a", GTIN, None, None, Reason.STEM),
    ],
)
def test_a_link_that_nobody_could_read_is_not_made(
    base: str, gtin: str, batch: str | None, serial: str | None, reason: Reason
) -> None:
    with pytest.raises(Gs1Refused) as refused:
        gtin_link(base, gtin, batch, serial)
    assert refused.value.reason is reason


def test_a_link_of_another_key_is_no_gtin_link() -> None:
    with pytest.raises(Gs1Refused) as refused:
        read_gtin_link("https://x.example/414/6901234567892")
    assert refused.value.reason is Reason.NOT_A_GTIN_LINK


@pytest.mark.parametrize(
    ("bracketed", "uri"),
    [
        (f"(01){GTIN}(21)7(10)A", f"https://id.gs1.org/01/{GTIN}/10/A/21/7"),
        (f"(10)A(01){GTIN}(240)xy", f"https://id.gs1.org/01/{GTIN}/10/A?240=xy"),
        (f"(01){GTIN}(240)x(17)271231", f"https://id.gs1.org/01/{GTIN}?17=271231&240=x"),
        (f"(01){GTIN}(01){GTIN}(10)A(10)A", f"https://id.gs1.org/01/{GTIN}/10/A"),
    ],
)
def test_a_message_becomes_a_uri(bracketed: str, uri: str) -> None:
    assert build_uri(None, parse_bracketed(bracketed)) == uri


@pytest.mark.parametrize(
    ("bracketed", "reason"), [("(98)A", Reason.NO_KEY), (f"(01){GTIN}(8200)x", Reason.NOT_AN_ATTRIBUTE)]
)
def test_a_message_without_a_uri(bracketed: str, reason: Reason) -> None:
    with pytest.raises(Gs1Refused) as refused:
        build_uri(None, parse_bracketed(bracketed))
    assert refused.value.reason is reason


def test_other_forms_of_a_message() -> None:
    message = parse_bracketed(f"(10)A(01){GTIN}")
    assert message.json == f'{{"10":"A","01":"{GTIN}"}}'
    assert message.element_string == f"^10A^01{GTIN}"
    assert message.predefined_first.element_string == f"^01{GTIN}10A"


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("urn:epc:id:sgtin:6901234.056789.A.1:2", "/01/06901234567892/21/A.1%3A2"),
        ("urn:epc:class:lgtin:6901234.056789.L1", "/01/06901234567892/10/L1"),
        ("urn:epc:idpat:sgtin:6901234.056789.*", "/01/06901234567892"),
        ("urn:epc:id:sgln:6901234.56789.7", "/414/6901234567892/254/7"),
        ("urn:epc:id:pgln:690123456789.", "/417/6901234567892"),
        (f"https://x.example/a/01/{GTIN}/22/V/10/A/21/7?17=271231", f"/01/{GTIN}/21/7"),
        (f"https://x.example/gtin/{GTIN}/lot/A", f"/01/{GTIN}/10/A"),
        ("https://x.example/417/6901234567892/7040/1ABC", "/417/6901234567892"),
    ],
)
def test_one_name_for_one_thing(text: str, uri: str) -> None:
    assert canonical_uri(text) == f"https://id.gs1.org{uri}"
    assert canonical_uri(canonical_uri(text)) == canonical_uri(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "urn:epc:",
        "urn:epc:id:sgtin",
        "urn:epc:id:sgtin:",
        "urn:epc:id:sgtin:6901234.056789",
        "urn:epc:id:sgtin:6901234.056789.",
        "urn:epc:id:sgtin:6901234.05678.7",
        "urn:epc:id:sgtin:69012.05678901.7",
        "urn:epc:id:sgtin:６901234.056789.7",
        "urn:epc:id:sgtin:6901234.056789." + "A" * 21,
        "urn:epc:id:sgtin:6901234.056789.a%20b",
        "urn:epc:id:gid:1.2.3",
        "urn:epc:idpat:sgtin:6901234.056789.7",
        "urn:epc:idpat:sgtin:6901234.*.*",
        "urn:epc:idpat:sscc:6901234.0567891234",
    ],
)
def test_what_names_nothing_has_no_canonical_uri(text: str) -> None:
    with pytest.raises(Gs1Refused):
        canonical_uri(text)


@given(free)
def test_escaping_is_undone(value: str) -> None:
    assert unescape(escape(value)) == value
    assert unescape(escape(value, query=True), query=True) == value
    assert "/" not in escape(value) and "&" not in escape(value, query=True)
