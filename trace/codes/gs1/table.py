"""GS1's table of application identifiers: what each may hold, with what it must or must not stand, and which are keys.

Source: GS1 Barcode Syntax Dictionary (Apache-2.0), restated in application_identifiers.txt; predefined lengths: GS1
General Specifications, figure "Element strings with predefined length using GS1 Application Identifiers".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import combinations

MAX_UNKNOWN_VALUE = 90
"""Longest value of an identifier that the table does not know; the longest of any that it does."""


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a value: `charset` N, X, Y or Z; `least` and `most` characters; linters run on it in turn."""

    charset: str
    least: int
    most: int
    optional: bool
    linters: tuple[str, ...]

    @property
    def spec(self) -> str:
        """As the dictionary writes it, e.g. `N14,csum,gcppos2` or `[X..17]`."""
        length = str(self.most) if self.least == self.most else f"..{self.most}"
        body = f"[{self.charset}{length}]" if self.optional else f"{self.charset}{length}"
        return ",".join((body, *self.linters))


@dataclass(frozen=True, slots=True)
class ApplicationIdentifier:
    """`predefined`: needs no separator after it. `attribute`: may stand in the query of a Digital Link URI.

    `requires`: of each entry, one of the sets must be present. `excludes`: none may be. A pattern ends in `n` for any
    digit. `qualifiers` is None for what is no Digital Link key, else the alternatives of qualifiers in order.
    """

    ai: str
    predefined: bool
    attribute: bool
    components: tuple[Component, ...]
    requires: tuple[tuple[tuple[str, ...], ...], ...]
    excludes: tuple[str, ...]
    qualifiers: tuple[tuple[str, ...], ...] | None
    title: str
    known: bool = True

    @property
    def least(self) -> int:
        return sum(part.least for part in self.components if not part.optional)

    @property
    def most(self) -> int:
        return sum(part.most for part in self.components)


_PREDEFINED_LENGTHS = (
    {f"{prefix:02}": (2, 14) for prefix in (1, 2, 3)}
    | {"00": (2, 18), "04": (2, 16), "20": (2, 2), "41": (3, 13)}
    | {f"{prefix}": (2, 6) for prefix in range(11, 20)}
    | {f"{prefix}": (4, 6) for prefix in range(31, 37)}
)
"""First two digits → digits of the identifier, characters of its value."""


@cache
def table() -> dict[str, ApplicationIdentifier]:
    """Every identifier GS1 has assigned."""
    source = files("suiyuan.trace.codes.gs1").joinpath("application_identifiers.txt").read_text(encoding="utf-8")
    return {entry.ai: entry for line in source.splitlines() if line[:1] != "#" for entry in _entries(line)}


def _entries(line: str) -> Iterator[ApplicationIdentifier]:
    span, flags, components, attributes, title = line.split("|", 4)
    first, _, last = span.partition("-")
    parts = tuple(_component(spec) for spec in components.split())
    requires: list[tuple[tuple[str, ...], ...]] = []
    excludes: list[str] = []
    qualifiers: tuple[tuple[str, ...], ...] | None = None
    for name, _, value in (attribute.partition("=") for attribute in attributes.split()):
        if name == "req":
            requires.append(tuple(tuple(group.split("+")) for group in value.split(",")))
        elif name == "ex":
            excludes.extend(value.split(","))
        else:
            qualifiers = tuple(tuple(choice.split(",")) for choice in value.split("/")) if value else ((),)
    for number in range(int(first), int(last or first) + 1):
        yield ApplicationIdentifier(
            f"{number:0{len(first)}}",
            "f" in flags,
            "d" in flags,
            parts,
            tuple(requires),
            tuple(excludes),
            qualifiers,
            title,
        )


def _component(spec: str) -> Component:
    body, *linters = spec.split(",")
    optional = body.startswith("[")
    body = body.strip("[]")
    length = body[1:]
    most = int(length.removeprefix(".."))
    return Component(body[0], 1 if length.startswith("..") else most, most, optional, tuple(linters))


@cache
def _digits_by_prefix() -> dict[str, int]:
    """All identifiers that begin with the same two digits have the same length."""
    return {ai[:2]: len(ai) for ai in table()}


def find(ai: str, *, permit_unknown: bool = False) -> ApplicationIdentifier | None:
    """The entry of exactly this identifier, or a stand-in if unknown ones are permitted and it could be assigned."""
    entry = table().get(ai)
    if entry or not permit_unknown or not (2 <= len(ai) <= 4 and ai.isascii() and ai.isdigit()):
        return entry
    return _unknown(ai) if _digits_by_prefix().get(ai[:2], len(ai)) == len(ai) else None


def find_at(text: str, at: int, *, permit_unknown: bool = False) -> ApplicationIdentifier | None:
    """The entry of the identifier that begins at `at`; an unknown one only where its first digits tell its length."""
    digits = _digits_by_prefix().get(text[at : at + 2])
    return find(text[at : at + digits], permit_unknown=permit_unknown) if digits else None


def _unknown(ai: str) -> ApplicationIdentifier:
    digits, length = _PREDEFINED_LENGTHS.get(ai[:2], (0, 0))
    if digits != len(ai):
        length = 0
    part = Component("X", length or 1, length or MAX_UNKNOWN_VALUE, optional=False, linters=())
    return ApplicationIdentifier(ai, bool(length), False, (part,), (), (), None, "", known=False)


@cache
def key_sequences() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Key → every path it may begin: itself, then any of its qualifiers in their order. Sorted, the key alone first."""
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for entry in table().values():
        if entry.qualifiers is not None:
            paths = {
                (entry.ai, *chosen)
                for choice in entry.qualifiers
                for count in range(len(choice) + 1)
                for chosen in combinations(choice, count)
            }
            found[entry.ai] = tuple(sorted(paths, key=" ".join))
    return found


@cache
def _valid_paths() -> frozenset[tuple[str, ...]]:
    return frozenset(path for paths in key_sequences().values() for path in paths)


def is_key_sequence(path: tuple[str, ...]) -> bool:
    """Whether these identifiers, in this order, may be the path of a Digital Link URI."""
    return path in _valid_paths()
