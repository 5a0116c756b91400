"""Linters of the North American coupons in AI (8110) and (8112), which a Digital Link URI may carry as attributes.

Layout of (8110), digits only; VLI is a digit that tells the length of what follows:

    VLI prefix │ offer code 6 │ VLI save value │ VLI requirement │ requirement code │ family code 3 │ optional fields

with the optional fields 1 (second purchase), 2 (third purchase), 3 (expiry), 4 (start), 5 (serial number), 6 (retailer)
and 9 (handling), each at most once and in this order. Layout of (8112):

    format code │ VLI funder │ offer code 6 │ VLI serial number

Source: GS1 US, North American Coupon Application Guideline; the order of checks as in GS1's syntax dictionary.
"""

from __future__ import annotations

from .checks import company_prefix
from .dates import yymmdd
from .findings import Finding, PrefixLookup, non_digit
from .reasons import Reason

_PREFIX_EXTRA = 6
"""Prefixes, funders and serial numbers are six digits longer than their VLI says."""


class _Stopped(Exception):
    def __init__(self, finding: Finding) -> None:
        self.finding = finding


class _Reader:
    """Takes fields off the front; raises _Stopped with what is wrong. All of it if nothing is left, else the rest."""

    def __init__(self, data: str) -> None:
        self.data = data
        self.at = 0

    def next_is(self, digit: str) -> bool:
        """Steps over `digit` if it comes next."""
        there = self.data.startswith(digit, self.at)
        self.at += there
        return there

    def one_of(self, allowed: str, missing: Reason, invalid: Reason | None = None) -> str:
        if self.at == len(self.data):
            raise _Stopped(Finding(missing, 0, len(self.data)))
        digit = self.data[self.at]
        if digit not in allowed:
            raise _Stopped(Finding(invalid or missing, self.at, 1))
        self.at += 1
        return digit

    def take(self, count: int, truncated: Reason) -> str:
        rest = len(self.data) - self.at
        if rest < count:
            raise _Stopped(Finding(truncated, self.at, rest) if rest else Finding(truncated, 0, len(self.data)))
        self.at += count
        return self.data[self.at - count : self.at]

    def sized(self, allowed: str, extra: int, missing: Reason, invalid: Reason, truncated: Reason) -> str:
        """A field behind its VLI. A VLI of 9 where prefixes are optional stands for none."""
        size = self.one_of(allowed, missing, invalid)
        return self.take(0 if size == "9" and allowed == "01234569" else int(size) + extra, truncated)

    def prefix(self, found: str, lookup: PrefixLookup) -> None:
        """Checks the company prefix just taken."""
        if found and (finding := company_prefix(found, 0, lookup)):
            raise _Stopped(Finding(finding.reason, self.at - len(found), len(found)))

    def end(self) -> None:
        if self.at < len(self.data):
            raise _Stopped(Finding(Reason.COUPON_EXCESS_DATA, self.at, len(self.data) - self.at))


def couponcode(value: str, lookup: PrefixLookup) -> Finding | None:
    if found := non_digit(value):
        return found
    try:
        _coupon(_Reader(value), lookup)
    except _Stopped as stopped:
        return stopped.finding
    return None


def couponposoffer(value: str, lookup: PrefixLookup) -> Finding | None:
    if found := non_digit(value):
        return found
    reader = _Reader(value)
    try:
        reader.one_of("01", Reason.COUPON_MISSING_FORMAT_CODE, Reason.COUPON_INVALID_FORMAT_CODE)
        funder = reader.sized(
            "0123456",
            _PREFIX_EXTRA,
            Reason.COUPON_MISSING_FUNDER_VLI,
            Reason.COUPON_INVALID_FUNDER_LENGTH,
            Reason.COUPON_TRUNCATED_FUNDER,
        )
        reader.prefix(funder, lookup)
        reader.take(6, Reason.COUPON_TRUNCATED_OFFER_CODE)
        _serial_number(reader)
        reader.end()
    except _Stopped as stopped:
        return stopped.finding
    return None


def _coupon(reader: _Reader, lookup: PrefixLookup) -> None:
    prefix = reader.sized(
        "0123456",
        _PREFIX_EXTRA,
        Reason.COUPON_MISSING_GCP_VLI,
        Reason.COUPON_INVALID_GCP_LENGTH,
        Reason.COUPON_TRUNCATED_GCP,
    )
    reader.prefix(prefix, lookup)
    reader.take(6, Reason.COUPON_TRUNCATED_OFFER_CODE)
    reader.sized(
        "12345",
        0,
        Reason.COUPON_MISSING_SAVE_VALUE_VLI,
        Reason.COUPON_INVALID_SAVE_VALUE_LENGTH,
        Reason.COUPON_TRUNCATED_SAVE_VALUE,
    )
    _purchase(reader, "1ST")
    if reader.next_is("1"):
        rules = "ADDITIONAL_PURCHASE_RULES_CODE"
        reader.one_of("0123", Reason[f"COUPON_MISSING_{rules}"], Reason[f"COUPON_INVALID_{rules}"])
        _purchase(reader, "2ND")
        _purchase_prefix(reader, "2ND", lookup)
    if reader.next_is("2"):
        _purchase(reader, "3RD")
        _purchase_prefix(reader, "3RD", lookup)
    _period(reader)
    if reader.next_is("5"):
        _serial_number(reader)
    if reader.next_is("6"):
        name = "RETAILER_GCP_OR_GLN"
        retailer = reader.sized(
            "1234567",
            _PREFIX_EXTRA,
            Reason[f"COUPON_MISSING_{name}_VLI"],
            Reason[f"COUPON_INVALID_{name}_LENGTH"],
            Reason[f"COUPON_TRUNCATED_{name}"],
        )
        reader.prefix(retailer, lookup)
    if reader.next_is("9"):
        _handling(reader)
    reader.end()


def _purchase(reader: _Reader, which: str) -> None:
    name = f"{which}_PURCHASE_REQUIREMENT"
    reader.sized(
        "12345",
        0,
        Reason[f"COUPON_MISSING_{name}_VLI"],
        Reason[f"COUPON_INVALID_{name}_LENGTH"],
        Reason[f"COUPON_TRUNCATED_{name}"],
    )
    reader.one_of("012349", Reason[f"COUPON_MISSING_{name}_CODE"], Reason[f"COUPON_INVALID_{name}_CODE"])
    reader.take(3, Reason[f"COUPON_TRUNCATED_{which}_PURCHASE_FAMILY_CODE"])


def _purchase_prefix(reader: _Reader, which: str, lookup: PrefixLookup) -> None:
    name = f"{which}_PURCHASE_GCP"
    prefix = reader.sized(
        "01234569",
        _PREFIX_EXTRA,
        Reason[f"COUPON_MISSING_{name}_VLI"],
        Reason[f"COUPON_INVALID_{name}_LENGTH"],
        Reason[f"COUPON_TRUNCATED_{name}"],
    )
    reader.prefix(prefix, lookup)


def _period(reader: _Reader) -> None:
    expires = ""
    if reader.next_is("3"):
        expires = reader.take(6, Reason.COUPON_TOO_SHORT_FOR_EXPIRATION_DATE)
        if yymmdd(expires):
            raise _Stopped(Finding(Reason.COUPON_INVALID_EXPIRATION_DATE, reader.at - 6, 6))
    if reader.next_is("4"):
        starts = reader.take(6, Reason.COUPON_TOO_SHORT_FOR_START_DATE)
        if yymmdd(starts):
            raise _Stopped(Finding(Reason.COUPON_INVALID_START_DATE, reader.at - 6, 6))
        if expires and starts > expires:
            # Both fields, with the digit that announces each: 3YYMMDD4YYMMDD.
            raise _Stopped(Finding(Reason.COUPON_EXPIRATION_BEFORE_START, reader.at - 14, 14))


def _serial_number(reader: _Reader) -> None:
    missing, truncated = Reason.COUPON_MISSING_SERIAL_NUMBER_VLI, Reason.COUPON_TRUNCATED_SERIAL_NUMBER
    reader.sized("0123456789", _PREFIX_EXTRA, missing, missing, truncated)


def _handling(reader: _Reader) -> None:
    reader.one_of("01256", Reason.COUPON_MISSING_SAVE_VALUE_CODE, Reason.COUPON_INVALID_SAVE_VALUE_CODE)
    item = "SAVE_VALUE_APPLIES_TO_ITEM"
    reader.one_of("012", Reason[f"COUPON_MISSING_{item}"], Reason[f"COUPON_INVALID_{item}"])
    reader.one_of("0123456789", Reason.COUPON_MISSING_STORE_COUPON_FLAG)
    reader.one_of("01", Reason.COUPON_MISSING_DONT_MULTIPLY_FLAG, Reason.COUPON_INVALID_DONT_MULTIPLY_FLAG)
