"""Use cases of spot checks, in the order in which they are done.

| file           | use cases                                                                              |
|----------------|----------------------------------------------------------------------------------------|
| sampling.py    | take a sample, seal it, see whether it is one too many                                 |
| laboratory.py  | receive a portion, enter results, enter those of a re-test                             |
| suggesting.py  | what the rules make of the results                                                     |
| deciding.py    | confirm what is suggested, or override it with a reason                                |
| procedure.py   | notify, objection, re-test, final, published, corrected, withdrawn; the maker's answer |
| reading.py     | what is on file, what is due, what counts for the next draw                            |
| cited.py       | results that authorities published elsewhere                                           |
| common.py      | who may, and how a step is recorded                                                    |
"""

from __future__ import annotations

from .cited import count_published, list_published, load_published
from .common import find_sample_id, kind_of, may_read, record_of, require_record, require_sample
from .deciding import AS_SUGGESTED, NewDecision, decide
from .laboratory import LaboratoryReport, receive, record_report, record_retest
from .procedure import (
    conclude,
    correct,
    hold,
    notify_result,
    object_to,
    order_retest,
    publish,
    record_maker_response,
    release_hold,
    withdraw,
)
from .reading import (
    Due,
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

__all__ = [
    "AS_SUGGESTED",
    "Due",
    "LaboratoryReport",
    "NewDecision",
    "NewSample",
    "Sealing",
    "conclude",
    "correct",
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
