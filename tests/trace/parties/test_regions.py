"""Divisions: all of Ningxia's, the provinces of the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.kernel.errors import InvalidInput
from suiyuan.trace.parties.regions import REGIONS, region_name, require_region


def test_ningxia_has_five_cities_and_twenty_two_counties() -> None:
    within = [code for code in REGIONS if code.startswith("64") and code != "640000"]
    cities = {code for code in within if code.endswith("00")}
    assert len(within) == 27
    assert len(cities) == 5
    assert {code[:4] for code in within} == {code[:4] for code in cities}
    assert len({chinese for chinese, _ in REGIONS.values()}) == len(REGIONS)


def test_there_are_thirty_four_provinces() -> None:
    assert sum(code.endswith("0000") for code in REGIONS) == 34


@pytest.mark.parametrize(
    ("code", "chinese", "english"),
    [
        ("640000", "宁夏回族自治区", "Ningxia"),
        ("640100", "银川市", "Yinchuan"),
        ("640221", "石嘴山市平罗县", "Pingluo, Shizuishan"),
        ("640181", "银川市灵武市", "Lingwu, Yinchuan"),
        ("110000", "北京市", "Beijing"),
        ("320102", "江苏省", "Jiangsu"),
        ("150000", "内蒙古自治区", "Inner Mongolia"),
        ("000000", "000000", "000000"),
    ],
)
def test_a_place_is_named_as_people_say_it(code: str, chinese: str, english: str) -> None:
    assert (region_name(code, "zh"), region_name(code, "en")) == (chinese, english)


@given(code=st.from_regex(r"[0-9]{6}", fullmatch=True))
def test_a_code_is_taken_exactly_where_it_can_be_named(code: str) -> None:
    possible = code in REGIONS if code.startswith("64") else f"{code[:2]}0000" in REGIONS
    if possible:
        assert require_region(code) == code
        assert region_name(code, "zh") != code
    else:
        with pytest.raises(InvalidInput):
            require_region(code)
