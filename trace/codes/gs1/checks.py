"""Linters with arithmetic or a list behind them: check digits and pairs, company prefixes, countries, currencies, IBAN.

Source: GS1 General Specifications 7.9 (check digit, check character pair); ISO 3166-1, ISO 4217, ISO 5218, ISO 13616-1.
"""

from __future__ import annotations

from string import ascii_uppercase

from .charsets import CSET82_ORDERED, cset82
from .code_lists import code_list
from .findings import DIGITS, Finding, PrefixAnswer, PrefixLookup, first_outside, non_digit, whole
from .reasons import Reason

LEAST_PREFIX_DIGITS = 4
"""The shortest GS1 company prefix."""

LEAST_IBAN, MOST_IBAN = 15, 34
"""Norway's, and the limit of ISO 13616-1."""

_IBAN_CHARACTERS = frozenset("0123456789" + ascii_uppercase)
_WEIGHT82 = {character: weight for weight, character in enumerate(CSET82_ORDERED)}
_CSET32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PRIMES = tuple(n for n in range(2, 510) if all(n % divisor for divisor in range(2, int(n**0.5) + 1)))
_MOST_CHECK_PAIR = len(_PRIMES) + 2
_MEDIA_TYPES = frozenset(f"{number:02}" for number in (*range(1, 11), *range(80, 100)))


def check_digit(digits: str) -> str:
    """The digit that follows `digits`: weights 3 and 1 in turn from the right, up to the next ten."""
    total = sum(int(digit) * (3, 1)[at % 2] for at, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def csum(value: str) -> Finding | None:
    if not value:
        return whole(Reason.TOO_SHORT_FOR_CHECK_DIGIT, value)
    if found := non_digit(value):
        return found
    right = check_digit(value[:-1]) == value[-1]
    return None if right else Finding(Reason.INCORRECT_CHECK_DIGIT, len(value) - 1, 1)


def check_pair(text: str) -> str:
    """The two characters that follow `text` (CSET 82, at most 97): weights are primes from the right, modulo 1021."""
    total = sum(_WEIGHT82[character] * prime for character, prime in zip(reversed(text), _PRIMES, strict=False)) % 1021
    return _CSET32[total >> 5] + _CSET32[total & 31]


def csumalpha(value: str) -> Finding | None:
    body = len(value) - 2
    if body < 0:
        return whole(Reason.TOO_SHORT_FOR_CHECK_PAIR, value)
    if len(value) > _MOST_CHECK_PAIR:
        return whole(Reason.TOO_LONG_FOR_CHECK_PAIR, value)
    if found := cset82(value[:body]):
        return found
    return None if check_pair(value[:body]) == value[body:] else Finding(Reason.INCORRECT_CHECK_PAIR, body, 2)


def gcppos1(value: str, lookup: PrefixLookup) -> Finding | None:
    """A GS1 company prefix stands at the beginning."""
    return company_prefix(value, 0, lookup)


def gcppos2(value: str, lookup: PrefixLookup) -> Finding | None:
    """A GS1 company prefix stands behind the first character."""
    return company_prefix(value, 1, lookup)


def company_prefix(value: str, start: int, lookup: PrefixLookup) -> Finding | None:
    prefix = value[start:]
    found = first_outside(prefix[:LEAST_PREFIX_DIGITS], DIGITS, Reason.INVALID_GCP_PREFIX)
    if found:
        return found._replace(start=start + found.start)
    if len(prefix) < LEAST_PREFIX_DIGITS:
        return Finding(Reason.TOO_SHORT_FOR_GCP, min(start, len(value)), len(prefix))
    answer = lookup(prefix)
    if answer is PrefixAnswer.ASSIGNED:
        return None
    offline = answer is PrefixAnswer.OFFLINE
    reason = Reason.GCP_DATASOURCE_OFFLINE if offline else Reason.INVALID_GCP_PREFIX
    return Finding(reason, start, len(prefix))


def iso3166(value: str) -> Finding | None:
    return None if value in code_list("iso3166") else whole(Reason.NOT_ISO3166, value)


def iso3166999(value: str) -> Finding | None:
    return None if value == "999" or value in code_list("iso3166") else whole(Reason.NOT_ISO3166_OR_999, value)


def iso3166alpha2(value: str) -> Finding | None:
    return None if value in code_list("iso3166alpha2") else whole(Reason.NOT_ISO3166_ALPHA2, value)


def iso4217(value: str) -> Finding | None:
    return None if value in code_list("iso4217") else whole(Reason.NOT_ISO4217, value)


def iso5218(value: str) -> Finding | None:
    """0 not known, 1 male, 2 female, 9 not applicable."""
    return None if value in ("0", "1", "2", "9") else whole(Reason.INVALID_BIOLOGICAL_SEX_CODE, value)


def mediatype(value: str) -> Finding | None:
    """01 to 10 are assigned, 80 to 99 for own use. Source: GS1 General Specifications, AI (7241)."""
    return None if value in _MEDIA_TYPES else whole(Reason.INVALID_MEDIA_TYPE, value)


def packagetype(value: str) -> Finding | None:
    return None if value in code_list("packagetype") else whole(Reason.INVALID_PACKAGE_TYPE, value)


def iban(value: str) -> Finding | None:
    """Country, two check digits, account: as a number with A=10, the first four moved to the end, 1 modulo 97."""
    if len(value) < LEAST_IBAN:
        return whole(Reason.IBAN_TOO_SHORT, value)
    if len(value) > MOST_IBAN:
        return whole(Reason.IBAN_TOO_LONG, value)
    if found := first_outside(value, _IBAN_CHARACTERS, Reason.INVALID_IBAN_CHARACTER):
        return found
    if value[:2] not in code_list("iso3166alpha2"):
        return Finding(Reason.ILLEGAL_IBAN_COUNTRY_CODE, 0, 2)
    number = int("".join(str(int(character, 36)) for character in value[4:] + value[:4]))
    return None if number % 97 == 1 else Finding(Reason.INCORRECT_IBAN_CHECKSUM, 2, 2)
