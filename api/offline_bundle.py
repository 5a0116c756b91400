"""The offline bundle: what a phone needs to judge signed labels where there is no signal, as one signed JSON object.

    { "format", "service", "key_number", "made_at", "valid_until", "content_sha256",   the seal: signed, as receipts are
      "signature",                                                                    Ed25519 over the canonical seal
      "content": { "label_keys", "products", "stops" } }                              bound to the seal by its digest

The content is apart from the seal so that an unchanged one need not be sent again: who has it names its digest
(`If-None-Match`) and gets 304 with a fresh seal in the header `Suiyuan-Seal`, as base64. So the age starts anew, and
proves to: a 304 alone would leave the phone to trust its own clock for when it last asked.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.responses import Response

from ..trace.codes.keyring import Keyring
from ..trace.ledger.model import Json, canonical, plain
from ..trace.parties.model import Actor
from ..trace.verification.offline import service
from ..trace.verification.offline.model import Carried
from .instance import Instance

FORMAT = "suiyuan-bundle-1"
PURPOSE = "bundle/v1"
"""What the key is derived for."""

KEY_NUMBER = 1
"""Of the one key that the master key gives; another way of deriving it would be number 2."""

SEAL_HEADER = "Suiyuan-Seal"

_HEADERS = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
"""Kept by whoever asked, and never used without asking again."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """`content` is canonical JSON text; `seal` what is signed, and the signature."""

    content: str
    digest: str
    seal: dict[str, Json]

    @property
    def tag(self) -> str:
        """The entity tag, weak since the seal differs each time (RFC 9110 section 8.8.1): who has this content needs a
        fresh seal only."""
        return f'W/"{self.digest}"'

    def written(self) -> bytes:
        """The whole bundle, canonical but for the place of `content`."""
        return f'{canonical(self.seal)[:-1]},"content":{self.content}}}\n'.encode()

    def written_seal(self) -> str:
        """The seal as base64 of its canonical JSON, for a header."""
        return base64.b64encode(canonical(self.seal).encode("utf-8")).decode("ascii")


def private_key(keyring: Keyring) -> Ed25519PrivateKey:
    """The key that bundles are signed with: another than that of receipts, so that neither passes for the other."""
    return keyring.signing_key(PURPOSE)


def public_key(keyring: Keyring) -> bytes:
    """The 32 bytes that bundles are checked with."""
    return keyring.public_key(PURPOSE)


def bundle_response(instance: Instance, actor: Actor, if_none_match: str | None) -> Response:
    """The bundle as of now, or 304 with a fresh seal for who has its content.

    Raises NotAllowed `access.role`, UnsafeToRun `carried.too_much`.
    """
    bundle = bundle_of(service.gather(instance.database, actor), instance.settings.base_url, instance.keyring)
    headers = {**_HEADERS, "ETag": bundle.tag, SEAL_HEADER: bundle.written_seal()}
    if _names(if_none_match, bundle.tag):
        return Response(status_code=304, headers=headers)
    return Response(bundle.written(), media_type="application/json", headers=headers)


def bundle_of(carried: Carried, address: str, keyring: Keyring) -> Bundle:
    """Signs what is carried, for the service with this public address."""
    content = canonical(_content(carried))
    digest = sha256(content.encode("utf-8")).hexdigest()
    seal: dict[str, Json] = {
        "format": FORMAT,
        "service": address,
        "key_number": KEY_NUMBER,
        "made_at": plain(carried.made_at),
        "valid_until": plain(carried.valid_until),
        "content_sha256": digest,
    }
    signature = private_key(keyring).sign(canonical(seal).encode("utf-8"))
    return Bundle(content, digest, {**seal, "signature": base64.b64encode(signature).decode("ascii")})


def _content(carried: Carried) -> Json:
    return plain(
        {
            "label_keys": [
                {"number": each.key_number, "public_key": each.public_key.hex()} for each in carried.label_keys
            ],
            "products": [
                {
                    "registration_number": each.registration_number,
                    "name": each.name,
                    "maker": each.maker,
                    "kind": each.kind,
                }
                for each in carried.products
            ],
            "stops": [
                {
                    "registration_number": each.registration_number,
                    "batch_number": each.batch_number,
                    "expires_on": each.expires_on,
                    "kind": each.kind,
                    "start": each.interval.start,
                    "stop": each.interval.stop,
                    "is_whole": each.is_whole,
                }
                for each in carried.stops
            ],
        }
    )


def _names(if_none_match: str | None, tag: str) -> bool:
    """Whether the header names the tag, by weak comparison (RFC 9110 section 13.1.2). No tag of ours has a comma."""
    given = [each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")]
    return tag.removeprefix("W/") in given or given == ["*"]
