"""What a webhook's secret is, and how it signs what is sent.

    Suiyuan-Delivery:  4f6c2c1e-…                                  the same at every try
    Suiyuan-Signature: t=1795510800,v1=6ffbb59b2300aae63f272406…   new at every try
                         │             └── HMAC-SHA-256 in hex of "1795510800" + "." + body, keyed with the secret
                         └── seconds since 1970, UTC

Who receives it computes the same over the body as it came, compares in constant time, and takes nothing whose `t` is
older than a few minutes.
"""

from __future__ import annotations

import base64
import hmac
from datetime import datetime
from uuid import UUID

from ..trace.codes.keyring import Keyring

SIGNATURE_HEADER = "Suiyuan-Signature"
DELIVERY_HEADER = "Suiyuan-Delivery"


def secret_of(keyring: Keyring, webhook_id: UUID) -> str:
    """The secret of a webhook, 43 characters after `sywh_`. It is derived, so that no copy of the database holds it."""
    derived = base64.urlsafe_b64encode(keyring.derive(f"webhook/{webhook_id}")).decode("ascii").rstrip("=")
    return f"sywh_{derived}"


def signature(secret: str, at: datetime, body: bytes) -> str:
    """The value of the signature's header for `body` sent at an instant."""
    moment = str(int(at.timestamp()))
    mac = hmac.new(secret.encode("ascii"), moment.encode("ascii") + b"." + body, "sha256").hexdigest()
    return f"t={moment},v1={mac}"
