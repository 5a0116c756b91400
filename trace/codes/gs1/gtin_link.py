"""The alias of this service's codes for goods that have a GTIN: https://host/01/{gtin}/10/{batch}/21/{serial}."""

from __future__ import annotations

from typing import NamedTuple

from .digital_link import build_uri, parse_uri
from .element_string import checked
from .message import Element, Options
from .reasons import Gs1Refused, Reason

_READING = Options(permit_zero_suppressed_gtin=True)


class GtinLink(NamedTuple):
    """`gtin` of fourteen digits; `batch` and `serial` as printed, None where the link does not say."""

    gtin: str
    batch: str | None
    serial: str | None


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
