"""The candidate list: everything that a draw follows from besides its seed, hashed and committed to before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from ...kernel.errors import InvalidInput
from ...kernel.limits import MAX_NAME_CHARACTERS, MAX_NOTE_CHARACTERS
from ...kernel.normalise import require_text
from ...ledger.model import Json, canonical
from .randomness import ALGORITHM, sha256

MIN_INSPECTORS = 2
"""Source: practice of 双随机 rules, two officers or more an object (docs/sources.md)."""

MAX_INSPECTORS = 10
"""Of one object. More come as a delegation, and are not drawn."""

MAX_WEIGHT = 1_000_000
"""Room for another way of weighing than `risk_weight`, whose weights end below 200."""

MAX_ROWS = 100_000
"""Of each part of a list. A province has some thousands of outlets."""

ANY = "*"
SEPARATOR = "/"


@dataclass(frozen=True, slots=True)
class Stratum:
    """A group from which `size` objects are drawn. See `stratum_name`."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """An outlet or producer that may be drawn. `weight` is from 0 (never) to 1,000,000; see `risk_weight`."""

    object_id: str
    stratum: str
    weight: int


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A candidate that is not to be drawn, with the reason that the public reads."""

    object_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Inspector:
    inspector_id: str
    agency: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """An inspector who must not inspect an object (回避), with the reason that the public reads."""

    inspector_id: str
    object_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CandidateList:
    """Who may be drawn and by whom inspected.

    `public_source` says which public value will enter the seed, precisely enough that nobody can choose among several,
    as "双色球 2026140 期开奖号码, in the order of the announcement"; "" for none.
    """

    plan: str
    strata: tuple[Stratum, ...]
    candidates: tuple[Candidate, ...]
    inspectors: tuple[Inspector, ...]
    conflicts: tuple[Conflict, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    inspectors_per_object: int = MIN_INSPECTORS
    public_source: str = ""

    def as_json(self) -> dict[str, Json]:
        """The list as the published file has it, algorithm included."""
        return {
            "algorithm": ALGORITHM,
            "plan": self.plan,
            "public_source": self.public_source,
            "inspectors_per_object": self.inspectors_per_object,
            "strata": _plain(self.strata),
            "candidates": _plain(self.candidates),
            "exclusions": _plain(self.exclusions),
            "inspectors": _plain(self.inspectors),
            "conflicts": _plain(self.conflicts),
        }

    def sha256(self) -> str:
        """The hash of its canonical JSON, in hex."""
        return sha256(canonical(self.as_json()).encode("utf-8"))

    def weights_by_stratum(self) -> dict[str, dict[str, int]]:
        """Weight by object, of those that can be drawn: not excluded, weight above zero."""
        excluded = {each.object_id for each in self.exclusions}
        weights: dict[str, dict[str, int]] = {each.name: {} for each in self.strata}
        for each in self.candidates:
            if each.weight and each.object_id not in excluded:
                weights[each.stratum][each.object_id] = each.weight
        return weights

    def free_inspectors(self, object_ids: Iterable[str]) -> dict[str, list[str]]:
        """For each object the inspectors without a conflict, in the list's order."""
        conflicts = {(each.inspector_id, each.object_id) for each in self.conflicts}
        everybody = [each.inspector_id for each in self.inspectors]
        return {
            object_id: [each for each in everybody if (each, object_id) not in conflicts] for object_id in object_ids
        }


Row = TypeVar("Row", Stratum, Candidate, Exclusion, Inspector, Conflict)


def stratum_name(region_code: str, outlet_kind: str = ANY, producer: str = ANY) -> str:
    """A stratum as the combination of county, kind of outlet and producer; `*` stands for all of them.

    Raises InvalidInput `draw.stratum_part` on an empty part or one with a slash, which would name another stratum.
    """
    parts = {"region_code": region_code, "outlet_kind": outlet_kind, "producer": producer}
    for field, part in parts.items():
        if not part.strip() or SEPARATOR in part:
            raise InvalidInput("draw.stratum_part", field=field)
    return SEPARATOR.join(parts.values())


def require_list(given: CandidateList) -> CandidateList:
    """The list in its one order, white space folded, once a draw from it cannot fail.

    Raises InvalidInput `text.*`, `draw.rows`, `draw.duplicate`, `draw.unknown`, `draw.number`; `draw.stratum_size`
    where a stratum has fewer objects than are to be drawn; `draw.few_inspectors` where an object that may be drawn has
    too few inspectors without a conflict. Fields count the rows as given.
    """
    _require_number(given.inspectors_per_object, "inspectors_per_object", MIN_INSPECTORS, MAX_INSPECTORS)
    checked = replace(
        given,
        plan=require_text(given.plan, "plan", MAX_NAME_CHARACTERS, required=True),
        public_source=require_text(given.public_source, "public_source", MAX_NAME_CHARACTERS),
        strata=_texts_checked(given.strata, "strata"),
        candidates=_texts_checked(given.candidates, "candidates"),
        exclusions=_texts_checked(given.exclusions, "exclusions"),
        inspectors=_texts_checked(given.inspectors, "inspectors"),
        conflicts=_texts_checked(given.conflicts, "conflicts"),
    )
    _require_consistent(checked)
    ordered = replace(
        checked,
        strata=tuple(sorted(checked.strata, key=lambda each: each.name)),
        candidates=tuple(sorted(checked.candidates, key=lambda each: each.object_id)),
        exclusions=tuple(sorted(checked.exclusions, key=lambda each: each.object_id)),
        inspectors=tuple(sorted(checked.inspectors, key=lambda each: each.inspector_id)),
        conflicts=tuple(sorted(checked.conflicts, key=lambda each: (each.inspector_id, each.object_id))),
    )
    _require_drawable(ordered)
    return ordered


def _plain(rows: tuple[Row, ...]) -> list[Json]:
    if not rows:
        return []
    names = [each.name for each in fields(rows[0])]
    return [{name: getattr(row, name) for name in names} for row in rows]


def _texts_checked(rows: tuple[Row, ...], part: str) -> tuple[Row, ...]:
    if len(rows) > MAX_ROWS:
        raise InvalidInput("draw.rows", field=part, maximum=MAX_ROWS)
    return tuple(_text_checked(row, f"{part}.{position}") for position, row in enumerate(rows))


def _text_checked(row: Row, path: str) -> Row:
    changed: dict[str, Any] = {}
    for field in fields(row):
        value = getattr(row, field.name)
        if isinstance(value, str):
            maximum = MAX_NOTE_CHARACTERS if field.name == "reason" else MAX_NAME_CHARACTERS
            folded = require_text(value, f"{path}.{field.name}", maximum, required=True)
            if folded != value:
                changed[field.name] = folded
    return replace(row, **changed) if changed else row


def _require_consistent(listed: CandidateList) -> None:
    strata = _require_unique((each.name for each in listed.strata), "strata", "name")
    objects = _require_unique((each.object_id for each in listed.candidates), "candidates", "object_id")
    inspectors = _require_unique((each.inspector_id for each in listed.inspectors), "inspectors", "inspector_id")
    _require_unique((each.object_id for each in listed.exclusions), "exclusions", "object_id")
    _require_unique(((each.inspector_id, each.object_id) for each in listed.conflicts), "conflicts", "object_id")
    for position, stratum in enumerate(listed.strata):
        _require_number(stratum.size, f"strata.{position}.size", 0, MAX_ROWS)
    for position, candidate in enumerate(listed.candidates):
        _require_known(candidate.stratum, strata, f"candidates.{position}.stratum")
        _require_number(candidate.weight, f"candidates.{position}.weight", 0, MAX_WEIGHT)
    for position, exclusion in enumerate(listed.exclusions):
        _require_known(exclusion.object_id, objects, f"exclusions.{position}.object_id")
    for position, conflict in enumerate(listed.conflicts):
        _require_known(conflict.inspector_id, inspectors, f"conflicts.{position}.inspector_id")
        _require_known(conflict.object_id, objects, f"conflicts.{position}.object_id")


def _require_drawable(listed: CandidateList) -> None:
    """Before the commitment, so that a draw that cannot be is not found out after its seed is known."""
    weights = listed.weights_by_stratum()
    for stratum in listed.strata:
        available = len(weights[stratum.name])
        if stratum.size > available:
            raise InvalidInput(
                "draw.stratum_size", field="strata", stratum=stratum.name, size=stratum.size, available=available
            )
    conflicts = Counter(each.object_id for each in listed.conflicts)
    needed, total = listed.inspectors_per_object, len(listed.inspectors)
    for each in (object_id for stratum in listed.strata if stratum.size for object_id in weights[stratum.name]):
        if total - conflicts[each] < needed:
            raise InvalidInput(
                "draw.few_inspectors",
                field="conflicts",
                object=each,
                free=total - conflicts[each],
                total=total,
                needed=needed,
            )


def _require_unique(keys: Iterable[Hashable], part: str, name: str) -> set[Hashable]:
    seen: set[Hashable] = set()
    for position, key in enumerate(keys):
        if key in seen:
            raise InvalidInput("draw.duplicate", field=f"{part}.{position}.{name}")
        seen.add(key)
    return seen


def _require_known(key: str, known: set[Hashable], field: str) -> None:
    if key not in known:
        raise InvalidInput("draw.unknown", field=field, value=key)


def _require_number(value: int, field: str, minimum: int, maximum: int) -> None:
    """Its type too: in Python `True` is a number, and a float may print as one."""
    if type(value) is not int or not minimum <= value <= maximum:
        raise InvalidInput("draw.number", field=field, minimum=minimum, maximum=maximum)
