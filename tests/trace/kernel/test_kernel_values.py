"""Clock, identifiers, writing differences, decimals."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from suiyuan.trace.kernel.clock import CHINA, FixedClock, SystemClock, day_in_china
from suiyuan.trace.kernel.errors import InvalidInput
from suiyuan.trace.kernel.ids import derived_id, new_id, random_secret
from suiyuan.trace.kernel.normalise import half_width, registration_number, require_text
from suiyuan.trace.kernel.units import MAX_DIGITS, parse_decimal


def test_a_day_in_china_begins_at_sixteen_utc() -> None:
    assert day_in_china(datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)) == date(2026, 12, 31)
    assert day_in_china(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) == date(2027, 1, 1)
    assert datetime(2026, 1, 1, tzinfo=CHINA).utcoffset() == timedelta(hours=8)


def test_the_clocks_tell_aware_time() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.utcoffset() == timedelta(0)
    assert FixedClock(before).now() is before


def test_identifiers_are_version_7_and_in_order_of_time() -> None:
    earliest = time.time_ns() // 1_000_000
    made = [new_id() for _ in range(2_000)]
    latest = time.time_ns() // 1_000_000
    assert len(set(made)) == 2_000
    assert all(each.version == 7 and each.variant == uuid.RFC_4122 for each in made)
    moments = [each.int >> 80 for each in made]
    assert moments == sorted(moments)
    assert earliest <= moments[0] <= moments[-1] <= latest


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_derived_identifiers_differ_where_their_parts_do(left: list[str], right: list[str]) -> None:
    assert (derived_id("party", *left) == derived_id("party", *right)) == (left == right)


def test_derived_identifiers_are_length_prefixed_version_5_and_never_change() -> None:
    assert derived_id("a", "ab", "c") != derived_id("a", "a", "bc")
    assert derived_id("a", "1:x", "y") != derived_id("a", "1:x|1:y")
    assert derived_id("a", "b") != derived_id("ab")
    assert derived_id("party", "x") != derived_id("product", "x")
    assert derived_id("party", "91640100MA0000001").version == 5
    assert str(derived_id("party", "91640100MA0000001")) == "4fd0bd95-102d-5013-a3a8-db64f5bfd656"


def test_secrets_have_the_length_asked_for() -> None:
    assert len(random_secret(32)) == 32
    assert random_secret(32) != random_secret(32)


# ---------------------------------------------------------------------------------------------- writing


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E)))
def test_full_width_text_becomes_plain(plain: str) -> None:
    wide = "".join(chr(ord(each) + 0xFEE0) for each in plain)
    assert half_width(wide) == plain
    assert half_width(plain) == plain


@given(st.text())
def test_half_width_changes_nothing_twice(value: str) -> None:
    assert half_width(half_width(value)) == half_width(value)


@pytest.mark.parametrize("colon", [":", "：", "﹕", "︰"])
def test_all_colons_are_one(colon: str) -> None:
    assert half_width(f"a{colon}b") == "a:b"


@pytest.mark.parametrize(
    "written",
    [
        "兽药字(2019)300012345",
        "兽药字（2019）300012345",
        "兽药字〔2019〕300012345",
        " 兽药字 (2019)\u3000300012345\ufeff",
    ],
)
def test_one_number_in_all_its_spellings(written: str) -> None:
    assert registration_number(written) == "兽药字(2019)300012345"


def test_numbers_compare_in_upper_case() -> None:
    assert registration_number("pd 2008 1234") == "PD20081234"


def test_text_is_folded_and_bounded() -> None:
    assert require_text("  a \n\t b\u3000c ", "name", 5) == "a b c"
    assert require_text("", "name", 5) == ""
    assert require_text("12345", "name", 5) == "12345"
    for wrong, code in (("123456", "text.malformed"), ("a\x00", "text.malformed"), ("a\u200fb", "text.malformed")):
        with pytest.raises(InvalidInput) as refused:
            require_text(wrong, "name", 5)
        assert (refused.value.code, refused.value.field) == (code, "name")
    with pytest.raises(InvalidInput) as refused:
        require_text(" \n", "name", 5, required=True)
    assert refused.value.code == "text.missing"


@given(st.text(max_size=50))
def test_accepted_text_can_be_printed_on_one_line(value: str) -> None:
    try:
        taken = require_text(value, "name", 50)
    except InvalidInput:
        return
    assert taken.isprintable()
    assert taken == taken.strip()
    assert "  " not in taken


# ---------------------------------------------------------------------------------------------- decimals


@pytest.mark.parametrize("written", ["0", "10.0", "-3", "0.050", "007", " 1.5 ", "9" * MAX_DIGITS])
def test_decimals_keep_their_written_precision(written: str) -> None:
    assert str(parse_decimal(written, "measured")) == str(Decimal(written.strip()))


@pytest.mark.parametrize(
    "written",
    ["", " ", "1,5", "1.", ".5", "1e3", "+1", "NaN", "Infinity", "1_000", "--1", "0x10", "1.5.2", "٣", "1 5", "9" * 31],
)
def test_anything_else_is_no_decimal(written: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_decimal(written, "measured")
    assert (refused.value.code, refused.value.field) == ("number.malformed", "measured")
    assert len(str(refused.value.evidence["value"])) <= MAX_DIGITS


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_every_plain_decimal_comes_back_exactly(value: Decimal) -> None:
    written = f"{value:f}"
    assume(len(written) <= MAX_DIGITS)
    assert parse_decimal(written, "x") == value
