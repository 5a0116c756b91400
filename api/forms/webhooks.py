"""The form of a webhook."""

from __future__ import annotations

from .base import Form


class WebhookForm(Form):
    """`address`: where notices are sent, https and on the public network."""

    address: str
