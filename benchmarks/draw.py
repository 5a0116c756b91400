"""A double-random draw of Ningxia's size, and its verification from the published file.

22 counties at 3 to 5 outlets each, 1,272 outlets, 40 inspectors with 400 conflicts. The draw is held against drawing
the same counts with `random.sample`, which weighs nothing, excludes nobody and cannot be run again; verification
against only reading the file.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from suiyuan.trace.inspection.draw import (
    Candidate,
    CandidateList,
    Conflict,
    Inspector,
    RiskFacts,
    Stratum,
    commit,
    draw,
    published,
    read,
    risk_weight,
    stratum_name,
    verify,
    written,
)

from .figure import Figure, figure, interleaved

COUNTIES = 22
OUTLETS = 1_272
INSPECTORS = 40
CONFLICTS = 400
ROUNDS = 15
SECRET = bytes(range(32))
PUBLIC_VALUE = "03 07 12 19 24 31 | 05"


def run() -> Iterator[Figure]:
    listed = _listed()
    commitment = commit(listed, SECRET)
    outlets = {
        each.name: [candidate.object_id for candidate in listed.candidates if candidate.stratum == each.name]
        for each in listed.strata
    }
    inspectors = [each.inspector_id for each in listed.inspectors]
    content = written(published(draw(listed, SECRET, commitment, PUBLIC_VALUE)))
    assert verify(read(content), commitment=commitment.digest) == []

    def plainly() -> None:
        for stratum in listed.strata:
            for _ in random.sample(outlets[stratum.name], stratum.size):
                random.sample(inspectors, listed.inspectors_per_object)

    ours, theirs = interleaved((lambda: draw(listed, SECRET, commitment, PUBLIC_VALUE), plainly), ROUNDS, 1)
    unit = f"ms a draw, {OUTLETS:,} outlets, {INSPECTORS} inspectors"
    yield figure("draw", ours * 1e3, unit, "ms, random.sample", theirs * 1e3, "at most 300")

    ours, theirs = interleaved((lambda: verify(read(content)), lambda: json.loads(content)), ROUNDS, 1)
    yield figure("draw-verify", ours * 1e3, "ms a published file", "ms, json.loads", theirs * 1e3, "at most 100")


def _listed() -> CandidateList:
    strata = tuple(Stratum(stratum_name(f"64{number:04}"), 3 + number % 3) for number in range(COUNTIES))
    weights = [risk_weight(RiskFacts(number % 3, number % 5, number % 700)) for number in range(OUTLETS)]
    return CandidateList(
        plan="Ningxia",
        strata=strata,
        candidates=tuple(
            Candidate(f"outlet {number:04}", strata[number % COUNTIES].name, weight)
            for number, weight in enumerate(weights)
        ),
        inspectors=tuple(Inspector(f"inspector {number:02}", f"agency {number % 5}") for number in range(INSPECTORS)),
        conflicts=tuple(
            Conflict(f"inspector {number % INSPECTORS:02}", f"outlet {number * 7 % OUTLETS:04}", "kin")
            for number in range(CONFLICTS)
        ),
        public_source="double lottery 2026140, in the order of the announcement",
    )
