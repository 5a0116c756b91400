"""Forms of what is done with a lead."""

from __future__ import annotations

from .base import Form


class TakeUpForm(Form):
    note: str = ""


class CloseForm(Form):
    """`reason`: why the lead is closed; it stays on record."""

    reason: str
