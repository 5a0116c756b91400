"""EPC URNs as GS1 elements, and the one canonical URI of whatever names an object, class or place.

    urn:epc:id:sgtin:4012345.011111.98      company prefix . indicator and item . serial   → (01)… (21)98
    urn:epc:class:lgtin:4012345.012345.L1                                                  → (01)… (10)L1
    urn:epc:idpat:sgtin:4012345.011111.*    any serial                                     → (01)…

Source: GS1 EPC Tag Data Standard 2.x, section 6 (EPC URIs); GS1 Core Business Vocabulary 2.0 (canonical,
constrained Digital Link URIs: the finest identification only, no attributes).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from .checks import check_digit
from .digital_link import CANONICAL_STEM, parse_uri
from .escaping import escape, unescape
from .findings import any_prefix
from .message import Element, Options, entry_of
from .reasons import Gs1Refused, Reason
from .table import ApplicationIdentifier, Component
from .values import check_components, check_outline

PREFIX_DIGITS = range(6, 13)
_ANY = "*"
_READING = Options(
    permit_zero_suppressed_gtin=True,
    permit_convenience_alphas=True,
    check_values=False,
    rules=frozenset(),
)
_FINER = MappingProxyType({"01": ("21", "235", "10"), "8006": ("21", "10")})
"""Qualifiers that identify, finest first. A variant (22) does not; other keys keep 254, 8011 and 8020."""
_KEPT = ("254", "8011", "8020")


def canonical_uri(text: str) -> str:
    """The canonical URI of what a Digital Link URI or an EPC URN names: key and finest qualifier on id.gs1.org.

    Lengths and characters are checked, check digits are not: two spellings of one wrong number are still one name.
    Raises Gs1Refused.
    """
    elements = parse_epc(text) if text.startswith("urn:epc:") else _identity(text)
    for ai, value in elements:
        check_outline(entry_of(ai), value)
        check_components(_form_only(entry_of(ai)), value, any_prefix)
    return CANONICAL_STEM + "".join(f"/{ai}/{escape(value)}" for ai, value in elements)


def _identity(text: str) -> tuple[Element, ...]:
    message = parse_uri(text, _READING)
    key, *qualifiers = message.elements[: message.path_length]
    for finer in _FINER.get(key.ai, ()):
        if value := next((element for element in qualifiers if element.ai == finer), None):
            return key, value
    return (key, *(element for element in qualifiers if element.ai in _KEPT))


def _form_only(entry: ApplicationIdentifier) -> ApplicationIdentifier:
    """The entry without linters: character sets and lengths remain."""
    parts = tuple(Component(part.charset, part.least, part.most, part.optional, ()) for part in entry.components)
    return ApplicationIdentifier(entry.ai, entry.predefined, entry.attribute, parts, (), (), None, entry.title)


def parse_epc(text: str) -> tuple[Element, ...]:
    """The elements of an EPC URN: pure identity, class or pattern of any serial. Raises Gs1Refused."""
    head, _, body = text.removeprefix("urn:epc:").partition(":")
    scheme, _, body = body.partition(":")
    count, build = _SCHEMES.get((head, scheme), (0, None))
    # The last field may have dots of its own.
    fields = body.split(".", count - 1) if build else []
    pattern = head == "idpat"
    open_serial = pattern and fields[-1:] == [_ANY]
    no_serial = count > 2 and fields[-1:] == [""]
    if build is None or len(fields) != count or not _is_prefix(fields[0]) or no_serial or pattern != open_serial:
        raise Gs1Refused(Reason.NOT_AN_IDENTITY, value=text)
    elements = build([unescape(field) for field in ([*fields[:-1], ""] if open_serial else fields)])
    if elements is None:
        raise Gs1Refused(Reason.NOT_AN_IDENTITY, value=text)
    return tuple(element for element in elements if element.value)


def _is_prefix(text: str) -> bool:
    return len(text) in PREFIX_DIGITS and text.isascii() and text.isdigit()


_Fields = list[str]
_Built = list[Element] | None
_Build = Callable[[_Fields], _Built]


def _numeric(digits: str, count: int) -> str | None:
    """`digits` with their check digit, if they are as many as they must be."""
    right = len(digits) == count and digits.isascii() and digits.isdigit()
    return digits + check_digit(digits) if right else None


def _gtin(prefix: str, item: str) -> str | None:
    """The indicator, first digit of the item reference, goes before the company prefix."""
    return _numeric(item[:1] + prefix + item[1:], 13)


def _with_gtin(qualifier: str) -> _Build:
    def build(fields: _Fields) -> _Built:
        gtin = _gtin(fields[0], fields[1])
        return [Element("01", gtin), Element(qualifier, fields[2])] if gtin else None

    return build


def _plain(ai: str, digits: int) -> _Build:
    """Prefix and reference in full, then the check digit."""

    def build(fields: _Fields) -> _Built:
        number = _numeric(fields[0] + fields[1], digits)
        return [Element(ai, number)] if number else None

    return build


def _serialised(ai: str, leading: str = "") -> _Build:
    """Twelve digits of prefix and type, check digit, and the serial within the same value."""

    def build(fields: _Fields) -> _Built:
        number = _numeric(leading + fields[0] + fields[1], len(leading) + 12)
        return [Element(ai, number + fields[2])] if number else None

    return build


def _joined(ai: str) -> _Build:
    """A reference of free characters behind the prefix."""
    return lambda fields: [Element(ai, fields[0] + fields[1])] if fields[1] else None


def _sscc(fields: _Fields) -> _Built:
    number = _numeric(fields[1][:1] + fields[0] + fields[1][1:], 17)
    return [Element("00", number)] if number else None


def _sgln(fields: _Fields) -> _Built:
    """Extension 0 means the place itself."""
    number = _numeric(fields[0] + fields[1], 12)
    if number is None:
        return None
    return [Element("414", number)] if fields[2] == "0" else [Element("414", number), Element("254", fields[2])]


def _cpi(fields: _Fields) -> _Built:
    return [Element("8010", fields[0] + fields[1]), Element("8011", fields[2])] if fields[1] else None


def _itip(fields: _Fields) -> _Built:
    gtin = _gtin(fields[0], fields[1])
    if gtin is None or any(len(number) != 2 for number in fields[2:4]):
        return None
    return [Element("8006", gtin + fields[2] + fields[3]), Element("21", fields[4])]


_PATTERNS: Mapping[str, tuple[int, _Build]] = {
    "sgtin": (3, _with_gtin("21")),
    "upui": (3, _with_gtin("235")),
    "grai": (3, _serialised("8003", "0")),
    "gdti": (3, _serialised("253")),
    "sgcn": (3, _serialised("255")),
    "sgln": (3, _sgln),
    "cpi": (3, _cpi),
    "itip": (5, _itip),
}
"""Schemes with a serial, which a pattern may leave open; each with its number of fields."""

_IDENTITIES: Mapping[str, tuple[int, _Build]] = {
    **_PATTERNS,
    "sscc": (2, _sscc),
    "giai": (2, _joined("8004")),
    "ginc": (2, _joined("401")),
    "gsrn": (2, _plain("8018", 17)),
    "gsrnp": (2, _plain("8017", 17)),
    "gsin": (2, _plain("402", 16)),
    "pgln": (2, _plain("417", 12)),
}

_SCHEMES: Mapping[tuple[str, str], tuple[int, _Build]] = MappingProxyType(
    {("id", name): scheme for name, scheme in _IDENTITIES.items()}
    | {("idpat", name): scheme for name, scheme in _PATTERNS.items()}
    | {("class", "lgtin"): (3, _with_gtin("10"))}
)
