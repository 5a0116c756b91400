"""Layouts, forms and payloads, on codes seen on real labels and on generated ones."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.codes.model import LAYOUTS, Layout, Level, Place, Scheme, grouped, label_text, pack, unpack
from suiyuan.trace.codes.schemes import (
    has_check_digit,
    is_prefix,
    is_well_formed,
    parse_pesticide,
    parse_vet_drug,
    with_check_digit,
)
from suiyuan.trace.kernel.errors import InvalidInput
from suiyuan.trace.kernel.limits import MAX_BATCH_UNITS

NYZS_CODE = "11722252247250743408010974953971"
HYNY_CODE = "12308841005260627001000011857410"
VET_CODE = "202403150123456789012345"
GTIN = "06901234567892"
MINTED = sorted(LAYOUTS.items())


def place_of(layout: Layout) -> st.SearchStrategy[Place]:
    return st.builds(
        Place,
        serial=st.integers(0, 10**layout.serial_digits - 1),
        level=st.sampled_from(Level),
        index=st.integers(0, 10**layout.index_digits - 1),
    )


@pytest.mark.parametrize(
    ("scheme", "prefix", "enciphered", "whole"),
    [
        (Scheme.PESTICIDE, 11, 21, 32),
        (Scheme.SEED, 0, 20, 20),
        (Scheme.OWN, 0, 21, 22),
        (Scheme.GS1, 14, 20, 34),
    ],
)
def test_layouts_have_the_lengths_of_the_rules(scheme: Scheme, prefix: int, enciphered: int, whole: int) -> None:
    layout = LAYOUTS[scheme]
    assert (layout.prefix_length, layout.enciphered_digits, layout.code_length) == (prefix, enciphered, whole)
    assert 10**layout.index_digits >= MAX_BATCH_UNITS


def test_codes_of_the_national_system_are_not_minted() -> None:
    assert Scheme.VET_DRUG not in LAYOUTS


@pytest.mark.parametrize(("scheme", "layout"), MINTED)
def test_pack_writes_serial_level_index(scheme: Scheme, layout: Layout) -> None:
    value = pack(layout, Place(123_456_789, Level.PALLET, 42))
    assert str(value) == "123456789" + "2" + "42".zfill(layout.index_digits), scheme


@pytest.mark.parametrize("layout", LAYOUTS.values())
@given(data=st.data())
def test_unpack_undoes_pack(layout: Layout, data: st.DataObject) -> None:
    place = data.draw(place_of(layout))
    value = pack(layout, place)
    assert 0 <= value < 10**layout.enciphered_digits
    assert unpack(layout, value) == place


@pytest.mark.parametrize("layout", LAYOUTS.values())
@given(data=st.data())
def test_unpack_knows_three_levels_only(layout: Layout, data: st.DataObject) -> None:
    value = data.draw(st.integers(0, 10**layout.enciphered_digits - 1))
    level = int(str(value).zfill(layout.enciphered_digits)[layout.serial_digits])
    assert (unpack(layout, value) is None) == (level > 2)


@pytest.mark.parametrize("layout", LAYOUTS.values())
def test_pack_refuses_what_does_not_fit(layout: Layout) -> None:
    for place in (
        Place(10**layout.serial_digits, Level.UNIT, 0),
        Place(-1, Level.UNIT, 0),
        Place(0, Level.UNIT, 10**layout.index_digits),
        Place(0, Level.UNIT, -1),
    ):
        with pytest.raises(ValueError, match=r"does not fit|outside"):
            pack(layout, place)


def test_pesticide_parts_of_codes_seen_in_the_field() -> None:
    nyzs = parse_pesticide(NYZS_CODE)
    assert nyzs is not None
    assert (nyzs.registration_class, nyzs.registration_digits, nyzs.production_type) == ("1", "172225", "2")
    assert (nyzs.pack_code, nyzs.random_digits) == ("247", "250743408010974953971")
    hyny = parse_pesticide(HYNY_CODE)
    assert hyny is not None
    assert (hyny.registration_digits, hyny.production_type, hyny.pack_code) == ("230884", "1", "005")


@pytest.mark.parametrize(
    "code",
    [
        "",
        NYZS_CODE[:-1],
        NYZS_CODE + "0",
        "4" + NYZS_CODE[1:],
        "0" + NYZS_CODE[1:],
        NYZS_CODE[:7] + "4" + NYZS_CODE[8:],
        NYZS_CODE[:-1] + "x",
        NYZS_CODE + "\n",
        NYZS_CODE[:-1] + "١",
    ],
)
def test_pesticide_refuses_another_structure(code: str) -> None:
    assert parse_pesticide(code) is None
    assert not is_well_formed(Scheme.PESTICIDE, code)


def test_vet_drug_parts() -> None:
    parts = parse_vet_drug(VET_CODE)
    assert parts is not None
    assert parts.applied_on == date(2024, 3, 15)
    assert (parts.enterprise_digits, parts.random_digits) == ("01234", "56789012345")
    assert parse_vet_drug("20240229" + VET_CODE[8:]) is not None


@pytest.mark.parametrize("day", ["20230229", "20241301", "20240431", "20240100", "19991231", "21000101"])
def test_vet_drug_refuses_days_the_calendar_lacks(day: str) -> None:
    assert parse_vet_drug(day + VET_CODE[8:]) is None
    assert not is_well_formed(Scheme.VET_DRUG, day + VET_CODE[8:])


@pytest.mark.parametrize(
    ("code", "well_formed"),
    [
        ("1", True),
        ("AB12cd", True),
        ("64010412345678901234", True),
        ("640104123456789012345", False),
        ("ABC", False),
        ("", False),
        ("AB-12", False),
        ("种子12", False),
        ("AB１２", False),
    ],
)
def test_seed_codes_are_short_words_with_a_digit(code: str, well_formed: bool) -> None:
    assert is_well_formed(Scheme.SEED, code) is well_formed


@given(st.integers(0, 10**21 - 1), st.integers(0, 20), st.integers(1, 9))
def test_own_codes_catch_every_single_wrong_digit(number: int, position: int, shift: int) -> None:
    code = with_check_digit(f"{number:021d}")
    assert is_well_formed(Scheme.OWN, code)
    wrong = code[:position] + str((int(code[position]) + shift) % 10) + code[position + 1 :]
    assert not has_check_digit(wrong)
    assert not is_well_formed(Scheme.OWN, wrong)


@pytest.mark.parametrize(
    ("scheme", "prefix", "accepted"),
    [
        (Scheme.PESTICIDE, "11722252247", True),
        (Scheme.PESTICIDE, "41722252247", False),
        (Scheme.PESTICIDE, "11722254247", False),
        (Scheme.PESTICIDE, "1172225224", False),
        (Scheme.PESTICIDE, "", False),
        (Scheme.SEED, "", True),
        (Scheme.SEED, "1", False),
        (Scheme.OWN, "", True),
        (Scheme.VET_DRUG, "", False),
        (Scheme.GS1, GTIN, True),
        (Scheme.GS1, GTIN[:-1] + "3", False),
        (Scheme.GS1, GTIN[1:], False),
        (Scheme.GS1, " " + GTIN[1:], False),
        (Scheme.GS1, "٠" + GTIN[1:], False),
        (Scheme.GS1, "", False),
    ],
)
def test_prefixes(scheme: Scheme, prefix: str, accepted: bool) -> None:
    assert is_prefix(scheme, prefix) is accepted


@pytest.mark.parametrize(
    ("code", "well_formed"),
    [
        (GTIN + "1", True),
        (GTIN + "A-b/%(1)", True),
        (GTIN + "1" * 20, True),
        (GTIN, False),
        (GTIN + "1" * 21, False),
        (GTIN + "A B", False),
        (GTIN + "甲", False),
        (GTIN[:-1] + "31", False),
        ("", False),
    ],
)
def test_a_gtin_and_a_serial_number_of_twenty_characters(code: str, well_formed: bool) -> None:
    assert is_well_formed(Scheme.GS1, code) is well_formed


@pytest.mark.parametrize(
    ("code", "shown"),
    [("", ""), ("1234", "1234"), ("12345", "1234 5"), (NYZS_CODE, "1172 2252 2472 5074 3408 0109 7495 3971")],
)
def test_grouped(code: str, shown: str) -> None:
    assert grouped(code) == shown


def test_label_text_of_each_scheme() -> None:
    base = "https://suiyuan.example/"
    assert label_text(Scheme.PESTICIDE, NYZS_CODE, base) == f"https://suiyuan.example/c/{NYZS_CODE}"
    assert label_text(Scheme.OWN, "123", base) == "https://suiyuan.example/c/123"
    assert label_text(Scheme.VET_DRUG, VET_CODE, base) == VET_CODE
    assert label_text(Scheme.GS1, GTIN + "12", base) == f"https://suiyuan.example/01/{GTIN}/21/12"
    seed = label_text(Scheme.SEED, "AB12", base, variety_name="登海605", operator_name="某种业有限公司")
    assert seed == (
        "品种名称：登海605\n"
        "生产经营者名称：某种业有限公司\n"
        "单元识别代码：AB12\n"
        "追溯网址：https://suiyuan.example/c/AB12"
    )


@pytest.mark.parametrize("field", ["variety_name", "operator_name"])
@pytest.mark.parametrize(
    ("value", "error_code"),
    [
        ("a\nb", "label.line_break"),
        ("a\r\n", "label.line_break"),
        ("a\u2028b", "label.line_break"),
        ("", "label.missing"),
        (" ", "label.missing"),
    ],
)
def test_seed_label_refuses_items_that_shift_the_lines(field: str, value: str, error_code: str) -> None:
    names = {"variety_name": "登海605", "operator_name": "某种业有限公司", field: value}
    with pytest.raises(InvalidInput) as refusal:
        label_text(Scheme.SEED, "AB12", "https://suiyuan.example", **names)
    assert (refusal.value.code, refusal.value.field) == (error_code, field)


@given(st.text(max_size=60), st.text(max_size=60))
def test_seed_label_has_four_lines_or_is_refused(variety_name: str, operator_name: str) -> None:
    try:
        text = label_text(Scheme.SEED, "AB12", "https://h", variety_name=variety_name, operator_name=operator_name)
    except InvalidInput as refusal:
        assert re.fullmatch(r"label\.(missing|line_break)", refusal.code)
    else:
        assert len(text.splitlines()) == 4
        assert text.splitlines()[2] == "单元识别代码：AB12"
