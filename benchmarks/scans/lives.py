"""The life of one pack, and who looks at it when and where. Times are days since the start of the simulation."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from itertools import count

from .ground import anywhere, neighbour
from .settings import value

HOURS_A_DAY = 24


@dataclass(slots=True)
class Person:
    """Somebody with a telephone. `wrong_place`: where it always says that it is, if anywhere else than it is."""

    number: int
    consents: bool
    wrong_place: str | None


@dataclass(slots=True)
class Glance:
    """One look as it arrives: `place` is None without consent; `site` is the outlet's, if it was one."""

    day: float
    place: str | None
    device: str | None
    site: str | None


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
    """Makes persons and lives from one source of randomness."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self._numbers = count(1)

    def person(self) -> Person:
        rng = self.rng
        wrong = anywhere(rng) if rng.random() < value("place.always_wrong") else None
        return Person(next(self._numbers), rng.random() < value("place.consent"), wrong)

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

    def look(self, life: Life, person: Person, day: float, place: str) -> None:
        """One look of a person, and the repeats that follow on the same telephone."""
        rng = self.rng
        for number in range(1 + poisson(rng, value("buyer.repeats"))):
            at = day + (rng.random() / HOURS_A_DAY if number else 0.0)
            if rng.random() < value("place.upload_late"):
                at += rng.expovariate(2.0)
            shown = self._shown(person, place) if person.consents else None
            life.glances.append(Glance(at, shown, f"d{person.number}:{math.floor(at)}", None))

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
            self.look(life, self.person(), rng.uniform(life.received, life.sold), life.county)
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
            self.look(life, buyer, life.sold, life.county)
        for _ in range(poisson(rng, value("buyer.home_looks"))):
            day = life.sold + 0.1 + rng.expovariate(1 / value("buyer.home_days"))
            if day < until:
                self.look(life, self._member(buyer), day, home)
        self._oddities(life, home, until)

    def _oddities(self, life: Life, home: str, until: float) -> None:
        rng = self.rng
        if rng.random() < value("buyer.photograph"):
            relative, place = self.person(), anywhere(rng)
            day = life.sold + 0.02 + rng.expovariate(1 / value("buyer.photograph_days"))
            for _ in range(1 + poisson(rng, value("buyer.photograph_again"))):
                self.look(life, relative, day, place)
                day += rng.expovariate(1.0)
        if rng.random() < value("buyer.carried_far"):
            self.look(life, self.person(), life.sold + 0.5 + rng.expovariate(1 / 20), anywhere(rng))
        if rng.random() < value("buyer.next_season") and until == math.inf:
            self.look(life, self.person(), life.sold + rng.uniform(200, 400), home)

    def _second_owner(self, life: Life, home: str, day: float) -> None:
        rng, owner = self.rng, self.person()
        if rng.random() < value("buyer.resold_near"):
            place = home if rng.random() < 1 / 2 else self._beside(home)
        else:
            place = anywhere(rng)
        for _ in range(1 + poisson(rng, value("buyer.home_looks"))):
            self.look(life, self._member(owner), day + 0.1 + rng.expovariate(1 / value("buyer.home_days")), place)

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
