"""The alias of this service's codes for goods that have a GTIN: https://host/01/{gtin}/10/{batch}/21/{serial}."""

from __future__ import annotations

import re
from string import ascii_letters, digits
from typing import NamedTuple

from .digital_link import build_uri, parse_uri
from .element_string import checked
from .message import Element, Options
from .reasons import Gs1Refused, Reason

_READING = Options(permit_zero_suppressed_gtin=True)

MAX_LINKS = 8
"""Looked at in one text. A label carries one; each costs a tenth of a millisecond."""

_TOKEN = re.compile(r"[^\s<>\"]+")
_KEY = re.compile(r"/01/(?P<gtin>[0-9]{8}|[0-9]{12,14})(?=[/?#]|$)")
_STEM_CHARACTERS = ascii_letters + digits + "-._~%:/[]"
_AFTER_LINK = ".,;:!)]}。、》」』'"
_NO_LINK = frozenset({Reason.NO_KEY, Reason.NOT_A_GTIN_LINK})
"""A path in which /01/ and some digits stand for something else."""

_DATE_DIGITS = 8
"""As long as a short GTIN: what does not hold as a link is then taken for a day in an address."""


class GtinLink(NamedTuple):
    """`gtin` of fourteen digits; `batch` and `serial` as printed, None where the link does not say."""

    gtin: str
    batch: str | None
    serial: str | None


class FoundLink(NamedTuple):
    """A Digital Link with a GTIN in some text: `text` as it stands there, `beside` the parts of its query that are not
    GS1's, and either the `link` or the refusal."""

    text: str
    beside: str
    link: GtinLink | None
    refusal: Gs1Refused | None


def gtin_link(base: str, gtin: str, batch: str | None = None, serial: str | None = None) -> str:
    """The link of a unit, a batch or a product on `base`, a domain or a stem with scheme.

    A GTIN of 8, 12 or 13 digits is filled up with zeros. Raises Gs1Refused: wrong check digit, a character or a
    length that GS1 does not allow (at most 20 of CSET 82 for batch and serial), a base that is no stem.
    """
    padded = gtin.rjust(14, "0") if len(gtin) in (8, 12, 13) else gtin
    values = (("01", padded), ("10", batch), ("21", serial))
    return build_uri(base, checked([Element(ai, value) for ai, value in values if value is not None]))


def read_gtin_link(text: str) -> GtinLink:
    """GTIN, batch and serial of a Digital Link URI with a GTIN for its key. Raises Gs1Refused."""
    message = parse_uri(text, _READING)
    gtin, batch, serial = (message.get(ai) for ai in ("01", "10", "21"))
    if message.elements[0].ai != "01" or gtin is None:
        raise Gs1Refused(Reason.NOT_A_GTIN_LINK, value=text)
    return GtinLink(gtin, batch, serial)


def find_gtin_links(text: str) -> list[FoundLink]:
    """The Digital Links with a GTIN in `text`, of any host and stem, with or without scheme. Raises nothing.

    Compressed links are not read, and no more than MAX_LINKS.
    """
    if "/01/" not in text:
        return []
    tokens = [token for token in _TOKEN.findall(text) if "/01/" in token][:MAX_LINKS]
    return [found for found in (_found(token, text) for token in tokens) if found is not None]


def _found(token: str, text: str) -> FoundLink | None:
    """The link in a token of `text`. Host and stem are left out: neither has a say in what it names."""
    key = _KEY.search(token)
    if key is None:
        return None
    before = token[: key.start()].rstrip(_STEM_CHARACTERS)
    if before or len(token) < len(text):
        # A value may end in such a character; in a sentence it is the sentence's.
        token = token.rstrip(_AFTER_LINK)
        key = _KEY.search(token) or key
    path, _, query = token[key.start() :].partition("#")[0].partition("?")
    if path.count("/") % 2:  # one too many for pairs of identifier and value
        path = path.removesuffix("/")
    beside = " ".join(part for part in query.split("&") if not part.partition("=")[0].isdecimal())
    try:
        link = read_gtin_link(f"https://host{path}?{query}")
    except Gs1Refused as refusal:
        if refusal.reason in _NO_LINK or len(key["gtin"]) == _DATE_DIGITS:
            return None
        return FoundLink(token[len(before) :], beside, None, refusal)
    return FoundLink(token[len(before) :], beside, link, None)
