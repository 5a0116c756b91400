"""What the detector is told and what it says: looks at a code, what custody knows, signals, an assessment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PlaceBasis(StrEnum):
    """Whose word the county of a look is."""

    NONE = "none"
    CONSENT = "consent"
    """The telephone's position, given by the person who looked."""

    OUTLET = "outlet"
    """The site of the outlet whose code or account the look came with."""


class Origin(StrEnum):
    """What a person says when the answer page asks where the pack is from.

    The person picks the county of the shop from a list without a county chosen beforehand, so that a wrong position
    does not become an answer. "From somebody who is no shop" is NO_ANSWER: it names no county.
    """

    UNASKED = "unasked"
    NO_ANSWER = "no_answer"
    BOUGHT_HERE = "bought_here"
    """Bought in a shop, in the county where the look is, or where the person is who kept the position back."""

    BROUGHT = "brought"
    """Bought in a shop of another county than that of the look."""

    PHOTOGRAPH = "photograph"
    """Only a photograph, or a code that somebody sent."""

    @property
    def is_answer(self) -> bool:
        return self not in (Origin.UNASKED, Origin.NO_ANSWER)


@dataclass(frozen=True, slots=True)
class Look:
    """One scan of one code. `at` is UTC, by the server's clock.

    `region_code`: a county by GB/T 2260, or None. `device`: the pseudonym of the day; it says nothing on another day.
    `site`: the outlet that looked, or None for anybody else.

    `said`, `bought_in`: where the pack is from, and the county of the shop by GB/T 2260, by the person who looked. An
    answer that comes minutes later belongs to the look that was asked: its state is the one before, updated anew.
    """

    look_id: str
    at: datetime
    region_code: str | None = None
    basis: PlaceBasis = PlaceBasis.NONE
    channel: str = "page"
    device: str | None = None
    site: str | None = None
    said: Origin = Origin.UNASKED
    bought_in: str | None = None


@dataclass(frozen=True, slots=True)
class CodeHistory:
    """What custody knows of the unit, each part None where it does not.

    `region_code` and `site`: the county and the outlet that it was shipped to, received by or sold from, the last of
    them. Instants are UTC.
    """

    region_code: str | None = None
    site: str | None = None
    shipped_at: datetime | None = None
    received_at: datetime | None = None
    sold_at: datetime | None = None


UNKNOWN_HISTORY = CodeHistory()


class SignalKind(StrEnum):
    """What about the looks is out of the ordinary. Texts are under `signal.` in the catalogue."""

    IMPOSSIBLE_TRAVEL = "impossible_travel"
    TOO_MANY_PLACES = "too_many_places"
    AFTER_SALE_ELSEWHERE = "after_sale_elsewhere"
    BEFORE_ARRIVAL = "before_arrival"
    BURST = "burst"
    TWO_OUTLETS = "two_outlets"
    TWO_PURCHASES = "two_purchases"
    BOUGHT_ELSEWHERE = "bought_elsewhere"
    DIVERSION = "diversion"
    REFILL = "refill"


@dataclass(frozen=True, slots=True)
class Signal:
    """One ground of an assessment.

    `strength`: natural logarithm of the likelihood ratio that these looks add for a fraud against one genuine pack in
    honest hands; 0 for a fact that weighs nothing. `look_ids`: what it rests on, oldest first, at most
    `state.MAX_NAMED`. `values` fill the placeholders of the text `text_key`; a value `region` or `expected` is a
    county's code, which the edge turns into a name.
    """

    kind: SignalKind
    strength: float
    look_ids: tuple[str, ...]
    values: tuple[tuple[str, str], ...] = ()

    @property
    def text_key(self) -> str:
        return f"signal.{self.kind.value}"


class Suspicion(StrEnum):
    """What the looks come to. `suspect` may reach the public, as a possibility; `watch` is for regulators."""

    NONE = "none"
    WATCH = "watch"
    SUSPECT = "suspect"


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict on a code's looks so far.

    `copied_odds`: posterior odds that several packs carry the code, or a refilled one, against one genuine pack,
    wherever it is. `irregular_odds`: the same including a genuine pack sold outside its way (窜货), against one in
    honest hands. `signals`: the strongest first. `looks`: all that were seen; `placed`: those that could weigh.
    """

    suspicion: Suspicion
    copied_odds: float
    irregular_odds: float
    signals: tuple[Signal, ...]
    looks: int
    placed: int
