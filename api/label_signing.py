"""What follows `#` in the address on a signed batch's labels."""

from __future__ import annotations

from collections.abc import Callable

from ..trace.batches.model import Batch
from ..trace.codes import label_keys
from ..trace.codes.signing import LabelStatement, signed_fragment, signing_key
from .instance import Instance


def fragment_signer(instance: Instance, batch: Batch, registration_number: str) -> Callable[[str], str] | None:
    """Gives the fragment of a code, signed with the newest key; None for a batch without signed labels."""
    if not batch.is_signed:
        return None
    with instance.database.read() as connection:
        number = label_keys.list_keys(connection)[-1].key_number
    private_key = signing_key(instance.keyring, number)

    def fragment(code: str) -> str:
        statement = LabelStatement(code, number, batch.expires_on, batch.batch_number, registration_number)
        return signed_fragment(private_key, statement)

    return fragment
