"""/api/v1/bundle: what a phone carries to judge signed labels without signal."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from ..deps import TheActor, TheInstance
from ..offline_bundle import KEY_NUMBER, bundle_response, public_key

router = APIRouter(prefix="/api/v1/bundle", tags=["answers"])


@router.get("")
def get_bundle(
    instance: TheInstance, actor: TheActor, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """The offline bundle: products, stops and public keys, signed, to judge signed labels by for 72 hours. For
    inspection agencies, regulators, outlets and distributors; 304 with a fresh seal where the content is unchanged."""
    return bundle_response(instance, actor, if_none_match)


well_known = APIRouter(tags=["answers"])


@well_known.get("/.well-known/suiyuan-bundle-key.json")
def get_bundle_key(instance: TheInstance) -> dict[str, object]:
    """The public key that offline bundles are checked with."""
    return {"algorithm": "Ed25519", "key_number": KEY_NUMBER, "public_key": public_key(instance.keyring).hex()}
