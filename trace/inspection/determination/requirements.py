"""Reading a requirement as reports and bulletins print it: 10.0±1.0, ≥18, ≤0.5, 4.5–7.0, 不得检出, or a bare number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from ...kernel.normalise import half_width
from ..model import Limit, LimitKind

_NUMBER = r"(\d+(?:\.\d+)?)"
_MORE_OR_LESS = re.compile(rf"{_NUMBER}±{_NUMBER}")
_RANGE = re.compile(rf"{_NUMBER}(?:-|~|至){_NUMBER}")
_AT_LEAST = re.compile(rf"(?:>=|≥|不低于|不小于){_NUMBER}")
_AT_MOST = re.compile(rf"(?:<=|≤|不高于|不大于){_NUMBER}")
_DASHES = str.maketrans(dict.fromkeys("–—−～〜", "-"))
_NOT_DETECTED = ("不得检出", "未检出", "not detected", "must not be detected")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A limit, or only the content that the label declares: one of the two is there."""

    limit: Limit | None
    declared: Decimal | None


def read_requirement(written: str) -> Requirement | None:
    """What a printed requirement, without its unit, asks; its digits kept. None where it cannot be read for certain.

    A bare number is a declared value: whether more or less is right is the rules' matter.
    """
    plain = half_width(written).translate(_DASHES).strip()
    if plain.casefold().startswith(_NOT_DETECTED):
        return Requirement(Limit(LimitKind.NOT_DETECTED), None)
    plain = "".join(plain.split())
    if match := _MORE_OR_LESS.fullmatch(plain):
        middle, away = Decimal(match[1]), Decimal(match[2])
        return Requirement(Limit(LimitKind.BETWEEN, middle - away, middle + away), middle)
    if match := _RANGE.fullmatch(plain):
        lower, upper = Decimal(match[1]), Decimal(match[2])
        return Requirement(Limit(LimitKind.BETWEEN, lower, upper), None) if lower <= upper else None
    if match := _AT_LEAST.fullmatch(plain):
        return Requirement(Limit(LimitKind.AT_LEAST, lower=Decimal(match[1])), None)
    if match := _AT_MOST.fullmatch(plain):
        return Requirement(Limit(LimitKind.AT_MOST, upper=Decimal(match[1])), None)
    if re.fullmatch(_NUMBER, plain):
        return Requirement(None, Decimal(plain))
    return None
