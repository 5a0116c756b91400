"""GS1 element strings and Digital Link URIs, read, checked and written by the table of application identifiers."""

from .digital_link import CANONICAL_STEM, build_uri, parse_uri
from .element_string import parse_bracketed, parse_element_string
from .epc import canonical_uri
from .findings import Finding, PrefixAnswer, PrefixLookup
from .gtin_link import FoundLink, GtinLink, find_gtin_links, gtin_link, read_gtin_link
from .linters import LINTERS, lint
from .message import LENIENT, STANDARD, Element, Gs1Message, Options, Rule
from .reasons import Gs1Refused, Reason

__all__ = [
    "CANONICAL_STEM",
    "LENIENT",
    "LINTERS",
    "STANDARD",
    "Element",
    "Finding",
    "FoundLink",
    "Gs1Message",
    "Gs1Refused",
    "GtinLink",
    "Options",
    "PrefixAnswer",
    "PrefixLookup",
    "Reason",
    "Rule",
    "build_uri",
    "canonical_uri",
    "find_gtin_links",
    "gtin_link",
    "lint",
    "parse_bracketed",
    "parse_element_string",
    "parse_uri",
    "read_gtin_link",
]
