"""Linters by the names the table gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from . import charsets, checks, coupons, dates
from .findings import Finding, PrefixLookup, any_prefix

_Plain = Callable[[str], Finding | None]
_WithPrefixes = Callable[[str, PrefixLookup], Finding | None]

_PLAIN: Mapping[str, _Plain] = MappingProxyType(
    {
        linter.__name__: linter
        for linter in (
            charsets.csetnumeric,
            charsets.cset82,
            charsets.cset39,
            charsets.cset64,
            charsets.hasnondigit,
            charsets.pcenc,
            charsets.hyphen,
            charsets.importeridx,
            charsets.zero,
            charsets.nonzero,
            charsets.nozeroprefix,
            charsets.yesno,
            charsets.winding,
            charsets.pieceoftotal,
            charsets.posinseqslash,
            charsets.latitude,
            charsets.longitude,
            checks.csum,
            checks.csumalpha,
            checks.iso3166,
            checks.iso3166999,
            checks.iso3166alpha2,
            checks.iso4217,
            checks.iso5218,
            checks.mediatype,
            checks.packagetype,
            checks.iban,
            dates.yymmdd,
            dates.yymmd0,
            dates.yyyymmdd,
            dates.yyyymmd0,
            dates.hh,
            dates.mi,
            dates.ss,
            dates.hhmi,
        )
    }
)
_WITH_PREFIXES: Mapping[str, _WithPrefixes] = MappingProxyType(
    {
        "gcppos1": checks.gcppos1,
        "gcppos2": checks.gcppos2,
        "couponcode": coupons.couponcode,
        "couponposoffer": coupons.couponposoffer,
    }
)
LINTERS = frozenset(_PLAIN) | frozenset(_WITH_PREFIXES)
CHARSET_LINTERS = MappingProxyType({"N": "csetnumeric", "X": "cset82", "Y": "cset39", "Z": "cset64"})


def lint(name: str, value: str, lookup: PrefixLookup = any_prefix) -> Finding | None:
    """What the linter called `name` says of `value`. Raises KeyError for a name that is not in LINTERS."""
    plain = _PLAIN.get(name)
    return plain(value) if plain else _WITH_PREFIXES[name](value, lookup)
