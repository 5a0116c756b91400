"""What a linter says of a value: nothing, or the reason and the characters it concerns."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from .reasons import Reason

DIGITS = frozenset("0123456789")


class Finding(NamedTuple):
    """`start` and `length` in characters of the value."""

    reason: Reason
    start: int
    length: int

    def highlight(self, value: str) -> str:
        """The value with the offending characters between asterisks."""
        end = self.start + self.length
        return f"{value[: self.start]}*{value[self.start : end]}*{value[end:]}"


class PrefixAnswer(Enum):
    """What a source of GS1 company prefixes says of the beginning of a number."""

    ASSIGNED = "assigned"
    NOT_ASSIGNED = "not_assigned"
    OFFLINE = "offline"


PrefixLookup = Callable[[str], PrefixAnswer]
"""Asked with the digits from the prefix on, whose own length it must find out."""


def any_prefix(_: str) -> PrefixAnswer:
    """No source of company prefixes at hand: form is checked, assignment is not."""
    return PrefixAnswer.ASSIGNED


def whole(reason: Reason, value: str) -> Finding:
    return Finding(reason, 0, len(value))


def first_outside(value: str, allowed: frozenset[str], reason: Reason) -> Finding | None:
    """The first character that is not allowed, if there is one."""
    return next((Finding(reason, at, 1) for at, character in enumerate(value) if character not in allowed), None)


def non_digit(value: str) -> Finding | None:
    return first_outside(value, DIGITS, Reason.NON_DIGIT_CHARACTER)
