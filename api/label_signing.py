"""What the symbol on a label says, and what follows `#` in it on a signed batch's labels."""

from __future__ import annotations

from collections.abc import Callable

from ..trace.batches import gtin_links
from ..trace.batches import service as batches
from ..trace.batches.model import Batch
from ..trace.catalog import service as catalog
from ..trace.codes import label_keys
from ..trace.codes.model import Scheme, label_text
from ..trace.codes.service import Resolution
from ..trace.codes.signing import LabelStatement, signed_fragment, signing_key
from ..trace.parties import service as parties
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


def symbol_text(instance: Instance, resolution: Resolution) -> str:
    """What the symbol of a known code carries. Raises InvalidInput `code.*`, `link.*`, NotKnown `code.unknown`."""
    batch_id = resolution.require_batch_id("code")
    with instance.database.read() as connection:
        batch = batches.require_batch(connection, batch_id)
        product = catalog.require_product(connection, batch.product_id)
        maker = parties.require_party(connection, batch.maker_id)
    if resolution.scheme is Scheme.GS1:
        return gtin_links.unit_link(instance.keyring, batch, resolution.index, instance.settings.base_url)
    text = label_text(
        resolution.scheme,
        resolution.code,
        instance.settings.base_url,
        variety_name=product.name,
        operator_name=maker.name,
    )
    fragment = fragment_signer(instance, batch, product.registration_number)
    return text if fragment is None else f"{text}#{fragment(resolution.code)}"
