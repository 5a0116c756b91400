"""What a code typed by hand was probably meant to be, and in which group the slip is.

    typed                         read as
    O0o, l I i | 1, B             0, 1, 8, where the text is as long as a code of digits alone
    22 digits, last one wrong     the one code known here that differs in one digit, or by two neighbours swapped
    32 or 24 digits               the first place at which no such code can have that digit

A suggestion looks codes up that nobody asked for, so it must be no way to find codes by guessing:

- Only a text whose check digit fails gets one. A right code that is not known here gets none, whatever is near it.
- At most MAX_NEAR_FORMS codes are tried, so a wrong text is worth as many guesses as if they had been sent one by one.
  With 10^9 codes issued of 10^21, ten million such texts find one with a chance of 1 in 2,300; a limit on requests
  slows them like any other. Codes are ciphers: what is near a genuine one is no likelier to be one than any other.
- Where two near forms are known there is no suggestion: nobody can tell which was meant.
- It is for typed texts. A symbol with a wrong check digit was printed so, and must not be led to a genuine code.

Somebody with a genuine label of which one digit is lost can find it; so could they with ten requests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..kernel.limits import MAX_SCANNED_CHARACTERS
from ..kernel.normalise import half_width
from .model import GROUP_CHARACTERS, Scheme
from .schemes import (
    OWN_DIGITS,
    PESTICIDE_DIGITS,
    VET_DRUG_DIGITS,
    has_check_digit,
    is_digits,
    is_well_formed,
)

DIGIT_LENGTHS: dict[int, Scheme] = {
    PESTICIDE_DIGITS: Scheme.PESTICIDE,
    VET_DRUG_DIGITS: Scheme.VET_DRUG,
    OWN_DIGITS: Scheme.OWN,
}
"""Codes of so many characters are digits throughout: no seed code and no serial number is as long."""

MAX_NEAR_FORMS = 2 * OWN_DIGITS - 1
"""One digit at each place, since the check digit leaves one way to mend each; and each pair of neighbours."""

MAX_MISCOUNT = 2
"""Digits too many or too few for which a length is still worth naming."""

_LOOK_ALIKES = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "i": "1", "|": "1", "B": "8"})
_BETWEEN = re.compile(r"[\s\-‐‑‒–—―−_.,·・、，。]+")
_PESTICIDE_KINDS = (0, 7)
_VET_YEAR_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Slip:
    """What is known of a typed text that is no code. `typed`: its digits, "" where it is not of digits.

    `groups`: where the fault is, in groups of four counted from 1. `meant`: the one near code that is known here, or
    "". `scheme` and `difference`: the code it comes closest to in length, and the digits it has too many (below zero:
    too few); 0 where the length is right.
    """

    typed: str = ""
    groups: tuple[int, ...] = ()
    meant: str = ""
    scheme: Scheme | None = None
    difference: int = 0


def as_digits(text: str) -> str:
    """`text` without what divides its groups and with look-alikes read as digits, or "" where it is anything but the
    digits of one code. Letters are read so only where the length leaves no other reading."""
    if len(text) > MAX_SCANNED_CHARACTERS:
        return ""
    joined = _BETWEEN.sub("", half_width(text))
    if is_digits(joined):
        return joined
    read = joined.translate(_LOOK_ALIKES)
    return read if len(read) in DIGIT_LENGTHS and is_digits(read) else ""


def has_look_alikes(text: str) -> bool:
    """Whether `as_digits` reads anything in `text` as a digit that is none."""
    plain = half_width(text)
    return plain.translate(_LOOK_ALIKES) != plain


def slip_of(text: str, is_known: Callable[[Scheme, str], bool]) -> Slip:
    """What is wrong with a typed text that was refused, as far as anybody can tell. Never raises.

    `is_known` is asked at most MAX_NEAR_FORMS times, and only for codes with a right check digit in place of one that
    has none.
    """
    typed = as_digits(text)
    if not typed:
        return Slip()
    scheme = DIGIT_LENGTHS.get(len(typed))
    if scheme is None:
        return _miscounted(typed)
    if is_well_formed(scheme, typed):
        return Slip(typed, scheme=scheme)
    if scheme is not Scheme.OWN:
        return Slip(typed, (_group(_wrong_place(scheme, typed)),), scheme=scheme)
    meant = _only_known(typed, lambda code: is_known(scheme, code))
    return Slip(typed, _differing_groups(typed, meant), meant, scheme)


def near_forms(typed: str) -> Iterator[str]:
    """Codes with a right check digit that differ from `typed` in one digit or by two neighbours swapped, each once.

    Source: the Luhn algorithm (ISO/IEC 7812-1, annex B): it finds every single wrong digit, and every swap of
    neighbours but 09 and 90.
    """
    if len(typed) != OWN_DIGITS or not is_digits(typed) or has_check_digit(typed):
        return
    for place in range(len(typed)):
        yield next(
            code for digit in "0123456789" if has_check_digit(code := typed[:place] + digit + typed[place + 1 :])
        )
    for place in range(len(typed) - 1):
        swapped = typed[:place] + typed[place + 1] + typed[place] + typed[place + 2 :]
        if has_check_digit(swapped):
            yield swapped


def _only_known(typed: str, is_known: Callable[[str], bool]) -> str:
    known = [code for code in near_forms(typed) if is_known(code)]
    return known[0] if len(known) == 1 else ""


def _wrong_place(scheme: Scheme, typed: str) -> int:
    """The first place, from 0, at which no code of `scheme` can be so: of a pesticide's the class or the production
    type, of a veterinary drug's the year or the day (schemes.py)."""
    if scheme is Scheme.PESTICIDE:
        return next(place for place in _PESTICIDE_KINDS if typed[place] not in "123")
    return _VET_YEAR_DIGITS if typed.startswith("20") else 0


def _miscounted(typed: str) -> Slip:
    """The scheme whose length is nearest; none where two are equally near or all are far."""
    near = [
        (abs(len(typed) - length), scheme)
        for length, scheme in DIGIT_LENGTHS.items()
        if abs(len(typed) - length) <= MAX_MISCOUNT
    ]
    least = min((distance for distance, _ in near), default=0)
    nearest = [scheme for distance, scheme in near if distance == least]
    if len(nearest) != 1:
        return Slip(typed)
    length = next(length for length, scheme in DIGIT_LENGTHS.items() if scheme is nearest[0])
    return Slip(typed, scheme=nearest[0], difference=len(typed) - length)


def _differing_groups(typed: str, meant: str) -> tuple[int, ...]:
    places = [place for place, (one, other) in enumerate(zip(typed, meant, strict=False)) if one != other]
    return tuple(dict.fromkeys(_group(place) for place in places))


def _group(place: int) -> int:
    return place // GROUP_CHARACTERS + 1
