"""Whatever is thrown at a reader, it answers with a message or Gs1Refused, and a message can be written again."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.codes.gs1 import (
    LENIENT,
    STANDARD,
    Gs1Message,
    Gs1Refused,
    Options,
    build_uri,
    canonical_uri,
    gtin_link,
    parse_bracketed,
    parse_element_string,
    parse_uri,
    read_gtin_link,
)
from suiyuan.trace.codes.gs1.table import table

ANYTHING = Options(True, True, True, True)
ais = st.sampled_from(sorted(table())) | st.text("0123456789", max_size=5)
values = st.text("0123456789", max_size=20) | st.text("AZaz09-/()\\^%+&?=#. \x1d甲", max_size=20) | st.text(max_size=10)
honest = st.sampled_from([("01", "06901234567892"), ("10", "A/1"), ("21", "7"), ("17", "271231"), ("240", "x")])
pairs = st.lists(honest | st.tuples(ais, values), max_size=5)
options = st.sampled_from([STANDARD, LENIENT, ANYTHING])
prefixes = st.sampled_from(["", "https://x", "http://a/", "urn:epc:id:sgtin:", "urn:epc:idpat:", "^", "(", "]d2"])
junk = st.builds(str.__add__, prefixes, st.text(max_size=60))


def attempt(parse: Callable[[], Gs1Message]) -> Gs1Message | None:
    try:
        return parse()
    except Gs1Refused:
        return None


@given(pairs, options)
def test_element_strings(given_pairs: list[tuple[str, str]], chosen: Options) -> None:
    text = "^" + "^".join(ai + value for ai, value in given_pairs)
    message = attempt(lambda: parse_element_string(text, chosen))
    if message:
        assert parse_element_string(message.element_string, chosen).elements == message.elements


@given(pairs, options)
def test_brackets(given_pairs: list[tuple[str, str]], chosen: Options) -> None:
    message = attempt(lambda: parse_bracketed("".join(f"({ai}){value}" for ai, value in given_pairs), chosen))
    if message and chosen.check_values:
        assert parse_bracketed(message.bracketed, chosen).elements == message.elements


@given(pairs, pairs, options)
def test_uris(path: list[tuple[str, str]], query: list[tuple[str, str]], chosen: Options) -> None:
    text = "https://x.example" + "".join(f"/{ai}/{value}" for ai, value in path)
    text += "?" + "&".join(f"{ai}={value}" for ai, value in query)
    message = attempt(lambda: parse_uri(text, chosen))
    if message and chosen.check_values:
        rebuilt = parse_uri(build_uri(message.stem, message, chosen), chosen)
        assert sorted(rebuilt.elements) == sorted(message.elements)


@given(junk | st.text("/01%?=&#.:*urnepcidsgtin69", max_size=80), options)
def test_junk(text: str, chosen: Options) -> None:
    for parse in (parse_element_string, parse_bracketed, parse_uri):
        attempt(lambda parse=parse: parse(text, chosen))
    for read in (canonical_uri, read_gtin_link):
        try:
            read(text)
        except Gs1Refused as refused:
            assert refused.code.startswith("gs1.")


@given(st.text(max_size=20), st.text(max_size=15), st.none() | st.text(max_size=25), st.none() | st.text(max_size=25))
def test_links(base: str, gtin: str, batch: str | None, serial: str | None) -> None:
    try:
        link = gtin_link(base, gtin, batch, serial)
    except Gs1Refused:
        return
    assert read_gtin_link(link)[1:] == (batch, serial)
