"""Readers of element strings: as a symbol carries them, and in brackets as people write them.

Source: GS1 General Specifications 7.8 (processing of data from a GS1 symbology using GS1 application identifiers).
"""

from __future__ import annotations

from .associations import check_associations
from .message import FNC1, MAX_ELEMENTS, STANDARD, Element, Gs1Message, Options, entry_of
from .reasons import Gs1Refused, Reason
from .table import ApplicationIdentifier, find, find_at
from .values import check_components, check_outline

GROUP_SEPARATOR = "\x1d"
"""What a scanner sends for FNC1 behind the first position."""

SYMBOLOGY_IDENTIFIERS = ("]C1", "]e0", "]d2", "]Q3", "]J1")
"""What a scanner sends for FNC1 in first position: GS1-128, DataBar, DataMatrix, QR, DotCode. Source: ISO/IEC 15424."""


def parse_element_string(text: str, options: Options = STANDARD) -> Gs1Message:
    """Reads `^01…10…^21…`, or what a scanner sends for it. `^` is FNC1 and must come first.

    Raises Gs1Refused.
    """
    text = _with_fnc1(text)
    if not text.startswith(FNC1):
        raise Gs1Refused(Reason.FNC1_MISSING, value=text)
    elements: list[Element] = []
    at = len(FNC1)
    while at < len(text):
        element, at = _element_at(text, at, options)
        elements.append(element)
        _check_count(elements)
    return _finished(elements, options)


def _with_fnc1(text: str) -> str:
    if text.startswith(SYMBOLOGY_IDENTIFIERS):
        text = FNC1 + text[3:]
    return text.replace(GROUP_SEPARATOR, FNC1)


def _element_at(text: str, at: int, options: Options) -> tuple[Element, int]:
    """The element that begins at `at`, and where the next one begins."""
    entry = find_at(text, at, permit_unknown=options.permit_unknown_ais)
    if entry is None:
        raise Gs1Refused(Reason.UNKNOWN_AI, ai=text[at : at + 4], value=text[at : at + 20])
    start = at + len(entry.ai)
    # No value is longer than entry.most: looking no further keeps the whole linear.
    separator = text.find(FNC1, start, start + entry.most + 1)
    window = text[start : separator if separator >= 0 else start + entry.most + 1]
    end = start + check_components(entry, window, options.prefix_lookup)
    if end < len(text) and text[end] == FNC1:
        return Element(entry.ai, text[start:end]), end + len(FNC1)
    if not entry.predefined and end < len(text):
        raise Gs1Refused(Reason.VALUE_TOO_LONG, ai=entry.ai, value=window)
    return Element(entry.ai, text[start:end]), end


def parse_bracketed(text: str, options: Options = STANDARD) -> Gs1Message:
    """Reads `(01)…(10)…`; an opening bracket within a value is written with a backslash before it.

    Raises Gs1Refused.
    """
    elements: list[Element] = []
    at = 0
    while at < len(text):
        close = text.find(")", at, at + 7)
        if text[at] != "(" or close < 0:
            raise Gs1Refused(Reason.BRACKETS, value=text[at:])
        entry = _known(text[at + 1 : close], options)
        value, at = _bracketed_value(text, close + 1)
        check_outline(entry, value)
        elements.append(Element(entry.ai, value))
        _check_count(elements)
    check_values(elements, options)
    return _finished(elements, options)


def _known(ai: str, options: Options) -> ApplicationIdentifier:
    entry = find(ai, permit_unknown=options.permit_unknown_ais)
    if entry is None:
        raise Gs1Refused(Reason.UNKNOWN_AI, ai=ai)
    return entry


def _bracketed_value(text: str, start: int) -> tuple[str, int]:
    """The value from `start`, its brackets unescaped, and where the next identifier begins."""
    end = text.find("(", start)
    while end > start and text[end - 1] == "\\":
        end = text.find("(", end + 1)
    end = end if end >= 0 else len(text)
    return text[start:end].replace("\\(", "("), end


def check_values(elements: list[Element], options: Options) -> None:
    """Runs the linters over every value, if the options ask for it."""
    if options.check_values:
        for ai, value in elements:
            check_components(entry_of(ai), value, options.prefix_lookup)


def checked(elements: list[Element], options: Options = STANDARD) -> Gs1Message:
    """A message of elements from elsewhere than a reader, checked as if one had read them. Raises Gs1Refused."""
    for ai, value in elements:
        check_outline(_known(ai, options), value)
    _check_count(elements)
    check_values(elements, options)
    return _finished(elements, options)


def _check_count(elements: list[Element]) -> None:
    if len(elements) > MAX_ELEMENTS:
        raise Gs1Refused(Reason.TOO_MANY_ELEMENTS, detail=str(MAX_ELEMENTS))


def _finished(elements: list[Element], options: Options) -> Gs1Message:
    if not elements:
        raise Gs1Refused(Reason.EMPTY)
    message = Gs1Message(tuple(elements))
    check_associations(message.elements, options.rules)
    return message
