"""What the detector remembers of a code between looks. Small, and bounded whatever is scanned how often."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from .hypotheses import FAULTS
from .model import Look, SignalKind
from .pack import PackBelief

MAX_NAMED = 12
"""Looks that a signal names: enough to open a file with; the rest are found by the code."""

MAX_SOURCES = 100
"""Sources of one day that are told apart. Further ones count as looks and weigh nothing: a flood is no evidence."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """A signal in the making: strength so far and what it rests on."""

    kind: SignalKind
    strength: float
    look_ids: tuple[str, ...]
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One device or outlet on one day: its looks, the first of them by id, and the places they came from."""

    count: int
    look_ids: tuple[str, ...]
    places: frozenset[int]


@dataclass(frozen=True, slots=True)
class SeenPlace:
    """A place of at least one look that weighed, or that somebody named, and the first look it was."""

    place: int
    look_id: str


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """After all looks up to and including `at`.

    `ratios`: natural logarithm of each fault's likelihood ratio against one genuine pack. `placed`, `unplaced`: looks
    with and without a place that could weigh; `counted` both. `pack` holds for the instant `pack_at`. `last`: the last
    look with a place that weighed. `before` and `together`: the state before the instant `at` and the looks at it,
    which have no order among themselves. `bought_in`: places that somebody named as that of the shop.
    `is_askable`: the look that was told last is that of a person who has not looked before.
    """

    at: datetime | None = None
    looks: int = 0
    placed: int = 0
    ratios: tuple[float, ...] = (0.0,) * len(FAULTS)
    counted: int = 0
    unplaced: int = 0
    pack: PackBelief | None = None
    pack_at: datetime | None = None
    is_sale_counted: bool = False
    is_early_counted: bool = False
    is_late_counted: bool = False
    first_public_at: datetime | None = None
    seen: tuple[SeenPlace, ...] = ()
    bought_in: tuple[SeenPlace, ...] = ()
    sites: frozenset[str] = frozenset()
    last: Look | None = None
    day: date | None = None
    sources: dict[str, Source] = field(default_factory=dict[str, Source])
    contributions: tuple[Contribution, ...] = ()
    before: State | None = None
    together: tuple[Look, ...] = ()
    is_askable: bool = False


NOTHING_SEEN = State()
