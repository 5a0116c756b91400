"""Use cases of spot checks, in the order in which they are done.

| file           | use cases                                                                              |
|----------------|----------------------------------------------------------------------------------------|
| sampling.py    | take a sample, seal it, see whether it is one too many                                 |
| laboratory.py  | receive a portion, enter results, enter those of a re-test                             |
| suggesting.py  | what the rules make of the results                                                     |
| deciding.py    | confirm what is suggested, or override it with a reason                                |
| hearing.py     | notify, objection, re-test; the maker's answer                                         |
| concluding.py  | final, published, corrected, withdrawn                                                 |
| stopping.py    | hold a batch under review, release it; the stop that follows a failure                 |
| reading.py     | what is on file, what is due, what counts for the next draw                            |
| cited.py       | results that authorities published elsewhere                                           |
| common.py      | who may, and how a step is recorded                                                    |
"""

from __future__ import annotations

from ..records import record_of, require_record, require_sample
from .cited import count_published, list_published, load_published
from .common import find_sample_id, kind_of, may_read
from .concluding import conclude, correct, publish, withdraw
from .deciding import AS_SUGGESTED, NewDecision, decide
from .hearing import notify_result, object_to, order_retest, record_maker_response
from .laboratory import LaboratoryReport, receive, record_report, record_retest
from .reading import (
    CountConcerning,
    Due,
    count_concerning,
    due,
    final_failures,
    final_faults,
    last_visits,
    list_concerning,
    list_samples,
    samples_of,
    withdrawn_because,
)
from .sampling import NewSample, Sealing, duplicates_for, find_duplicates, seal, take_sample
from .stopping import hold, release_hold

__all__ = [
    "AS_SUGGESTED",
    "CountConcerning",
    "Due",
    "LaboratoryReport",
    "NewDecision",
    "NewSample",
    "Sealing",
    "conclude",
    "correct",
    "count_concerning",
    "count_published",
    "decide",
    "due",
    "duplicates_for",
    "final_failures",
    "final_faults",
    "find_duplicates",
    "find_sample_id",
    "hold",
    "kind_of",
    "last_visits",
    "list_concerning",
    "list_published",
    "list_samples",
    "load_published",
    "may_read",
    "notify_result",
    "object_to",
    "order_retest",
    "publish",
    "receive",
    "record_maker_response",
    "record_of",
    "record_report",
    "record_retest",
    "release_hold",
    "require_record",
    "require_sample",
    "samples_of",
    "seal",
    "take_sample",
    "withdraw",
    "withdrawn_because",
]
