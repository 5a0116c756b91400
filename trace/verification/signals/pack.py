"""Where one genuine pack is, as a probability of every place, and how likely it makes a look.

    on the shelf ──a sale──> bought, not home yet ──> at home ──> sold on, lent, taken along

A look shows the place of the pack, or the next county by a wrong position, or it is a stray: someone who looked from
afar at a photograph, a network's gateway. One that strayed is likely to do so again.

Who is asked where the pack is from answers by the same picture: a pack may have been brought to where it is, or been
bought there. Which of the two is kept, as a household that once called it bought here will call it so again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from . import answers
from .answers import Answer
from .parameters import parameters
from .places import Vector, places

HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True, eq=False)
class PackBelief:
    """`shelf` + `fresh` + the sums of `home` and `bought` are 1. `shop`: the place of the expected outlet, None if
    custody names none.

    `home` (n,): by place, bought in the shop's place and brought there. `bought` (n,): bought there, or taken for it by
    who has it: custody was wrong, shops sold it on, a farmer sold it to another one.
    `stray` (n,): by place, how many looks so far are believed to have been strays; `recent` (n,): the same, fading.
    """

    shop: int | None
    shelf: float
    fresh: float
    home: Vector
    bought: Vector
    stray: Vector
    recent: Vector

    @property
    def at_shop(self) -> float:
        if self.shop is None:
            return 0.0
        return self.shelf + self.fresh + float(self.home[self.shop]) + float(self.bought[self.shop])

    def bought_in(self) -> Vector:
        """Probability of every place (n,) that the pack was bought there, or will be."""
        brought = float(self.home.sum())
        if self.shop is None:
            return self.bought + brought * places().weights
        found = self.bought.copy()
        found[self.shop] += self.shelf + self.fresh + brought
        return found

    def by_place(self) -> Vector:
        """Probability of every place (n,)."""
        found = self.home + self.bought
        if self.shop is not None:
            found[self.shop] += self.shelf + self.fresh
        return found


def begin(shop: int | None) -> PackBelief:
    """On the shelf of the expected outlet; anywhere, if custody is wrong or names none."""
    table, wrong = places(), parameters().pack.expected_wrong
    nowhere = np.zeros_like(table.weights)
    if shop is None:
        return PackBelief(None, 0.0, 0.0, nowhere, table.weights, nowhere, nowhere)
    return PackBelief(shop, 1 - wrong, 0.0, nowhere, wrong * table.weights, nowhere, nowhere)


def advance(belief: PackBelief, days: float) -> PackBelief:
    """What may have happened in `days` without a look: unrecorded sales, ways home, moves; none faster than a car."""
    if days <= 0:
        return belief
    table, pack, errors = places(), parameters().pack, parameters().look
    reach_km = errors.speed_km_h * (days * HOURS_A_DAY + errors.slack_hours)
    leaving = -math.expm1(-pack.moves_per_day * days)
    moved = _spread((belief.home + belief.bought) * leaving, table.move, table.km, reach_km)
    home = belief.home * (1 - leaving) + moved * (1 - pack.moved_bought)
    owned = belief.bought * (1 - leaving) + moved * pack.moved_bought
    recent = belief.recent * math.exp(-days / errors.again_days)
    if belief.shop is None:
        return replace(belief, home=home, bought=owned, recent=recent)
    sold = belief.shelf * -math.expm1(-pack.unrecorded_sale_per_day * days)
    going = (belief.fresh + sold) * -math.expm1(-pack.going_home_per_day * days)
    home[belief.shop] += going * (1 - pack.carried_home)
    carried = np.zeros_like(home)
    carried[belief.shop] = going * pack.carried_home
    carried = _spread(carried, table.home, table.km, reach_km)
    home += carried * (1 - pack.carried_bought)
    owned += carried * pack.carried_bought
    shelf, fresh = belief.shelf - sold, belief.fresh + sold - going
    return replace(belief, shelf=shelf, fresh=fresh, home=home, bought=owned, recent=recent)


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
    home, owned = belief.home * (late / likelihood), belief.bought * (late / likelihood)
    home[shop] = owned[shop] = 0.0
    return replace(belief, shelf=0.0, fresh=at_shop / likelihood, home=home, bought=owned), likelihood


def bought(belief: PackBelief) -> PackBelief:
    """Somebody who is no outlet is about to look: perhaps the buyer."""
    sold = belief.shelf * parameters().pack.sold_at_a_look
    return replace(belief, shelf=belief.shelf - sold, fresh=belief.fresh + sold)


def look_at(
    belief: PackBelief, place: int, days: float | None, by_outlet: bool, answer: Answer | None = None
) -> tuple[PackBelief, float]:
    """A look in `place`, `days` after the look before (None: the first): the belief after it, and its likelihood.

    With an answer the likelihood is that of place and answer, given that there is an answer. That a person says nothing
    has the same chance whatever the pack's way, and no weight.
    """
    table, errors = places(), parameters().look
    border = 0.0 if by_outlet else errors.border
    seen_from = border * table.border[:, place]
    seen_from[place] += 1 - border
    share, strayed = _stray(belief, place, days, by_outlet)
    home, owned = belief.home * seen_from, belief.bought * seen_from
    at_shop = 0.0 if belief.shop is None else float(seen_from[belief.shop])
    if answer is not None:
        named = answers.of_honest(answer)
        strayed *= answers.of_stray(answer, belief.bought_in())
        brought = _from_shop(belief, named)
        home, owned, at_shop = home * brought, owned * named, at_shop * brought
    shelf, fresh = belief.shelf * at_shop, belief.fresh * at_shop
    from_pack = shelf + fresh + float(home.sum()) + float(owned.sum())
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
        owned * by_pack + belief.bought * is_stray,
        stray,
        recent,
    )
    return after, likelihood


def shop_named(belief: PackBelief, answer: Answer) -> tuple[PackBelief, float]:
    """Somebody whose place is not known names where the pack was bought: the belief after it, and its likelihood."""
    named = answers.of_honest(answer)
    brought = _from_shop(belief, named)
    owned, from_shop = belief.bought * named, (1 - float(belief.bought.sum())) * brought
    likelihood = from_shop + float(owned.sum())
    by_shop = brought / likelihood
    after = replace(
        belief,
        shelf=belief.shelf * by_shop,
        fresh=belief.fresh * by_shop,
        home=belief.home * by_shop,
        bought=owned / likelihood,
    )
    return after, likelihood


def _from_shop(belief: PackBelief, named: Vector) -> float:
    """Probability of an answer where the pack was bought in the expected shop, or nobody knows in which."""
    return float(places().weights @ named) if belief.shop is None else float(named[belief.shop])


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
    owned = belief.bought / 2
    owned[place] += 1 / 2
    after = replace(belief, shelf=belief.shelf / 2, fresh=belief.fresh / 2, home=belief.home / 2, bought=owned)
    return after, (1 - tail) * near + tail * float(table.weights[place])
