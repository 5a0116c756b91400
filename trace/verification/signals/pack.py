"""Where one genuine pack is, as a probability of every place, and how likely it makes a look.

    on the shelf ──a sale──> bought, not home yet ──> at home ──> sold on, lent, taken along

A look shows the place of the pack, or the next county by a wrong position, or it is a stray: someone who looked from
afar at a photograph, a network's gateway. One that strayed is likely to do so again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from .parameters import parameters
from .places import Vector, places

HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True, eq=False)
class PackBelief:
    """`shelf` + `fresh` + the sum of `home` is 1. `shop`: the place of the expected outlet, None if custody names none.

    `stray` (n,): by place, how many looks so far are believed to have been strays; `recent` (n,): the same, fading.
    """

    shop: int | None
    shelf: float
    fresh: float
    home: Vector
    stray: Vector
    recent: Vector

    @property
    def at_shop(self) -> float:
        return 0.0 if self.shop is None else self.shelf + self.fresh + float(self.home[self.shop])

    def by_place(self) -> Vector:
        """Probability of every place (n,)."""
        found = self.home.copy()
        if self.shop is not None:
            found[self.shop] += self.shelf + self.fresh
        return found


def begin(shop: int | None) -> PackBelief:
    """On the shelf of the expected outlet; anywhere, if custody is wrong or names none."""
    table, wrong = places(), parameters().pack.expected_wrong
    nowhere = np.zeros_like(table.weights)
    if shop is None:
        return PackBelief(None, 0.0, 0.0, table.weights, nowhere, nowhere)
    return PackBelief(shop, 1 - wrong, 0.0, wrong * table.weights, nowhere, nowhere)


def advance(belief: PackBelief, days: float) -> PackBelief:
    """What may have happened in `days` without a look: unrecorded sales, ways home, moves; none faster than a car."""
    if days <= 0:
        return belief
    table, pack, errors = places(), parameters().pack, parameters().look
    reach_km = errors.speed_km_h * (days * HOURS_A_DAY + errors.slack_hours)
    moved = belief.home * -math.expm1(-pack.moves_per_day * days)
    home = belief.home - moved + _spread(moved, table.move, table.km, reach_km)
    recent = belief.recent * math.exp(-days / errors.again_days)
    if belief.shop is None:
        return replace(belief, home=home, recent=recent)
    sold = belief.shelf * -math.expm1(-pack.unrecorded_sale_per_day * days)
    going = (belief.fresh + sold) * -math.expm1(-pack.going_home_per_day * days)
    home[belief.shop] += going * (1 - pack.carried_home)
    carried = np.zeros_like(home)
    carried[belief.shop] = going * pack.carried_home
    home += _spread(carried, table.home, table.km, reach_km)
    return replace(belief, shelf=belief.shelf - sold, fresh=belief.fresh + sold - going, home=home, recent=recent)


def _spread(mass: Vector, kernel: Vector, km: Vector, reach_km: float) -> Vector:
    """`mass` (n,) after one move each; what cannot have got so far stays."""
    if reach_km >= places().widest_km:
        return mass @ kernel
    allowed = kernel * (km <= reach_km)
    return mass @ allowed + mass * (1 - allowed.sum(axis=1))


def sell(belief: PackBelief) -> tuple[PackBelief, float]:
    """The outlet records the sale: the belief after it, and how likely the record was, given the belief before.

    A pack that is believed elsewhere may have been recorded late.
    """
    shop = belief.shop
    if shop is None:
        return belief, 1.0
    late = parameters().pack.late_record
    at_shop = belief.at_shop
    likelihood = at_shop + (1 - at_shop) * late
    home = belief.home * (late / likelihood)
    home[shop] = 0.0
    return replace(belief, shelf=0.0, fresh=at_shop / likelihood, home=home), likelihood


def bought(belief: PackBelief) -> PackBelief:
    """Somebody who is no outlet is about to look: perhaps the buyer."""
    sold = belief.shelf * parameters().pack.sold_at_a_look
    return replace(belief, shelf=belief.shelf - sold, fresh=belief.fresh + sold)


def look_at(belief: PackBelief, place: int, days: float | None, by_outlet: bool) -> tuple[PackBelief, float]:
    """A look in `place`, `days` after the look before (None: the first): the belief after it, and its likelihood."""
    table, errors = places(), parameters().look
    border = 0.0 if by_outlet else errors.border
    seen_from = border * table.border[:, place]
    seen_from[place] += 1 - border
    home = belief.home * seen_from
    at_shop = 0.0 if belief.shop is None else float(seen_from[belief.shop])
    shelf, fresh = belief.shelf * at_shop, belief.fresh * at_shop
    from_pack = shelf + fresh + float(home.sum())
    share, strayed = _stray(belief, place, days, by_outlet)
    likelihood = (1 - share) * from_pack + strayed
    is_stray = strayed / likelihood
    by_pack = (1 - is_stray) / from_pack if from_pack > 0 else 0.0
    stray, recent = belief.stray.copy(), belief.recent.copy()
    stray[place] += is_stray
    recent[place] += is_stray
    after = PackBelief(
        belief.shop,
        shelf * by_pack + belief.shelf * is_stray,
        fresh * by_pack + belief.fresh * is_stray,
        home * by_pack + belief.home * is_stray,
        stray,
        recent,
    )
    return after, likelihood


def _stray(belief: PackBelief, place: int, days: float | None, by_outlet: bool) -> tuple[float, float]:
    """Probability that the next look is a stray, and that it is one in `place`."""
    errors = parameters().look
    if by_outlet:
        return errors.stray_outlet, errors.stray_outlet * float(places().weights[place])
    # The photograph before a first look was taken without one; how long ago is not known.
    soon = errors.stray_soon * (1 / 2 if days is None else math.exp(-days / errors.soon_days))
    share = errors.stray + soon
    again = errors.stray_again * belief.recent + errors.stray_again_later * belief.stray
    total = float(again.sum())
    kept = min(1.0, errors.stray_again / total) if total > 0 else 0.0
    return share + kept * total, share * float(places().weights[place]) + kept * float(again[place])


def joined(belief: PackBelief, place: int) -> tuple[PackBelief, float]:
    """An outlet no record names looks in `place`: the belief after it, and the place's likelihood given that it is one.

    Shops sell on to shops nearby; otherwise the account was wrong, and the pack is where it was.
    """
    table, held, tail = places(), belief.by_place(), parameters().look.second_outlet_tail
    near = (float(held[place]) + float(held @ table.move[:, place])) / 2
    after = PackBelief(belief.shop, belief.shelf / 2, belief.fresh / 2, belief.home / 2, belief.stray, belief.recent)
    after.home[place] += 1 / 2
    return after, (1 - tail) * near + tail * float(table.weights[place])
