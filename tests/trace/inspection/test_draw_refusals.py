"""What a list, a secret and a public value must be, and the weights that a list is made with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from suiyuan.trace.inspection.draw import (
    Candidate,
    CandidateList,
    Commitment,
    Conflict,
    Exclusion,
    Inspector,
    RiskFacts,
    Stratum,
    commit,
    draw,
    require_list,
    risk_weight,
    stratum_name,
)
from suiyuan.trace.kernel import errors
from suiyuan.trace.kernel.errors import InvalidInput

from .draws import drawn, secret, small_list

SMALL = small_list()


def with_rows(part: str, *rows: object) -> CandidateList:
    return replace(SMALL, **{part: (*getattr(SMALL, part), *rows)})


@pytest.mark.parametrize(
    ("listed", "code", "field"),
    [
        (with_rows("candidates", Candidate("a0", "A", 1)), "draw.duplicate", "candidates.9.object_id"),
        (with_rows("candidates", Candidate("a9", "C", 1)), "draw.unknown", "candidates.9.stratum"),
        (with_rows("candidates", Candidate("a9", "A", -1)), "draw.number", "candidates.9.weight"),
        (with_rows("candidates", Candidate("a9", "A", True)), "draw.number", "candidates.9.weight"),
        (with_rows("candidates", Candidate("a9", "A", 1_000_001)), "draw.number", "candidates.9.weight"),
        (with_rows("candidates", Candidate(" ", "A", 1)), "text.missing", "candidates.9.object_id"),
        (with_rows("candidates", Candidate("a\x00", "A", 1)), "text.malformed", "candidates.9.object_id"),
        (with_rows("candidates", *[Candidate("x", "A", 1)] * 100_000), "draw.rows", "candidates"),
        (with_rows("strata", Stratum("A", 1)), "draw.duplicate", "strata.2.name"),
        (with_rows("strata", Stratum("C", -1)), "draw.number", "strata.2.size"),
        (with_rows("strata", Stratum("C", 1)), "draw.stratum_size", "strata"),
        (replace(SMALL, strata=(Stratum("A", 4), Stratum("B", 1))), "draw.stratum_size", "strata"),
        (with_rows("exclusions", Exclusion("a9", "no")), "draw.unknown", "exclusions.1.object_id"),
        (with_rows("exclusions", Exclusion("a4", "no")), "draw.duplicate", "exclusions.1.object_id"),
        (with_rows("exclusions", Exclusion("a1", "")), "text.missing", "exclusions.1.reason"),
        (with_rows("inspectors", Inspector("i0", "x")), "draw.duplicate", "inspectors.4.inspector_id"),
        (with_rows("conflicts", Conflict("i9", "a0", "kin")), "draw.unknown", "conflicts.3.inspector_id"),
        (with_rows("conflicts", Conflict("i2", "a9", "kin")), "draw.unknown", "conflicts.3.object_id"),
        (with_rows("conflicts", Conflict("i0", "a0", "kin")), "draw.duplicate", "conflicts.3.object_id"),
        (with_rows("conflicts", Conflict("i2", "a0", "kin")), "draw.few_inspectors", "conflicts"),
        (replace(SMALL, inspectors_per_object=1), "draw.number", "inspectors_per_object"),
        (replace(SMALL, inspectors_per_object=3), "draw.few_inspectors", "conflicts"),
        (replace(SMALL, plan=""), "text.missing", "plan"),
    ],
)
def test_a_list_that_cannot_be_drawn_from_is_refused_before_the_commitment(
    listed: CandidateList, code: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        commit(listed, secret(0))
    assert (refused.value.code, refused.value.field) == (code, field)


def test_the_refusal_says_which_object_lacks_inspectors_and_why() -> None:
    with pytest.raises(InvalidInput) as refused:
        require_list(with_rows("conflicts", Conflict("i2", "a0", "kin")))
    assert refused.value.evidence == {"object": "a0", "free": 1, "total": 4, "needed": 2}


def test_an_object_that_is_not_drawn_needs_no_inspectors() -> None:
    conflicts = tuple(Conflict(f"i{number}", object_id, "kin") for number in range(4) for object_id in ("a3", "a4"))
    assert len(drawn(replace(SMALL, conflicts=conflicts)).result) == 3


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_secret_has_its_length(length: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        commit(SMALL, b"x" * length)
    assert refused.value.code == "draw.secret"


def test_only_what_was_committed_to_is_drawn() -> None:
    commitment = commit(SMALL, secret(0))
    changed = replace(SMALL, plan="another")
    for listed, key, given_commitment in (
        (SMALL, secret(1), commitment),
        (changed, secret(0), commitment),
        (SMALL, secret(0), Commitment(commitment.list_sha256, "0" * 64)),
    ):
        with pytest.raises(errors.Conflict) as refused:
            draw(listed, key, given_commitment)
        assert refused.value.code == "draw.commitment"


def test_a_public_value_is_given_exactly_where_the_list_asks_for_one() -> None:
    with_source = replace(SMALL, public_source="lottery")
    for listed, value in ((SMALL, "1"), (with_source, ""), (with_source, "  ")):
        with pytest.raises(InvalidInput) as refused:
            drawn(listed, 0, value)
        assert (refused.value.code, refused.value.field) == ("draw.public_value", "public_value")


# ------------------------------------------------------------------------------------------------------ weights, names


@pytest.mark.parametrize(
    ("facts", "weight"),
    [
        (RiskFacts(0, 0, 0), 10),
        (RiskFacts(0, 0, 29), 10),
        (RiskFacts(0, 0, 30), 11),
        (RiskFacts(1, 0, 0), 30),
        (RiskFacts(0, 1, 0), 15),
        (RiskFacts(0, 0, None), 46),
        (RiskFacts(2, 3, 365), 10 + 40 + 15 + 12),
        (RiskFacts(99, 99, 99_999), 196),
    ],
)
def test_weights_of_risk(facts: RiskFacts, weight: int) -> None:
    assert risk_weight(facts) == weight


@pytest.mark.parametrize("facts", [RiskFacts(-1), RiskFacts(0, -1), RiskFacts(0, 0, -1)])
def test_facts_of_risk_are_counts(facts: RiskFacts) -> None:
    with pytest.raises(ValueError, match="counts"):
        risk_weight(facts)


def test_a_stratum_is_a_combination() -> None:
    assert stratum_name("640104", "乡镇店") == "640104/乡镇店/*"
    for parts in (("6401/04",), ("640104", ""), ("640104", "店", " ")):
        with pytest.raises(InvalidInput) as refused:
            stratum_name(*parts)
        assert refused.value.code == "draw.stratum_part"
