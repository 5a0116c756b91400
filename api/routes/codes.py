"""/api/v1/codes: what a text is, and the label of a code."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from ...labels.png import label_png
from ...labels.symbol import Symbology, qr_version
from ...trace.batches import gtin_links
from ...trace.batches import service as batches
from ...trace.codes import label_keys
from ...trace.codes.model import Level, grouped
from ...trace.kernel.errors import InvalidInput
from ..deps import TheInstance
from ..label_signing import symbol_text

router = APIRouter(prefix="/api/v1/codes", tags=["codes"])


@router.get("/{code}/label.png", response_class=Response, responses={200: {"content": {"image/png": {}}}})
def get_label(
    code: str,
    instance: TheInstance,
    module_pixels: Annotated[int, Query()] = 8,
    symbology: Annotated[Symbology, Query()] = Symbology.QR,
) -> Response:
    """The label of a known code, as a PNG with the code below the symbol. Whoever has the code may draw it."""
    resolution = instance.resolver.resolve(code)
    text = symbol_text(instance, resolution)
    image = label_png(text, grouped(resolution.code), module_pixels=module_pixels, symbology=symbology)
    return Response(image, media_type="image/png", headers={"Cache-Control": "public, max-age=86400"})


well_known = APIRouter(tags=["codes"])


@well_known.get("/.well-known/suiyuan-label-keys.json")
def list_label_keys(instance: TheInstance) -> dict[str, object]:
    """The public keys that signed labels are checked with, the newest last. Retired ones still hold for old labels."""
    with instance.database.read() as connection:
        keys = label_keys.list_keys(connection)
    return {
        "algorithm": "Ed25519",
        "keys": [
            {
                "number": key.key_number,
                "public_key": key.public_key.hex(),
                "created_at": key.created_at,
                "retired_at": key.retired_at,
            }
            for key in keys
        ],
    }


@router.get("/{code}/symbol")
def get_symbol(code: str, instance: TheInstance) -> dict[str, object]:
    """What the symbol of a code says, its QR version, and the version it would have without a signature."""
    text = symbol_text(instance, instance.resolver.resolve(code))
    plain = text.partition("#1.")[0]
    return {"text": text, "qr_version": qr_version(text), "qr_version_unsigned": qr_version(plain)}


@router.get("/{code}/link")
def get_link(code: str, instance: TheInstance) -> dict[str, str]:
    """The GS1 Digital Link of a known unit. Whoever has the code may have the link: both name the same pack."""
    resolution = instance.resolver.resolve(code)
    batch_id = resolution.require_batch_id("code")
    if resolution.level is not Level.UNIT:
        raise InvalidInput("link.level", field="code")
    with instance.database.read() as connection:
        batch = batches.require_batch(connection, batch_id)
    link = gtin_links.unit_link(instance.keyring, batch, resolution.index, instance.settings.base_url)
    return {"link": link, "gtin": batch.gtin, "batch_number": batch.batch_number}
