"""GS1 Digital Link URIs, read and written.

    https://example.com/some/stem/01/09506000134352/10/ABC/21/123?17=261231&s=4
    └──────── stem ─────────────┘ key ─────────────┘└ qualifiers ┘ attribute  ignored

The key and its qualifiers stand in the path, in their order; attributes in the query, in any. What else the query holds
is not GS1's and ignored, unless it is a number, which could be taken for an identifier.

Source: GS1 Digital Link Standard: URI Syntax; the order of checks as in GS1's syntax engine.
"""

from __future__ import annotations

from types import MappingProxyType

from .associations import check_associations
from .element_string import check_values
from .escaping import URI_CHARACTERS, escape, unescape
from .message import MAX_ELEMENTS, STANDARD, Element, Gs1Message, Options, entry_of
from .reasons import Gs1Refused, Reason
from .table import ApplicationIdentifier, find, is_key_sequence, key_sequences
from .values import check_outline

CANONICAL_STEM = "https://id.gs1.org"

CONVENIENCE_ALPHAS = MappingProxyType(
    {
        "cpid": "8010",
        "cpsn": "8011",
        "cpv": "22",
        "gcn": "255",
        "gdti": "253",
        "giai": "8004",
        "ginc": "401",
        "gln": "414",
        "glnx": "254",
        "gmn": "8013",
        "grai": "8003",
        "gsin": "402",
        "gsrn": "8018",
        "gsrnp": "8017",
        "gtin": "01",
        "itip": "8006",
        "lot": "10",
        "party": "417",
        "refno": "8020",
        "ser": "21",
        "srin": "8019",
        "sscc": "00",
    }
)
"""Short names of release 1.1, withdrawn since; read only where the options say so."""

_SCHEMES = ("https://", "HTTPS://", "http://", "HTTP://")
_NOT_IN_DOMAINS = frozenset("_~?#@!$&'()*+,;=%")
_SHORT_GTINS = (8, 12, 13)
_GTIN_DIGITS = 14


def parse_uri(text: str, options: Options = STANDARD) -> Gs1Message:
    """Reads a Digital Link URI. Raises Gs1Refused, for structure first, then order, then values, then associations."""
    stem, path, query = _split(text)
    segments = path.split("/")
    root = _root(segments, options)
    elements = _path_elements(segments[root:], options)
    path_length = len(elements)
    attributes, ignored = _query_parts(query, options)
    elements += attributes
    if len(elements) > MAX_ELEMENTS:
        raise Gs1Refused(Reason.TOO_MANY_ELEMENTS, detail=str(MAX_ELEMENTS))
    if options.check_path:
        _check_path(elements, path_length, options)
    check_values(elements, options)
    check_associations(tuple(elements), options.rules)
    return Gs1Message(tuple(elements), path_length, stem + "/".join(segments[:root]), tuple(ignored))


def _split(text: str) -> tuple[str, str, str]:
    """Scheme with domain, path, query. The fragment is left out."""
    if not URI_CHARACTERS.issuperset(text):
        raise Gs1Refused(Reason.URI_CHARACTER, value=text)
    scheme = next((scheme for scheme in _SCHEMES if text.startswith(scheme)), None)
    if scheme is None:
        raise Gs1Refused(Reason.URI_SCHEME, value=text)
    domain, slash, rest = text[len(scheme) :].partition("/")
    if not domain or not slash:
        raise Gs1Refused(Reason.URI_WITHOUT_PATH, value=text)
    if not _NOT_IN_DOMAINS.isdisjoint(domain):
        raise Gs1Refused(Reason.DOMAIN_CHARACTER, value=domain)
    path, _, query = rest.partition("#")[0].partition("?")
    return scheme + domain, slash + path, query


def _find(segment: str, options: Options) -> ApplicationIdentifier | None:
    name = CONVENIENCE_ALPHAS.get(segment, segment) if options.permit_convenience_alphas else segment
    return find(name, permit_unknown=options.permit_unknown_ais)


def _root(segments: list[str], options: Options) -> int:
    """Where the key stands: from the end backwards by pairs of identifier and value, the first key met."""
    for at in range(len(segments) - 2, 0, -2):
        entry = _find(segments[at], options)
        if entry is None:
            break
        if entry.qualifiers is not None:
            return at
    raise Gs1Refused(Reason.NO_KEY, value="/".join(segments))


def _path_elements(segments: list[str], options: Options) -> list[Element]:
    """Pairs of identifier and value; _root has walked over all of these identifiers."""
    elements: list[Element] = []
    for name, escaped in zip(segments[::2], segments[1::2], strict=True):
        entry = _find(name, options)
        if entry is None:
            raise Gs1Refused(Reason.NO_KEY, value=name)
        elements.append(Element(entry.ai, _value(entry, escaped, options, query=False)))
    return elements


def _query_parts(query: str, options: Options) -> tuple[list[Element], list[str]]:
    """The attributes, and what is none."""
    elements: list[Element] = []
    ignored: list[str] = []
    for part in query.split("&"):
        name, equals, escaped = part.partition("=")
        if not equals or not (name.isascii() and name.isdigit()):
            ignored += [part] if part else []
            continue
        entry = find(name, permit_unknown=options.permit_unknown_ais)
        if entry is None:
            raise Gs1Refused(Reason.UNKNOWN_AI, ai=name, value=part)
        elements.append(Element(name, _value(entry, escaped, options, query=True)))
    return elements, ignored


def _value(entry: ApplicationIdentifier, escaped: str, options: Options, *, query: bool) -> str:
    value = unescape(escaped, query=query)
    if not value:
        raise Gs1Refused(Reason.VALUE_HAS_NUL if escaped else Reason.VALUE_EMPTY, ai=entry.ai, value=escaped)
    if entry.ai == "01" and options.permit_zero_suppressed_gtin and len(value) in _SHORT_GTINS:
        value = value.rjust(_GTIN_DIGITS, "0")
    if options.check_values:
        check_outline(entry, value)
    return value


def _check_path(elements: list[Element], path_length: int, options: Options) -> None:
    path = tuple(element.ai for element in elements[:path_length])
    if not is_key_sequence(path):
        raise Gs1Refused(Reason.KEY_SEQUENCE, ai=path[0], detail="/".join(path))
    seen = set(path)
    for ai, value in elements[path_length:]:
        if ai in seen:
            raise Gs1Refused(Reason.DUPLICATE, ai=ai, value=value)
        seen.add(ai)
        if not _may_be_attribute(ai, options):
            raise Gs1Refused(Reason.NOT_AN_ATTRIBUTE, ai=ai, value=value)
        if any(is_key_sequence((*path[:at], ai, *path[at:])) for at in range(1, path_length + 1)):
            raise Gs1Refused(Reason.BELONGS_IN_PATH, ai=ai, value=value)


def _may_be_attribute(ai: str, options: Options) -> bool:
    entry = entry_of(ai)
    return entry.attribute if entry.known else options.permit_unknown_ai_as_attr


def build_uri(domain_or_stem: str | None, message: Gs1Message, options: Options = STANDARD) -> str:
    """The Digital Link URI of a message, on a domain, on a stem with scheme, or on None for GS1's own resolver.

    The first key of the message becomes the key, with as many qualifiers in the path as fit; the rest become
    attributes in their order, those of predefined length first; of repeated ones the first is written. Values are
    taken as they are: a message comes from a reader. Raises Gs1Refused: no_key, not_an_attribute, stem.
    """
    stem = _stem(domain_or_stem)
    path = _best_path(message)
    attributes: dict[str, str] = {}
    for ai, value in message.predefined_first.elements:
        if ai not in path:
            if not _may_be_attribute(ai, options):
                raise Gs1Refused(Reason.NOT_AN_ATTRIBUTE, ai=ai, value=value)
            attributes.setdefault(ai, value)
    values = ((ai, message.get(ai)) for ai in path)
    uri = stem + "".join(f"/{ai}/{escape(value)}" for ai, value in values if value is not None)
    query = "&".join(f"{ai}={escape(value, query=True)}" for ai, value in attributes.items())
    return f"{uri}?{query}" if query else uri


def _best_path(message: Gs1Message) -> tuple[str, ...]:
    """The sequence of the message's first key that takes up most of its elements; the first in order of equals."""
    sequences = key_sequences()
    key = next((element.ai for element in message.elements if element.ai in sequences), None)
    if key is None:
        raise Gs1Refused(Reason.NO_KEY, value=message.bracketed)
    return max(sequences[key], key=lambda path: sum(element.ai in path[1:] for element in message.elements))


def _stem(domain_or_stem: str | None) -> str:
    if domain_or_stem is None:
        return CANONICAL_STEM
    stem = domain_or_stem if "://" in domain_or_stem else f"https://{domain_or_stem}"
    stem = stem.removesuffix("/")
    rest = stem.partition("://")[2]
    if (
        not stem.startswith(_SCHEMES)
        or not URI_CHARACTERS.issuperset(stem)
        or not _NOT_IN_DOMAINS.isdisjoint(rest.partition("/")[0])
        or not rest.partition("/")[0]
        or "?" in rest
        or "#" in rest
    ):
        raise Gs1Refused(Reason.STEM, value=domain_or_stem)
    return stem
