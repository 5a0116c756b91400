"""The detector's assumptions, read from parameters.toml, where each stands with its reason."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Decision:
    """Prior shares of codes, and costs in units of one miss."""

    copied: float
    refilled: float
    diverted: float
    copies_2: float
    copies_5: float
    copies_20: float
    copies_100: float
    cost_false_alarm: float
    cost_miss: float
    cost_visit: float
    cost_question: float

    @property
    def suspect_odds(self) -> float:
        """Odds from which calling a code suspect costs less than not: cost of a false alarm / cost of a miss."""
        return self.cost_false_alarm / self.cost_miss

    @property
    def watch_odds(self) -> float:
        """Odds from which showing a code to a regulator costs less than not."""
        return self.cost_visit / self.cost_miss

    @property
    def ask_odds(self) -> float:
        """Odds from which asking where the pack is from costs less than not."""
        return self.cost_question / self.cost_miss

    @property
    def copies(self) -> dict[int, float]:
        """Number of packs that carry the code → prior share of codes."""
        shares = {2: self.copies_2, 5: self.copies_5, 20: self.copies_20, 100: self.copies_100}
        return {count: self.copied * share for count, share in shares.items()}


@dataclass(frozen=True, slots=True)
class Pack:
    """How one genuine pack moves. Rates are per day."""

    expected_wrong: float
    unrecorded_sale_per_day: float
    sold_at_a_look: float
    going_home_per_day: float
    carried_home: float
    home_km: float
    home_tail: float
    carried_bought: float
    moves_per_day: float
    move_km: float
    move_tail: float
    moved_bought: float
    before_arrival: float
    before_shipping: float
    on_the_way_elsewhere: float
    late_record: float
    late_look: float
    late_days: float
    another_look: float
    unplaced_looks: float


@dataclass(frozen=True, slots=True)
class LookErrors:
    """How the place of a look differs from that of the pack."""

    border: float
    border_km: float
    stray_soon: float
    soon_days: float
    stray: float
    stray_again: float
    again_days: float
    stray_again_later: float
    stray_outlet: float
    speed_km_h: float
    slack_hours: float
    outside: float
    outside_km: float
    second_outlet: float
    second_outlet_tail: float


@dataclass(frozen=True, slots=True)
class Copies:
    """How looks at several packs with one code fall."""

    same_again: float
    same_days: float
    new_place: float
    around: float
    second_outlet: float
    before_arrival: float
    before_shipping: float
    late_look: float
    diverted_record: float


@dataclass(frozen=True, slots=True)
class Burst:
    """From how many looks a day one source is worth telling of."""

    looks: float


@dataclass(frozen=True, slots=True)
class Answering:
    """How those answer who are asked where the pack is from, and do."""

    wrong: float
    wrong_here: float
    photograph: float
    again: float
    stray_photograph: float
    stray_here: float
    copy_here: float


@dataclass(frozen=True, slots=True)
class Parameters:
    decision: Decision
    pack: Pack
    look: LookErrors
    copies: Copies
    burst: Burst
    answer: Answering


@cache
def parameters() -> Parameters:
    """What parameters.toml says. Raises TypeError where a name is missing or unknown: a fault of the installation."""
    path = files("suiyuan.trace.verification.signals").joinpath("parameters.toml")
    data: dict[str, dict[str, dict[str, Any]]] = tomllib.loads(path.read_text(encoding="utf-8"))
    kinds = {
        "decision": Decision,
        "pack": Pack,
        "look": LookErrors,
        "copies": Copies,
        "burst": Burst,
        "answer": Answering,
    }
    values = {name: {key: float(entry["value"]) for key, entry in table.items()} for name, table in data.items()}
    return Parameters(**{each.name: kinds[each.name](**values[each.name]) for each in fields(Parameters)})
