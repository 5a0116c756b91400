"""Signals: which change of the odds is called what, and which looks it rests on."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime

from .hypotheses import odds
from .model import CodeHistory, Look, Signal, SignalKind
from .parameters import parameters
from .places import places
from .sources import key_of
from .state import MAX_NAMED, Contribution, State

LEAST_STRENGTH = 0.1
"""A tenth more in the odds is nothing to show to anybody."""

SECONDS_AN_HOUR = 3_600.0
HOURS_A_DAY = 24

Values = tuple[tuple[str, str], ...]


def signals(contributions: tuple[Contribution, ...]) -> tuple[Signal, ...]:
    """The strongest first; facts without weight last."""
    shown = [each for each in contributions if each.strength >= LEAST_STRENGTH or each.kind is SignalKind.BURST]
    shown.sort(key=lambda each: (-each.strength, each.kind.value))
    return tuple(Signal(each.kind, each.strength, each.look_ids, each.values) for each in shown)


def with_burst(state: State, look: Look) -> State:
    """Tells of many looks from one source in a day. It weighs nothing."""
    source = state.sources.get(key_of(look) or "")
    if source is None or source.count < parameters().burst.looks:
        return state
    return _with(state, SignalKind.BURST, 0.0, source.look_ids, (("looks", str(source.count)),))


def with_early(after: State, before: State, look: Look, history: CodeHistory) -> State:
    arrived_at = history.shipped_at if _is_before(look, history.shipped_at) else history.received_at
    hours = 0.0 if arrived_at is None else _hours(look.at, arrived_at)
    return _with(after, SignalKind.BEFORE_ARRIVAL, _added(before, after), (look.look_id,), (("hours", f"{hours:.0f}"),))


def with_late(after: State, before: State, look: Look, history: CodeHistory) -> State:
    since = history.sold_at or before.first_public_at or look.at
    days = _hours(since, look.at) / HOURS_A_DAY
    return _with(after, SignalKind.REFILL, _added(before, after), (look.look_id,), (("days", f"{days:.0f}"),))


def with_outlet(after: State, before: State, look: Look, history: CodeHistory) -> State:
    outlets = len(after.sites | ({history.site} - {None}))
    ids = (look.look_id,) if before.last is None or before.last.site is None else (before.last.look_id, look.look_id)
    kind = SignalKind.DIVERSION if _is_diverted(after) else SignalKind.TWO_OUTLETS
    values = _way(look, history) if kind is SignalKind.DIVERSION else (("outlets", str(outlets)),)
    return _with(after, kind, _added(before, after), ids, values)


def with_places(after: State, before: State, look: Look, history: CodeHistory) -> State:
    """Names what the place of `look`, or of the sale that came to be known with it, adds."""
    ids = (*(each.look_id for each in before.seen), look.look_id)
    kind, values = _kind_of_place(after, before, look, history)
    if kind is SignalKind.IMPOSSIBLE_TRAVEL and before.last is not None:
        ids = (before.last.look_id, look.look_id)
    elif kind in (SignalKind.DIVERSION, SignalKind.AFTER_SALE_ELSEWHERE, SignalKind.BEFORE_ARRIVAL):
        ids = (look.look_id,)
    return _with(after, kind, _added(before, after), ids, values)


def with_purchase(after: State, before: State, look: Look) -> State:
    """Names what it adds, beyond the place of the look, that somebody names the county of the shop."""
    added = _added(before, after)
    if len(after.bought_in) > 1:
        ids = dict.fromkeys((*(each.look_id for each in after.bought_in), look.look_id))
        return _with(after, SignalKind.TWO_PURCHASES, added, tuple(ids), (("places", str(len(after.bought_in))),))
    region = ("region", look.bought_in or look.region_code or "")
    return _with(after, SignalKind.BOUGHT_ELSEWHERE, added, (look.look_id,), (region,))


def _kind_of_place(after: State, before: State, look: Look, history: CodeHistory) -> tuple[SignalKind, Values]:
    place, expected = places().find(look.region_code), places().find(history.region_code)
    region = ("region", look.region_code or "")
    if before.last is not None and after.last is look:
        here = places().find(before.last.region_code)
        km = 0.0 if place is None or here is None else float(places().km[here, place])
        hours, errors = _hours(before.last.at, look.at), parameters().look
        if km > errors.speed_km_h * (hours + errors.slack_hours):
            return SignalKind.IMPOSSIBLE_TRAVEL, (("km", f"{km:.0f}"), ("minutes", f"{hours * 60:.0f}"))
    if place is not None and expected is not None and place != expected:
        if _is_diverted(after):
            return SignalKind.DIVERSION, _way(look, history)
        early_at = history.shipped_at if _is_before(look, history.shipped_at) else history.received_at
        if early_at is not None and look.at < early_at:
            return SignalKind.BEFORE_ARRIVAL, (("hours", f"{_hours(look.at, early_at):.0f}"),)
        if history.sold_at is not None and history.sold_at <= look.at:
            days = _hours(history.sold_at, look.at) / HOURS_A_DAY
            return SignalKind.AFTER_SALE_ELSEWHERE, (("days", f"{days:.0f}"), region)
    seen = {each.place for each in after.seen} | ({expected} - {None})
    return SignalKind.TOO_MANY_PLACES, (("places", str(len(seen))),)


def _way(look: Look, history: CodeHistory) -> Values:
    return ("region", look.region_code or ""), ("expected", history.region_code or "")


def _is_before(look: Look, at: datetime | None) -> bool:
    return at is not None and look.at < at


def _is_diverted(state: State) -> bool:
    """Whether a genuine pack in the wrong place explains the looks better than all other faults together."""
    copied, diverted = odds(state.ratios)
    return diverted > copied


def _added(before: State, after: State) -> float:
    """By how much the logarithm of the odds of any fault against one honest pack has grown."""
    return math.log(sum(odds(after.ratios)) / sum(odds(before.ratios)))


def _with(state: State, kind: SignalKind, strength: float, look_ids: tuple[str, ...], values: Values) -> State:
    """`state` with one more contribution, joined to an earlier one of its kind. What lowers the odds is no signal."""
    if strength <= 0 and kind is not SignalKind.BURST:
        return state
    others = tuple(each for each in state.contributions if each.kind is not kind)
    earlier = next((each for each in state.contributions if each.kind is kind), None)
    if earlier is not None:
        strength += earlier.strength
        look_ids = tuple(dict.fromkeys((*earlier.look_ids, *look_ids)))
    return replace(state, contributions=(*others, Contribution(kind, strength, look_ids[:MAX_NAMED], values)))


def _hours(start: datetime, stop: datetime) -> float:
    return (stop - start).total_seconds() / SECONDS_AN_HOUR
