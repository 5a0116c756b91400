"""Who looked: one person or shop that looks again is told from another one."""

from __future__ import annotations

from dataclasses import replace

from .model import Look
from .state import MAX_NAMED, MAX_SOURCES, Source, State

MAX_TOGETHER = 32
"""Looks at one microsecond that are weighed; more are counted only."""


def key_of(look: Look) -> str | None:
    """The source of a look as it is kept for the day; None where nothing tells it from others."""
    if look.site is not None:
        return f"site {look.site}"
    return None if look.device is None else f"device {look.device}"


def is_new(state: State, look: Look, place: int | None) -> bool:
    """Whether a look may weigh: it comes from a source that has not looked before.

    A device is known for its day, an outlet for good. Of looks that say nothing of their source, one in a place seen
    before may be a repeated one, and one without a place says nothing at all.
    """
    key = key_of(look)
    if key is None:
        return place is not None and all(place != each.place for each in state.seen)
    if look.site is not None and look.site in state.sites:
        return False
    today = state.sources if state.day == look.at.date() else {}
    return key not in today and len(today) < MAX_SOURCES


def recorded(state: State, look: Look, place: int | None) -> State:
    """The state that knows the source of `look`. Yesterday's are forgotten, as their pseudonyms are worth nothing."""
    today = dict(state.sources) if state.day == look.at.date() else {}
    key = key_of(look)
    if key is not None and (key in today or len(today) < MAX_SOURCES):
        before = today.get(key, Source(0, (), frozenset()))
        seen_from = before.places if place is None else before.places | {place}
        today[key] = Source(before.count + 1, (*before.look_ids, look.look_id)[:MAX_NAMED], seen_from)
    return replace(state, day=look.at.date(), sources=today)
