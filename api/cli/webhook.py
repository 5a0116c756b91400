"""`suiyuan webhook`: sending notices to parties' own systems."""

from __future__ import annotations

import typer

from ..webhook_delivery import deliver_due
from ..webhook_transport import Transport
from .common import console, opened, refusing

app = typer.Typer(help="Webhooks: notices to parties' own systems.", no_args_is_help=True)


@app.callback()
def webhook() -> None:
    """Webhooks: notices to parties' own systems."""


@app.command("deliver")
@refusing
def deliver() -> None:
    """Send everything that is due, once. The server does this by itself unless SUIYUAN_WEBHOOK_SENDER is off."""
    with opened() as instance:
        done = deliver_due(instance, Transport(may_be_local=instance.settings.webhook_may_be_local))
    console.print(
        f"Delivered {done.delivered}; {done.to_be_tried_again} to be tried again; {done.failed} failed for good."
    )
