"""The form of each scheme's codes: what a text must look like to be one. None of this proves that it was issued."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from stdnum import ean, luhn

from .gs1.charsets import CSET82
from .model import LAYOUTS, Scheme

PESTICIDE_DIGITS = LAYOUTS[Scheme.PESTICIDE].code_length
OWN_DIGITS = LAYOUTS[Scheme.OWN].code_length
GS1_DIGITS = LAYOUTS[Scheme.GS1].code_length
GTIN_DIGITS = LAYOUTS[Scheme.GS1].prefix_length
VET_DRUG_DIGITS = 24
MAX_SEED_CHARACTERS = 20
MAX_SERIAL_CHARACTERS = 20
"""Source: GS1 General Specifications, AI (21)."""

# [0-9] throughout, not \d: that would let the digits of every script pass.
_PESTICIDE_PREFIX_FORM = r"[123][0-9]{6}[123][0-9]{3}"
PESTICIDE_FORM = _PESTICIDE_PREFIX_FORM + r"[0-9]{21}"
"""For patterns of texts that hold such a code."""

_PESTICIDE_PREFIX = re.compile(_PESTICIDE_PREFIX_FORM)
_PESTICIDE = re.compile(r"([123])([0-9]{6})([123])([0-9]{3})([0-9]{21})")
_VET_DRUG = re.compile(r"(20[0-9]{2})([0-9]{2})([0-9]{2})([0-9]{5})([0-9]{11})")
_SEED = re.compile(r"(?=[A-Za-z]*[0-9])[0-9A-Za-z]{1,20}")


@dataclass(frozen=True, slots=True)
class PesticideParts:
    """The printed sections of a pesticide code, as digits.

    `registration_class` is 1 (PD and its kin), 2 (WP) or 3 (temporary, no longer granted); `registration_digits` are
    the last six of the registration number and not unique to one registration; `production_type` is a value of
    batches.model.ProductionType. Source: 农业部公告第2579号; 农业农村部公告第1049号.
    """

    registration_class: str
    registration_digits: str
    production_type: str
    pack_code: str
    random_digits: str


@dataclass(frozen=True, slots=True)
class VetDrugParts:
    """The sections of a veterinary drug code. Source: 农业农村部公告第174号.

    `applied_on` is the day the code was applied for, not the day of production. Whether it lies in the future is for
    the caller to ask, who knows the day.
    """

    applied_on: date
    enterprise_digits: str
    random_digits: str


def parse_pesticide(code: str) -> PesticideParts | None:
    """The sections of 32 digits with the pesticide structure, else None."""
    match = _PESTICIDE.fullmatch(code)
    return PesticideParts(*match.groups()) if match else None


def parse_vet_drug(code: str) -> VetDrugParts | None:
    """The sections of 24 digits that begin with a day of the calendar from 2000 to 2099, else None."""
    match = _VET_DRUG.fullmatch(code)
    if not match:
        return None
    year, month, day, enterprise, random_digits = match.groups()
    try:
        applied_on = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return VetDrugParts(applied_on, enterprise, random_digits)


def is_digits(text: str) -> bool:
    """True for one or more of 0-9 and nothing else."""
    return text.isascii() and text.isdigit()


def has_check_digit(code: str) -> bool:
    """True when the last digit of `code` is the Luhn digit of the others."""
    return luhn.is_valid(code)


def with_check_digit(digits: str) -> str:
    return digits + luhn.calc_check_digit(digits)


def is_prefix(scheme: Scheme, prefix: str) -> bool:
    """True when codes of `scheme` may begin with `prefix`: 11 digits of the right structure, a GTIN, or nothing."""
    if scheme is Scheme.PESTICIDE:
        return _PESTICIDE_PREFIX.fullmatch(prefix) is not None
    if scheme is Scheme.GS1:
        return len(prefix) == GTIN_DIGITS and is_digits(prefix) and ean.is_valid(prefix)
    return scheme in LAYOUTS and not prefix


def is_well_formed(scheme: Scheme, code: str) -> bool:
    """True when `code` has the form of `scheme`. Seed codes are whatever a firm prints, with at least one digit."""
    match scheme:
        case Scheme.PESTICIDE:
            return _PESTICIDE.fullmatch(code) is not None
        case Scheme.VET_DRUG:
            return parse_vet_drug(code) is not None
        case Scheme.SEED:
            return _SEED.fullmatch(code) is not None
        case Scheme.OWN:
            return len(code) == OWN_DIGITS and is_digits(code) and has_check_digit(code)
        case Scheme.GS1:
            serial = code[GTIN_DIGITS:]
            return (
                0 < len(serial) <= MAX_SERIAL_CHARACTERS
                and CSET82.issuperset(serial)
                and is_prefix(scheme, code[:GTIN_DIGITS])
            )
