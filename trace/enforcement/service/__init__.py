"""Use cases of enforcement: what follows from a finding, in the transaction of the finding.

| file            | use cases                                                              |
|-----------------|------------------------------------------------------------------------|
| telling.py      | who has units of a batch, and what they are told                       |
| stops.py        | recall, stop, lift: with a notice to every holder                      |
| conclusions.py  | a result is notified or concluded: stop, notices, lead (检打联动)      |
| leads.py        | open, take up, close, find                                             |
| complaints.py   | how often buyers complained, by party                                  |
"""

from __future__ import annotations

from ..model import Conclusion
from .complaints import complaints_by_party
from .conclusions import conclude, correct, notify_result, record_maker_response, withdraw
from .leads import ENFORCING_ROLES, close, list_leads, open_lead, require_lead, require_lead_by_number, take_up
from .stops import lift_stop, stop_batch

__all__ = [
    "ENFORCING_ROLES",
    "Conclusion",
    "close",
    "complaints_by_party",
    "conclude",
    "correct",
    "lift_stop",
    "list_leads",
    "notify_result",
    "open_lead",
    "record_maker_response",
    "require_lead",
    "require_lead_by_number",
    "stop_batch",
    "take_up",
    "withdraw",
]
