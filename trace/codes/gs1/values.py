"""Is this a value of that identifier: its length, its characters, the linters of each component."""

from __future__ import annotations

from .findings import PrefixLookup
from .linters import CHARSET_LINTERS, lint
from .message import FNC1
from .reasons import Gs1Refused, Reason
from .table import ApplicationIdentifier, Component


def check_outline(entry: ApplicationIdentifier, value: str) -> None:
    """Length, and no separator in it: asked of all elements before any linter runs, since it explains more."""
    if not value:
        raise Gs1Refused(Reason.VALUE_EMPTY, ai=entry.ai)
    if len(value) < entry.least:
        raise Gs1Refused(Reason.VALUE_TOO_SHORT, ai=entry.ai, value=value)
    if len(value) > entry.most:
        raise Gs1Refused(Reason.VALUE_TOO_LONG, ai=entry.ai, value=value)
    if FNC1 in value:
        raise Gs1Refused(Reason.VALUE_HAS_FNC1, ai=entry.ai, value=value)


def check_components(entry: ApplicationIdentifier, text: str, lookup: PrefixLookup) -> int:
    """Runs the linters over the components that `text` begins with; returns how many characters they take up.

    Each component takes as many characters as it may hold. Raises Gs1Refused with the first linter's reason.
    """
    if not text:
        raise Gs1Refused(Reason.VALUE_EMPTY, ai=entry.ai)
    at = 0
    for component in entry.components:
        piece = text[at : at + component.most]
        if component.optional and not piece:
            continue
        if len(piece) < component.least:
            raise Gs1Refused(Reason.VALUE_TOO_SHORT, ai=entry.ai, value=text)
        _check_component(entry.ai, component, piece, lookup)
        at += len(piece)
    return at


def _check_component(ai: str, component: Component, piece: str, lookup: PrefixLookup) -> None:
    for name in (CHARSET_LINTERS[component.charset], *component.linters):
        found = lint(name, piece, lookup)
        if found:
            raise Gs1Refused(found.reason, ai=ai, value=piece, detail=found.highlight(piece))
