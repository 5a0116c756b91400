"""Element strings, brackets and Digital Link URIs: what is read, and what is refused for which reason."""

from __future__ import annotations

import time

import pytest

from suiyuan.trace.codes.gs1 import (
    LENIENT,
    Gs1Refused,
    Options,
    Reason,
    Rule,
    parse_bracketed,
    parse_element_string,
    parse_uri,
)

GTIN = "06901234567892"
URI = f"https://suiyuan.example/01/{GTIN}"
ALPHAS = Options(permit_convenience_alphas=True)
SHORT = Options(permit_zero_suppressed_gtin=True)
UNKNOWN = Options(permit_unknown_ais=True, permit_unknown_ai_as_attr=True)


@pytest.mark.parametrize(
    ("text", "bracketed"),
    [
        (f"^01{GTIN}", f"(01){GTIN}"),
        (f"^01{GTIN}10LOT-7", f"(01){GTIN}(10)LOT-7"),
        (f"^01{GTIN}^10LOT-7^17271231^", f"(01){GTIN}(10)LOT-7(17)271231"),
        (f"]d201{GTIN}10LOT-7\x1d21A/1", f"(01){GTIN}(10)LOT-7(21)A/1"),
        (f"\x1d01{GTIN}", f"(01){GTIN}"),
        (f"^01{GTIN}10A(1)", f"(01){GTIN}(10)A\\(1)"),
    ],
)
def test_an_element_string_is_read(text: str, bracketed: str) -> None:
    message = parse_element_string(text)
    assert message.bracketed == bracketed
    assert parse_bracketed(bracketed) == message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.FNC1_MISSING),
        (f"01{GTIN}", Reason.FNC1_MISSING),
        ("^", Reason.EMPTY),
        ("^x", Reason.UNKNOWN_AI),
        ("^88123", Reason.UNKNOWN_AI),
        ("^０1" + GTIN, Reason.UNKNOWN_AI),
        ("^10", Reason.VALUE_EMPTY),
        (f"^01{GTIN[:-1]}", Reason.VALUE_TOO_SHORT),
        (f"^01{GTIN}10" + "A" * 21, Reason.VALUE_TOO_LONG),
        ("^0106901234567893", Reason.INCORRECT_CHECK_DIGIT),
        ("^01０6901234567892", Reason.NON_DIGIT_CHARACTER),
        (f"^01{GTIN}10甲", Reason.INVALID_CSET82_CHARACTER),
        (f"^01{GTIN}17271301", Reason.ILLEGAL_MONTH),
        ("^10LOT", Reason.REQUIRED),
        (f"^01{GTIN}10A^10B", Reason.REPEATED_DIFFERENTLY),
        (f"^01{GTIN}^37000012", Reason.EXCLUDED),
        (f"^01{GTIN}" * 65, Reason.TOO_MANY_ELEMENTS),
    ],
)
def test_an_element_string_is_refused(text: str, reason: Reason) -> None:
    with pytest.raises(Gs1Refused) as refused:
        parse_element_string(text)
    assert refused.value.reason is reason
    assert refused.value.code == f"gs1.{reason}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.EMPTY),
        ("01", Reason.BRACKETS),
        ("(01", Reason.BRACKETS),
        ("()1", Reason.UNKNOWN_AI),
        ("(10)", Reason.VALUE_EMPTY),
        (f"(01){GTIN}(10)A^B", Reason.VALUE_HAS_FNC1),
        (f"(01){GTIN}(10)A\\B", Reason.INVALID_CSET82_CHARACTER),
    ],
)
def test_a_bracketed_text_is_refused(text: str, reason: Reason) -> None:
    with pytest.raises(Gs1Refused) as refused:
        parse_bracketed(text)
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    ("text", "bracketed", "options"),
    [
        (URI, f"(01){GTIN}", Options()),
        (f"{URI}/10/A%2FB/21/7?17=271231&s=4#top", f"(01){GTIN}(10)A/B(21)7(17)271231", Options()),
        (f"https://x.example/01/deep/er/01/{GTIN}", f"(01){GTIN}", Options()),
        (f"HTTPS://X/gtin/{GTIN}/lot/A", f"(01){GTIN}(10)A", ALPHAS),
        ("https://x.example/01/6901234567892", f"(01){GTIN}", SHORT),
        (f"{URI}?89=new", f"(01){GTIN}(89)new", UNKNOWN),
        ("https://x.example/01/123/10/no+such", "(01)123(10)no+such", LENIENT),
    ],
)
def test_a_uri_is_read(text: str, bracketed: str, options: Options) -> None:
    assert parse_uri(text, options).bracketed == bracketed


def test_a_uri_tells_its_parts() -> None:
    message = parse_uri(f"https://x.example/a/b/01/{GTIN}/21/7?s=4&&17=271231&flag")
    assert (message.stem, message.path_length) == ("https://x.example/a/b", 2)
    assert message.ignored_parameters == ("s=4", "flag")
    assert (message.get("17"), message.get("10")) == ("271231", None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.URI_SCHEME),
        ("http s://x/01/1", Reason.URI_CHARACTER),
        (f"https://例.cn/01/{GTIN}", Reason.URI_CHARACTER),
        (f"ftp://x/01/{GTIN}", Reason.URI_SCHEME),
        ("https://x.example", Reason.URI_WITHOUT_PATH),
        (f"https:///01/{GTIN}", Reason.URI_WITHOUT_PATH),
        (f"https://user@x.example/01/{GTIN}", Reason.DOMAIN_CHARACTER),
        ("https://x.example/", Reason.NO_KEY),
        (f"{URI}/", Reason.NO_KEY),
        (f"https://x.example/gtin/{GTIN}", Reason.NO_KEY),
        ("https://x.example/c/11722252247250743408010974953971", Reason.NO_KEY),
        (f"{URI}/10/", Reason.VALUE_EMPTY),
        (f"{URI}/10/A%00", Reason.VALUE_HAS_NUL),
        (f"{URI}/21/7/10/A", Reason.KEY_SEQUENCE),
        (f"{URI}/10/A/10/A", Reason.KEY_SEQUENCE),
        (f"{URI}?10=A", Reason.BELONGS_IN_PATH),
        (f"{URI}?17=271231&17=271231", Reason.DUPLICATE),
        (f"{URI}?01={GTIN}", Reason.DUPLICATE),
        (f"{URI}?8200=https%3A%2F%2Fx", Reason.NOT_AN_ATTRIBUTE),
        (f"{URI}?1=1", Reason.UNKNOWN_AI),
        (f"{URI}?17=", Reason.VALUE_EMPTY),
        ("https://x.example/01/6901234567892", Reason.VALUE_TOO_SHORT),
        (f"{URI}/10/%E7%94%B2", Reason.INVALID_CSET82_CHARACTER),
        (f"{URI}?37=7", Reason.EXCLUDED),
    ],
)
def test_a_uri_is_refused(text: str, reason: Reason) -> None:
    with pytest.raises(Gs1Refused) as refused:
        parse_uri(text)
    assert refused.value.reason is reason


def test_evidence_names_the_identifier_and_is_clipped() -> None:
    with pytest.raises(Gs1Refused) as refused:
        parse_uri(f"{URI}/10/" + "A" * 5000)
    assert refused.value.evidence == {"ai": "10", "value": "A" * 120, "detail": ""}


def test_coupons_share_one_code_that_names_the_part() -> None:
    with pytest.raises(Gs1Refused) as refused:
        parse_bracketed("(8110)0690123450001")
    assert refused.value.code == "gs1.coupon"
    assert refused.value.evidence["detail"] == "coupon_missing_save_value_vli"


@pytest.mark.parametrize(
    ("bracketed", "rule"),
    [
        (f"(01){GTIN}(255)6901234567892", Rule.MUTEX),
        (f"(01){GTIN}(3102)000100(3103)000100", Rule.MUTEX),
        (f"(01){GTIN}(250)A", Rule.REQUISITES),
        (f"(01){GTIN}(01)06901234567809", Rule.REPEATS),
        ("(253)6901234567892(8030)abc", Rule.SERIALISED_KEY),
    ],
)
def test_each_rule_between_identifiers_refuses_by_itself(bracketed: str, rule: Rule) -> None:
    with pytest.raises(Gs1Refused):
        parse_bracketed(bracketed, Options(rules=frozenset({rule})))
    assert parse_bracketed(bracketed, Options(rules=frozenset(Rule) - {rule, Rule.REQUISITES})).elements


@pytest.mark.parametrize(
    "text",
    [
        "^" + "1" * 1_000_000,
        "^10" + "A" * 1_000_000,
        "(10)" + "\\(" * 500_000,
        "(" * 1_000_000,
        "https://x" + "/10/A" * 200_000,
        "https://x/01/" + "%" * 1_000_000,
        f"{URI}?" + "&" * 1_000_000,
        f"{URI}?" + "a=1&" * 250_000,
    ],
    ids=range(8),
)
def test_a_megabyte_takes_no_time(text: str) -> None:
    started = time.perf_counter()
    for parse in (parse_element_string, parse_bracketed, parse_uri):
        try:
            parse(text)
        except Gs1Refused:
            continue
    assert time.perf_counter() - started < 3
