"""Forms of what is decided on a suspect code."""

from __future__ import annotations

from .base import Form


class DecisionForm(Form):
    """`reason`: what was found; it stays on record."""

    reason: str
