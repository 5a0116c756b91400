"""Candidate lists for the tests of draws: a small one, and the one of Ningxia."""

from __future__ import annotations

import hashlib

from suiyuan.trace.inspection.draw import (
    Candidate,
    CandidateList,
    Conflict,
    Draw,
    Exclusion,
    Inspector,
    RiskFacts,
    Stratum,
    commit,
    draw,
    risk_weight,
    stratum_name,
)

COUNTIES = 22
OUTLETS = 1_272
INSPECTORS = 40


def secret(number: int) -> bytes:
    """A secret of 32 bytes, always the same for the same number."""
    return hashlib.sha256(f"secret {number}".encode()).digest()


def drawn(listed: CandidateList, number: int = 0, public_value: str = "") -> Draw:
    return draw(listed, secret(number), commit(listed, secret(number)), public_value)


def small_list() -> CandidateList:
    """Two strata of five and four outlets, four inspectors; one outlet excluded, one of weight zero."""
    return CandidateList(
        plan="2026 autumn",
        strata=(Stratum("A", 2), Stratum("B", 1)),
        candidates=(
            *(Candidate(f"a{number}", "A", weight) for number, weight in enumerate((3, 1, 4, 0, 5))),
            *(Candidate(f"b{number}", "B", weight) for number, weight in enumerate((2, 7, 1, 8))),
        ),
        inspectors=tuple(Inspector(f"i{number}", f"agency {number % 2}") for number in range(4)),
        conflicts=(Conflict("i0", "a0", "kin"), Conflict("i3", "b1", "worked there"), Conflict("i1", "a0", "kin")),
        exclusions=(Exclusion("a4", "closed for good"),),
    )


def ningxia_list() -> CandidateList:
    """Twenty-two counties at 3 to 5 outlets each, 1,272 outlets, 40 inspectors with 400 conflicts."""
    strata = tuple(Stratum(stratum_name(f"64{number:04}"), 3 + number % 3) for number in range(COUNTIES))
    return CandidateList(
        plan="Ningxia",
        strata=strata,
        candidates=tuple(
            Candidate(
                f"outlet {number:04}",
                strata[number % COUNTIES].name,
                risk_weight(RiskFacts(number % 3, number % 5, number % 700)),
            )
            for number in range(OUTLETS)
        ),
        inspectors=tuple(Inspector(f"inspector {number:02}", f"agency {number % 5}") for number in range(INSPECTORS)),
        conflicts=tuple(
            Conflict(f"inspector {number % INSPECTORS:02}", f"outlet {number * 7 % OUTLETS:04}", "kin")
            for number in range(400)
        ),
        public_source="双色球 2026140, in the order of the announcement",
    )
