"""Digital Links with a GTIN in whatever text they stand in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.codes.gs1 import GtinLink, Reason, find_gtin_links, gtin_link
from suiyuan.trace.codes.gs1.charsets import CSET82_ORDERED
from suiyuan.trace.codes.gs1.gtin_link import MAX_LINKS

GTIN = "06901234567892"
LINK = f"https://a.example/01/{GTIN}/10/A-7/21/9"
values = st.text(CSET82_ORDERED, min_size=1, max_size=20).filter(lambda value: value.strip("."))


@given(values, values, st.sampled_from(["", "https://a.example", "http://a.example:8000/s/t", "a.example", "/x"]))
def test_every_link_is_found_on_any_stem(batch: str, serial: str, stem: str) -> None:
    link = gtin_link("https://host", GTIN, batch, serial).removeprefix("https://host")
    (found,) = find_gtin_links(stem + link)
    assert (found.text, found.link, found.refusal) == (stem + link, GtinLink(GTIN, batch, serial), None)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (f"请看{LINK}。", LINK),
        (f"({LINK})", LINK),
        (f"一,二,{LINK},三", f"{LINK},三"),
        (f"追溯网址:{LINK}\n", f":{LINK}"),
        (f"见 {LINK}; 或来电", LINK),
    ],
)
def test_only_the_link_itself_is_taken_out_of_its_text(text: str, part: str) -> None:
    (found,) = find_gtin_links(text)
    assert found.text == part


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        (LINK, ""),
        (f"{LINK}?17=281101&lang=en&240=1", "lang=en"),
        (f"{LINK}?c=1&s=2#x", "c=1 s=2"),
    ],
)
def test_what_is_not_gs1s_in_the_query_is_told(text: str, beside: str) -> None:
    (found,) = find_gtin_links(text)
    assert found.beside == beside


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"https://a.example/01/{GTIN[:-1]}3", Reason.INCORRECT_CHECK_DIGIT),
        (f"https://a.example/01/{GTIN}/21/", Reason.VALUE_EMPTY),
        (f"https://a.example/01/{GTIN}/10/{'7' * 21}", Reason.VALUE_TOO_LONG),
        (f"https://a.example/01/{GTIN}/99/A", Reason.KEY_SEQUENCE),
        (f"https://a.example/01/{GTIN}?12345=1", Reason.UNKNOWN_AI),
    ],
)
def test_a_link_that_is_not_as_it_should_be_comes_with_the_refusal(text: str, reason: Reason) -> None:
    (found,) = find_gtin_links(text)
    assert found.link is None
    assert found.refusal is not None
    assert found.refusal.reason is reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/01/",
        "https://a.example/c/01",
        f"https://a.example/1/{GTIN}/21/9",
        f"https://a.example/01/{GTIN}5/21/9",
        f"https://a.example/01/{GTIN[5:]}/21/9",
        f"https://a.example/01/{GTIN}/index.html",
        f"https://a.example/01/{GTIN}/00/106141412345678908",
        "https://news.example/01/20260106",
    ],
)
def test_other_paths_are_no_links(text: str) -> None:
    assert find_gtin_links(text) == []


def test_no_more_than_a_few_are_looked_at() -> None:
    assert len(find_gtin_links(f"{LINK} " * 100)) == MAX_LINKS


@given(
    st.one_of(
        st.text(), st.lists(st.sampled_from(["/01/", GTIN, "/21/", "?", "&", "=", "%", "#", " ", "甲"])).map("".join)
    )
)
def test_no_text_breaks_the_search(text: str) -> None:
    for found in find_gtin_links(text):
        assert found.text in text
        assert (found.link is None) != (found.refusal is None)
