"""The double-random draw (双随机): objects and inspectors at random, so that anybody can run it again from one file.

    before   the candidate list and a secret of 32 random bytes are hashed; both hashes are published
    then     the public value named in the list comes to be, such as the winning number of a lottery of a later day
    draw     secret and public value give the seed, the seed gives everything else
    after    the file with list, secret, public value, result and every redraw is published: `suiyuan draw verify FILE`

What this proves: with a public value, that nobody could choose who is drawn, since the list and the secret were fixed
before anybody knew the value. Without one, only that nothing was changed after the commitment: whoever makes the secret
could have tried many. What a redraw gives follows from the seed too, and can be computed once that is known; who asked
for it and why is sealed in the file but follows from nothing. That it is true is for the event log and its readers.

Everything in the file is public, so reasons name no persons.

| file            | what it does                                                                                 |
|-----------------|----------------------------------------------------------------------------------------------|
| lists.py        | the candidate list: strata, candidates, exclusions, inspectors, conflicts                    |
| weights.py      | how likely an object is drawn, from what is known of it                                      |
| randomness.py   | from secret and public value to numbers                                                      |
| sampling.py     | which objects by their weights, which inspectors by their load                               |
| drawing.py      | commit, draw, redraw                                                                         |
| document.py     | the published file: written, read, verified                                                  |

Source: 优化营商环境条例 art. 54; 国办发〔2015〕58号, not seen; two officers or more an object, and stepping aside
(回避): practice of rules of 双随机 (docs/sources.md).
"""

from __future__ import annotations

from .document import MAX_FILE_BYTES, published, read, verify, written
from .drawing import Assignment, Commitment, Draw, Redraw, commit, draw, redraw_inspector, redraw_object
from .lists import (
    ALGORITHM,
    Candidate,
    CandidateList,
    Conflict,
    Exclusion,
    Inspector,
    Stratum,
    require_list,
    stratum_name,
)
from .randomness import SECRET_BYTES
from .sampling import inclusion_probabilities
from .weights import RiskFacts, risk_weight

__all__ = [
    "ALGORITHM",
    "MAX_FILE_BYTES",
    "SECRET_BYTES",
    "Assignment",
    "Candidate",
    "CandidateList",
    "Commitment",
    "Conflict",
    "Draw",
    "Exclusion",
    "Inspector",
    "Redraw",
    "RiskFacts",
    "Stratum",
    "commit",
    "draw",
    "inclusion_probabilities",
    "published",
    "read",
    "redraw_inspector",
    "redraw_object",
    "require_list",
    "risk_weight",
    "stratum_name",
    "verify",
    "written",
]
