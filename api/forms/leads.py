"""Forms of what is done with a lead."""

from __future__ import annotations

from .base import Form


class TakeUpForm(Form):
    note: str = ""


class CloseForm(Form):
    """`reason`: why the lead is closed; it stays on record. `public_answer`: what a buyer who reported it reads, at
    most 200 characters; it names nobody."""

    reason: str
    public_answer: str = ""
