"""What may be written for a kind of item, a unit, a result, an outcome: its code, or its word in either language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import TypeVar

from ...trace.kernel.normalise import half_width
from ...trace.kernel.texts import LANGUAGES, catalogue
from ...trace.kernel.units import Unit

Member = TypeVar("Member", bound=Enum)

_WORD_JOINER = "\u2060"


def folded(written: str) -> str:
    """Without what makes no difference between two words: width, case, spaces at the ends or doubled."""
    return " ".join(half_width(written).replace(_WORD_JOINER, "").split()).casefold()


def find_word(enum: type[Member], written: str) -> Member | None:
    """The member that is written, or None. The empty word stands for none."""
    found = _words(enum).get(folded(written))
    return found if isinstance(found, enum) else None


def unit_at_end(written: str) -> tuple[str, Unit | None]:
    """A requirement parted from the unit that it ends with: `≥18 g/L` is `≥18` and g/L."""
    plain = half_width(written).replace(_WORD_JOINER, "").strip()
    for spelling, unit in sorted(_words(Unit).items(), key=lambda each: -len(each[0])):
        match = re.search(rf"(?<=[0-9])\s*{re.escape(spelling)}$", plain, re.IGNORECASE)
        if match and isinstance(unit, Unit):
            return plain[: match.start()], unit
    return plain, None


@cache
def _words(enum: type[Enum]) -> Mapping[str, Enum]:
    """The first meaning of a word counts: codes before words."""
    group = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", enum.__name__).lower()
    found = {folded(str(member.value)): member for member in enum}
    for member in enum:
        for language in LANGUAGES:
            found.setdefault(folded(catalogue()[f"word.{group}.{member.name.lower()}"][language]), member)
    return {spelling: member for spelling, member in found.items() if spelling}
