"""One look at a time: how likely it is of one genuine pack, how likely of each fault, and what that comes to.

    looks ──update──> state ──assess──> verdict, odds, signals

Each look that may weigh multiplies, for each fault, the odds by P(look | fault) / P(look | one genuine pack). A second
look by the same person or shop is a fact and multiplies by one. The verdict compares the posterior odds with the costs.
Why a genuine pack is rarely called suspect: docs/decisions/0016-likelihood-of-copies.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from . import naming, sources
from .answers import Answer, answer_of, of_honest
from .hypotheses import (
    DIVERTED,
    FAULTS,
    HONEST,
    PRIORS,
    REFILLED,
    Likelihoods,
    answer_likelihoods,
    constant,
    odds,
    outlet_likelihoods,
    place_likelihoods,
)
from .model import UNKNOWN_HISTORY, Assessment, CodeHistory, Look, Suspicion
from .pack import PackBelief, advance, begin, bought, joined, look_at, sell, shop_named
from .parameters import parameters
from .places import places
from .state import NOTHING_SEEN, SeenPlace, State

SECONDS_A_DAY = 86_400.0


def evaluate(looks: Iterable[Look], history: CodeHistory = UNKNOWN_HISTORY) -> Assessment:
    """The assessment of a code from all its looks, in any order."""
    return assess(replay(looks, history))


def replay(looks: Iterable[Look], history: CodeHistory = UNKNOWN_HISTORY) -> State:
    """The state after all `looks`: what a caller needs whose custody record has changed, or a look came late."""
    state = NOTHING_SEEN
    for look in sorted(looks, key=lambda each: (each.at, each.look_id)):
        state = update(state, look, history)
    return state


def update(state: State, look: Look, history: CodeHistory = UNKNOWN_HISTORY) -> State:
    """The state after one more look; what `replay` of all looks gives, as long as `history` stays the same.

    Looks at one instant may come in any order. Raises ValueError for a look before the last instant, which needs
    `replay`: a programming error.
    """
    if state.at is not None and look.at < state.at:
        raise ValueError(f"look {look.look_id} is earlier than the state; replay")
    if state.before is not None and look.at == state.at:
        before, together = state.before, tuple(sorted((*state.together, look), key=lambda each: each.look_id))
    else:
        before, together = replace(state, before=None, together=()), (look,)
    after = before
    for each in together[: sources.MAX_TOGETHER]:
        after = _step(after, each, history)
    looks, together = state.looks + 1, together[: sources.MAX_TOGETHER]
    askable = look.site is None and sources.is_new(state, look, places().find(look.region_code))
    return replace(after, at=look.at, looks=looks, before=before, together=together, is_askable=askable)


def assess(state: State) -> Assessment:
    """What a state comes to."""
    decision = parameters().decision
    copied, diverted = odds(state.ratios)
    copied_odds, irregular_odds = copied / (HONEST + diverted), (copied + diverted) / HONEST
    suspicion = Suspicion.NONE
    if copied_odds >= decision.suspect_odds:
        suspicion = Suspicion.SUSPECT
    elif irregular_odds >= decision.watch_odds:
        suspicion = Suspicion.WATCH
    return Assessment(
        suspicion, copied_odds, irregular_odds, naming.signals(state.contributions), state.looks, state.placed
    )


def asks(state: State) -> bool:
    """Whether the page that answers the look told last should ask where the pack is from.

    It asks at lower odds than a regulator is told at: a question costs little, and its answer says most while the odds
    are open. An outlet is not asked, nor a device a second time in a day.
    """
    copied, diverted = odds(state.ratios)
    return state.is_askable and (copied + diverted) / HONEST >= parameters().decision.ask_odds


def _step(state: State, look: Look, history: CodeHistory) -> State:
    place = places().find(look.region_code)
    weighs = sources.is_new(state, look, place)
    state = naming.with_burst(sources.recorded(state, look, place), look)
    if not weighs:
        return state
    state = _sale(state, look, history)
    state = _time(state, look, history)
    state = _place(state, look, history, place)
    if look.site is None and state.first_public_at is None:
        state = replace(state, first_public_at=look.at)
    return state


def _sale(state: State, look: Look, history: CodeHistory) -> State:
    """The sale is recorded in one place: how does that fit where the pack was believed to be?"""
    if state.is_sale_counted or history.sold_at is None or history.sold_at > look.at:
        return state
    pack, pack_at = _pack(state, history)
    sold_at = history.sold_at if pack_at is None else max(history.sold_at, pack_at)
    pack = advance(pack, 0.0 if pack_at is None else _days(pack_at, sold_at))
    pack, genuine = sell(pack)
    away = parameters().pack.carried_home
    copied = math.log((1 - away + away * parameters().pack.late_record) / genuine)
    diverted = math.log(parameters().copies.diverted_record / genuine)
    ratios = _plus(state, constant(diverted=diverted, copied=copied))
    after = replace(state, pack=pack, pack_at=sold_at, is_sale_counted=True, ratios=ratios)
    return naming.with_places(after, state, look, history)


def _time(state: State, look: Look, history: CodeHistory) -> State:
    """Looks before the goods were there, and in another season than the sale: each counts once."""
    pack, copies = parameters().pack, parameters().copies
    if look.site is None and not state.is_early_counted and _is_early(look, history):
        if history.shipped_at is not None and look.at < history.shipped_at:
            added = constant(copied=math.log(copies.before_shipping / pack.before_shipping))
        else:
            ratio = math.log(copies.before_arrival / pack.before_arrival)
            added = constant(diverted=ratio, copied=ratio)
        after = replace(state, is_early_counted=True, ratios=_plus(state, added))
        return naming.with_early(after, state, look, history)
    if not state.is_late_counted and _is_late(state, look, history):
        added = constant(refilled=math.log(copies.late_look / pack.late_look))
        after = replace(state, is_late_counted=True, ratios=_plus(state, added))
        return naming.with_late(after, state, look, history)
    return state


def _place(state: State, look: Look, history: CodeHistory, place: int | None) -> State:
    """Where the look is: the pack moves on, and every fault says how likely the place is, and that there is a look."""
    added, answer = _another(state, look, place), answer_of(look, place, tuple(each.place for each in state.bought_in))
    if place is None:
        ratios = _plus(state, added)
        after = replace(state, ratios=ratios, counted=state.counted + 1, unplaced=state.unplaced + 1)
        if answer is None or answer.bought is None:
            return after
        return _named(after, look, history, answer, answer.bought)
    days = None if state.last is None else _days(state.last.at, look.at)
    expected = places().find(history.region_code)
    last_place = None if state.last is None else places().find(state.last.region_code)
    seen = tuple(each.place for each in state.seen)
    is_new_outlet = _is_new_outlet(state, look, history)
    believed: PackBelief | None = None
    weight = float(places().weights[place])
    faulty = [weight] * len(PRIORS) if is_new_outlet else place_likelihoods(place, seen, expected, last_place, days)
    pack, pack_at = state.pack, state.pack_at
    if _is_early(look, history) and expected is not None:
        away = parameters().pack.on_the_way_elsewhere
        genuine = (1 - away) * (place == expected) + away * weight
    else:
        pack, pack_at = _pack(state, history)
        pack = advance(pack, 0.0 if pack_at is None else _days(pack_at, look.at))
        pack_at = look.at
        if is_new_outlet:
            pack, genuine = joined(pack, place)
        else:
            believed = pack = pack if look.site is not None else bought(pack)
            pack, genuine = look_at(pack, place, days, look.site is not None)
    outlet = _outlet(state, look, history, is_new_outlet)
    added = [
        more + math.log(likelihood / genuine) + other
        for more, likelihood, other in zip(added, faulty, outlet, strict=True)
    ]
    if not state.is_late_counted:
        added[REFILLED] = 0.0
    after = replace(
        state,
        pack=pack,
        pack_at=pack_at,
        placed=state.placed + 1,
        counted=state.counted + 1,
        ratios=_plus(state, added),
        seen=state.seen if place in seen else (*state.seen, SeenPlace(place, look.look_id)),
        sites=state.sites if look.site is None else state.sites | {look.site},
        last=look,
    )
    if is_new_outlet:
        return naming.with_outlet(after, state, look, history)
    after = naming.with_places(after, state, look, history)
    if answer is None:
        return after
    faulty = answer_likelihoods(answer, faulty)
    if believed is None:
        # Nobody knows how a pack on its way can be bought: the shop's county and the one of the look are as likely.
        named, shop = of_honest(answer), place if expected is None else expected
        return _answered(after, look, answer, after.pack, float(named[shop] + named[place]) / 2, faulty)
    pack, both = look_at(believed, place, days, False, answer)
    return _answered(after, look, answer, pack, both / genuine, faulty)


def _named(state: State, look: Look, history: CodeHistory, answer: Answer, named: int) -> State:
    """Somebody whose place is not known names the county of the shop: as a look there, but the pack may have moved."""
    pack, pack_at = _pack(state, history)
    if not _is_early(look, history):
        pack, pack_at = advance(pack, 0.0 if pack_at is None else _days(pack_at, look.at)), look.at
    pack, genuine = shop_named(pack, answer)
    seen, expected = tuple(each.place for each in state.seen), places().find(history.region_code)
    faulty = answer_likelihoods(answer, place_likelihoods(named, seen, expected, None, None))
    after = _answered(replace(state, pack_at=pack_at), look, answer, pack, genuine, faulty)
    if named in seen:
        return after
    return replace(after, seen=(*after.seen, SeenPlace(named, look.look_id)))


def _answered(
    state: State, look: Look, answer: Answer, pack: PackBelief | None, genuine: float, faulty: Likelihoods
) -> State:
    """What the person says. `genuine`: its likelihood of one genuine pack, given the look; `pack`: the belief after."""
    added = [math.log(each / genuine) for each in faulty]
    if not state.is_late_counted:
        added[REFILLED] = 0.0
    after = replace(state, pack=pack, ratios=_plus(state, added))
    if answer.bought is None:
        return after
    if answer.bought not in answer.before:
        after = replace(after, bought_in=(*after.bought_in, SeenPlace(answer.bought, look.look_id)))
    return naming.with_purchase(after, state, look)


def _another(state: State, look: Look, place: int | None) -> Likelihoods:
    """Logarithms: that there is one more look, which several packs with one code make likelier."""
    limit = parameters().pack.unplaced_looks
    if not state.counted or look.site is not None or (place is None and state.unplaced >= limit):
        return constant()
    genuine = parameters().pack.another_look
    return [math.log(fault.more / genuine) for fault in FAULTS]


def _outlet(state: State, look: Look, history: CodeHistory, is_new: bool) -> Likelihoods:
    """Logarithms: an outlet looks that no record names, or one that a record or an earlier look names."""
    known = len(state.sites | ({history.site} - {None}))
    if look.site is None or not known:
        return constant()
    genuine = parameters().look.second_outlet
    faulty = outlet_likelihoods(known)
    if not state.sites:
        faulty[DIVERTED] = parameters().copies.second_outlet
    if is_new:
        return [math.log(each / genuine) for each in faulty]
    return [math.log((1 - each) / (1 - genuine)) for each in faulty]


def _plus(state: State, added: Likelihoods) -> tuple[float, ...]:
    return tuple(ratio + more for ratio, more in zip(state.ratios, added, strict=True))


def _is_new_outlet(state: State, look: Look, history: CodeHistory) -> bool:
    known = state.sites | ({history.site} - {None})
    return look.site is not None and bool(known) and look.site not in known


def _is_early(look: Look, history: CodeHistory) -> bool:
    return (history.shipped_at is not None and look.at < history.shipped_at) or (
        history.received_at is not None and look.at < history.received_at
    )


def _is_late(state: State, look: Look, history: CodeHistory) -> bool:
    since = history.sold_at or state.first_public_at
    return since is not None and _days(since, look.at) > parameters().pack.late_days


def _pack(state: State, history: CodeHistory) -> tuple[PackBelief, datetime | None]:
    if state.pack is not None:
        return state.pack, state.pack_at
    return begin(places().find(history.region_code)), history.received_at


def _days(start: datetime, stop: datetime) -> float:
    return (stop - start).total_seconds() / SECONDS_A_DAY
