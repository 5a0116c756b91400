"""Codes with all looks at them, what custody knew when, and the truth."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from suiyuan.trace.verification.signals.model import CodeHistory, Look, PlaceBasis

from .ground import anywhere, some_county
from .lives import HOURS_A_DAY, Glance, Life, People, Reply
from .settings import value

START = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Code:
    """`looks`: in the order of time. `histories`: what custody knew, each from an instant on, oldest first.

    `replies`: what each look's person would say if asked, None for an outlet."""

    looks: tuple[Look, ...]
    histories: tuple[tuple[datetime, CodeHistory], ...]
    replies: tuple[Reply | None, ...]

    def second_place(self) -> int | None:
        """The number of the first look in another county than the first look with one."""
        first = None
        for number, look in enumerate(self.looks):
            if look.region_code is not None:
                first = first or look.region_code
                if look.region_code != first:
                    return number
        return None


Maker = Callable[[People], Code]


def genuine(people: People) -> Code:
    """One honest pack that somebody looks at. Packs nobody looks at are left out: they would flatter every figure."""
    rng = people.rng
    while True:
        life = people.live(some_county(rng), rng.uniform(0, 60))
        if life.glances:
            return _code([life], custody(rng, life))


def copied(people: People, copies: int, city: str = "", *, everywhere_apart: bool = False) -> Code:
    """`copies` packs with one code, the genuine one among them, sold within a season.

    `city`: the first digits of the division that all but the genuine are in. `everywhere_apart`: all in different
    counties and each looked at with its county: what a figure of "scanned in different counties" asks.
    """
    rng = people.rng
    used: set[str] = set()
    lives: list[Life] = []
    while len(lives) < copies:
        county = some_county(rng, city if lives else "")
        if everywhere_apart and county in used:
            continue
        life = people.live(county, rng.uniform(0, value("fraud.season_days")))
        if everywhere_apart and not any(glance.place is not None for glance in life.glances):
            continue
        if lives and rng.random() < value("fraud.shop_claims"):
            life.glances.append(Glance(life.sold, life.county, None, life.site))
        used.add(county)
        lives.append(life)
    return _code(lives, custody(rng, lives[0]))


def refilled(people: People) -> Code:
    """A pack used up, filled again and sold again."""
    rng = people.rng
    while True:
        first = people.live(some_county(rng), rng.uniform(0, 60))
        county = some_county(rng) if rng.random() < value("fraud.refill_elsewhere") else first.county
        again = people.live(county, first.sold + rng.gammavariate(4.0, value("fraud.refill_days") / 4))
        if again.glances:
            return _code([first, again], custody(rng, first))


def diverted(people: People) -> Code:
    """A genuine pack sold in another county than its way says; its papers are in order."""
    rng = people.rng
    while True:
        life = people.live(some_county(rng), rng.uniform(0, 60))
        if life.glances:
            meant = replace(life, delivered_to=some_county(rng), site=people.site(), glances=[])
            if meant.delivered_to != life.county:
                return _code([life], custody(rng, meant))


def custody(rng: random.Random, life: Life) -> tuple[tuple[float, CodeHistory], ...]:
    """What the record says of a pack, each state of it with the day from which on it does."""
    county = anywhere(rng) if rng.random() < value("trade.wrong_county") else life.delivered_to
    shipped = life.received - rng.expovariate(1 / value("trade.transit_days"))
    history = CodeHistory(region_code=county, site=life.site, shipped_at=_instant(shipped))
    found = [(shipped, history)]
    if rng.random() >= value("trade.receipt_lost"):
        known, stated = _recorded(rng, life.received, value("trade.receipt_late"))
        history = replace(history, received_at=_instant(stated))
        found.append((known, history))
    if rng.random() >= value("trade.sale_unrecorded"):
        known, stated = _recorded(rng, life.sold, value("trade.sale_late"))
        history = replace(history, sold_at=_instant(stated))
        found.append((max(known, found[-1][0]), history))
    return tuple(found)


def _recorded(rng: random.Random, day: float, late: float) -> tuple[float, float]:
    """When something that happened on `day` is known, and the day it is stated to have happened on."""
    known = stated = day
    if rng.random() < late:
        known += rng.expovariate(1 / value("trade.late_days"))
        stated = known if rng.random() < 1 / 2 else day
    if rng.random() < value("trade.clock_off"):
        stated += rng.gauss(0, value("trade.clock_off_hours")) / HOURS_A_DAY
    return known, min(stated, known)


def _code(lives: list[Life], histories: tuple[tuple[float, CodeHistory], ...]) -> Code:
    glances = sorted((glance for life in lives for glance in life.glances), key=lambda glance: glance.day)
    looks = tuple(_look(number, glance) for number, glance in enumerate(glances))
    replies = tuple(glance.reply for glance in glances)
    return Code(looks, tuple((_instant(day), history) for day, history in histories), replies)


def _look(number: int, glance: Glance) -> Look:
    basis = PlaceBasis.NONE if glance.place is None else PlaceBasis.CONSENT
    return Look(
        look_id=f"{number:06}",
        at=_instant(glance.day),
        region_code=glance.place,
        basis=basis if glance.site is None else PlaceBasis.OUTLET,
        device=glance.device,
        site=glance.site,
    )


def _instant(day: float) -> datetime:
    return START + timedelta(days=day)
