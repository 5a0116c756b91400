"""How far a rule from outside can be trusted: the marks of docs/sources.md, carried by the rule itself."""

from __future__ import annotations

from enum import StrEnum


class Verification(StrEnum):
    """Where a rule was read. An unverified one is configuration: it warns and never refuses."""

    VERIFIED = "verified"
    SECONDARY = "secondary"
    UNVERIFIED = "unverified"

    @property
    def is_binding(self) -> bool:
        """Whether something may be refused on the strength of it: it was read somewhere, not only remembered."""
        return self is not Verification.UNVERIFIED
