"""Use cases of plans.

| file         | use cases                                                                    |
|--------------|------------------------------------------------------------------------------|
| people.py    | inspectors and their interests                                               |
| planning.py  | draft a plan, revise it, cancel it                                           |
| preparing.py | the candidate list                                                           |
| drawing.py   | commit, draw, redraw, publish, note a visit                                  |
| reading.py   | plans, published files, visits                                               |
"""

from __future__ import annotations

from .drawing import commit_plan, draw_plan, publish_draw, record_visit, redraw_inspector, redraw_object
from .people import (
    NewInspector,
    add_inspector,
    end_interest,
    interested_certificates,
    list_inspectors,
    note_interest,
    remove_inspector,
    require_inspector,
)
from .planning import NewPlan, cancel_plan, register_plan, revise_plan
from .preparing import prepare
from .reading import (
    PublicDraw,
    draw_of,
    find_draw,
    list_draws,
    list_of,
    list_plans,
    list_visits,
    list_visits_of,
    own_document,
    plan_id_of,
    published_document,
    require_own_plan,
    require_plan,
    require_published,
)

__all__ = [
    "NewInspector",
    "NewPlan",
    "PublicDraw",
    "add_inspector",
    "cancel_plan",
    "commit_plan",
    "draw_of",
    "draw_plan",
    "end_interest",
    "find_draw",
    "interested_certificates",
    "list_draws",
    "list_inspectors",
    "list_of",
    "list_plans",
    "list_visits",
    "list_visits_of",
    "note_interest",
    "own_document",
    "plan_id_of",
    "prepare",
    "publish_draw",
    "published_document",
    "record_visit",
    "redraw_inspector",
    "redraw_object",
    "register_plan",
    "remove_inspector",
    "require_inspector",
    "require_own_plan",
    "require_plan",
    "require_published",
    "revise_plan",
]
