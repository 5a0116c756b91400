"""The life of one pack, and who looks at it when and where. Times are days since the start of the simulation."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from itertools import count

from .ground import anywhere, neighbour
from .settings import value

HOURS_A_DAY = 24
NOT_A_SHOP = "not a shop"
"""Bought from a neighbour: who says so names no county."""


@dataclass(slots=True)
class Person:
    """Somebody with a telephone. `wrong_place`: where it always says that it is, if anywhere else than it is.

    `reluctance`: the person answers a question where the share of people who do is above it. `slips`: and names a
    wrong county. A person keeps both, as families look at one pack again and again.
    """

    number: int
    consents: bool
    wrong_place: str | None
    reluctance: float
    slips: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody who looks would say if asked. `bought_in`: the county named; None for a photograph."""

    reluctance: float
    bought_in: str | None


@dataclass(slots=True)
class Glance:
    """One look as it arrives: `place` is None without consent; `site` is the outlet's, if it was one.

    `reply`: None for an outlet, which is not asked."""

    day: float
    place: str | None
    device: str | None
    site: str | None
    reply: Reply | None = None


@dataclass(slots=True)
class Life:
    """One physical pack. `site`: the shop it was delivered to, in `delivered_to`; `county`: where it is sold.

    `received`, `sold`: days, as they happened.
    """

    delivered_to: str
    county: str
    site: str
    received: float
    sold: float
    glances: list[Glance] = field(default_factory=list[Glance])


class People:
    """Makes persons and lives from one source of randomness, and what they say from another, so that the same packs are
    looked at whatever is asked."""

    def __init__(self, rng: random.Random, sayings: random.Random) -> None:
        self.rng, self.sayings = rng, sayings
        self._numbers = count(1)

    def person(self) -> Person:
        rng = self.rng
        wrong = anywhere(rng) if rng.random() < value("place.always_wrong") else None
        consents = rng.random() < value("place.consent")
        reluctance, slips = self.sayings.random(), self.sayings.random() < value("answer.slip")
        return Person(next(self._numbers), consents, wrong, reluctance, slips)

    def site(self) -> str:
        return f"s{next(self._numbers)}"

    def live(self, county: str, received: float) -> Life:
        """An honest life, or that of a copy, which people take for one."""
        rng = self.rng
        sold = received + rng.gammavariate(2.0, value("trade.shelf_days") / 2)
        life = Life(county, county, self.site(), received, sold)
        self._in_the_shop(life)
        self._at_home(life)
        return life

    def look(self, life: Life, person: Person, day: float, place: str, bought_in: str | None) -> None:
        """One look of a person, and the repeats that follow on the same telephone.

        `bought_in`: what the person takes for the county of the shop; None for a photograph; NOT_A_SHOP.
        """
        rng = self.rng
        for number in range(1 + poisson(rng, value("buyer.repeats"))):
            at = day + (rng.random() / HOURS_A_DAY if number else 0.0)
            if rng.random() < value("place.upload_late"):
                at += rng.expovariate(2.0)
            shown = self._shown(person, place) if person.consents else None
            reply = self._reply(person, place, bought_in)
            life.glances.append(Glance(at, shown, f"d{person.number}:{math.floor(at)}", None, reply))

    def _reply(self, person: Person, place: str, bought_in: str | None) -> Reply:
        """A slip does most harm: it names the county the person is in, or, if that is right, one beside it."""
        if bought_in == NOT_A_SHOP:
            return Reply(math.inf, None)
        if person.slips:
            bought_in = neighbour(self.sayings, place, value("place.border_km")) if bought_in == place else place
        # Who keeps the position back answers less often, by this share of those who give it.
        scarce = 1.0 if person.consents else value("answer.without_position")
        return Reply(person.reluctance / scarce, bought_in)

    def _shown(self, person: Person, place: str) -> str:
        rng = self.rng
        if person.wrong_place is not None:
            return person.wrong_place
        chance = rng.random()
        if chance < value("place.border_error"):
            return neighbour(rng, place, value("place.border_km"))
        return anywhere(rng) if chance > 1 - value("place.far_error") else place

    def _in_the_shop(self, life: Life) -> None:
        rng = self.rng
        if rng.random() < value("shop.pre_scan"):
            looks = 2 if rng.random() < value("shop.pre_scan_again") else 1
            life.glances += [
                Glance(rng.uniform(life.received, life.sold), life.county, None, life.site) for _ in range(looks)
            ]
        if rng.random() < value("shop.passer_by"):
            self.look(life, self.person(), rng.uniform(life.received, life.sold), life.county, life.county)
        if rng.random() < value("shop.sold_on"):
            near = rng.random() < value("shop.sold_on_near")
            if near and rng.random() < 1 / 2:
                county = life.county
            else:
                county = self._beside(life.county) if near else anywhere(rng)
            life.glances.append(Glance(life.sold, county, None, self.site()))
            life.sold += rng.expovariate(1 / value("trade.shelf_days"))
            life.county = county

    def _at_home(self, life: Life) -> None:
        rng, buyer = self.rng, self.person()
        home = life.county
        if rng.random() < value("buyer.from_elsewhere"):
            home = anywhere(rng) if rng.random() < value("buyer.visitor") else self._beside(life.county)
        until = math.inf
        if rng.random() < value("buyer.resold"):
            until = life.sold + rng.uniform(5, 90)
            self._second_owner(life, home, until)
        if rng.random() < value("buyer.looks_at_purchase"):
            self.look(life, buyer, life.sold, life.county, life.county)
        for _ in range(poisson(rng, value("buyer.home_looks"))):
            day = life.sold + 0.1 + rng.expovariate(1 / value("buyer.home_days"))
            if day < until:
                self.look(life, self._member(buyer), day, home, life.county)
        self._oddities(life, home, until)

    def _oddities(self, life: Life, home: str, until: float) -> None:
        rng = self.rng
        if rng.random() < value("buyer.photograph"):
            relative, place = self.person(), anywhere(rng)
            day = life.sold + 0.02 + rng.expovariate(1 / value("buyer.photograph_days"))
            for _ in range(1 + poisson(rng, value("buyer.photograph_again"))):
                self.look(life, relative, day, place, None)
                day += rng.expovariate(1.0)
        if rng.random() < value("buyer.carried_far"):
            day = life.sold + 0.5 + rng.expovariate(1 / 20)
            self.look(life, self.person(), day, anywhere(rng), life.county)
        if rng.random() < value("buyer.next_season") and until == math.inf:
            self.look(life, self.person(), life.sold + rng.uniform(200, 400), home, life.county)

    def _second_owner(self, life: Life, home: str, day: float) -> None:
        rng, owner = self.rng, self.person()
        if rng.random() < value("buyer.resold_near"):
            place = home if rng.random() < 1 / 2 else self._beside(home)
        else:
            place = anywhere(rng)
        bought_in = place if self.sayings.random() < value("answer.resold_is_bought") else NOT_A_SHOP
        for _ in range(1 + poisson(rng, value("buyer.home_looks"))):
            later = day + 0.1 + rng.expovariate(1 / value("buyer.home_days"))
            self.look(life, self._member(owner), later, place, bought_in)

    def _beside(self, county: str) -> str:
        return neighbour(self.rng, county, value("buyer.elsewhere_km"))

    def _member(self, buyer: Person) -> Person:
        return self.person() if self.rng.random() < value("buyer.other_member") else buyer


def poisson(rng: random.Random, mean: float) -> int:
    """A number of events, by inversion; for small means."""
    chance, number, term = rng.random(), 0, math.exp(-mean)
    while chance > term:
        chance -= term
        number += 1
        term *= mean / number
    return number
