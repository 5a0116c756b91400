"""Receipts: an answer kept as a small signed file, which proves what was said of a code and when.

A receipt is one JSON object. All its members but `signature` are signed with Ed25519 (RFC 8032), as the bytes of their
canonical form (trace/ledger/model.py). The key is derived from the master key, so nothing is stored, and a service
whose master key was changed no longer knows its old receipts. What is in it is what the public answer says: no person,
no trading partner.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ..trace.codes.keyring import Keyring
from ..trace.codes.service import Resolution
from ..trace.inspection.model import Outcome
from ..trace.kernel.clock import day_in_china
from ..trace.kernel.errors import InvalidInput
from ..trace.kernel.limits import KIB
from ..trace.ledger.model import Json, canonical, plain
from ..trace.verification.model import Answer, BatchFacts, Facts, ProductFacts
from .instance import Instance

FORMAT = "suiyuan-receipt-1"
PURPOSE = "receipt/v1"
"""What the key is derived for."""

KEY_NUMBER = 1
"""Of the one key that the master key gives; another way of deriving it would be number 2."""

KEY_BYTES = 32
SIGNATURE = "signature"

MAX_RECEIPT_BYTES = 64 * KIB
"""A receipt has some 2 KiB; the rest is room for long reasons."""

MAX_STOPS = 10
MAX_SAMPLES = 50
"""Stops and spot checks that a receipt names, the latest; their counts are whole. So it stays below its limit."""

MAX_NAMES_CHARACTERS = 100
"""Of wrong members' names that a refusal repeats."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as it was read: its members, the bytes that were signed, and the signature as base64, well formed or
    not."""

    members: dict[str, Any]
    signed: bytes
    signature: object


def private_key(keyring: Keyring) -> Ed25519PrivateKey:
    """The key that receipts are signed with."""
    return keyring.signing_key(PURPOSE)


def public_key(keyring: Keyring) -> bytes:
    """The 32 bytes that receipts are checked with."""
    return keyring.public_key(PURPOSE)


def receipt_of(instance: Instance, resolution: Resolution) -> dict[str, Json]:
    """The receipt of the answer to what a scanned text turned out to be, as of now; no scan is recorded.

    A code not registered here gets one too: that it was unknown then may matter later. Raises InvalidInput `code.*`.
    """
    return signed(instance.answers.answer(resolution), instance.settings.base_url, instance.keyring)


def signed(answer: Answer, service: str, keyring: Keyring) -> dict[str, Json]:
    """The receipt of an answer that the service with this public address gave."""
    statement = _statement(answer, service)
    signature = private_key(keyring).sign(canonical(statement).encode("utf-8"))
    return {**statement, SIGNATURE: base64.b64encode(signature).decode("ascii")}


def written(receipt: dict[str, Json]) -> bytes:
    """The receipt as a file."""
    return canonical(receipt).encode("utf-8") + b"\n"


def read_receipt(content: str | bytes) -> Receipt:
    """A receipt from its file, however its JSON is spaced and ordered. Whether it is genuine is `fault_of`'s to say.

    Raises InvalidInput `receipt.too_large`, `receipt.not_json`, `receipt.number`, `receipt.format`, `receipt.members`,
    all of field `document`.
    """
    size = len(content) if isinstance(content, bytes) else len(content.encode("utf-8", "surrogatepass"))
    if size > MAX_RECEIPT_BYTES:
        raise InvalidInput("receipt.too_large", field="document", maximum=MAX_RECEIPT_BYTES)
    try:
        text = content.decode("utf-8") if isinstance(content, bytes) else content
        found: Any = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_object,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
        if not isinstance(found, dict):
            raise InvalidInput("receipt.not_json", field="document")
        members = cast(dict[str, Any], found)
        content_signed = canonical({name: each for name, each in members.items() if name != SIGNATURE}).encode("utf-8")
    except (ValueError, RecursionError):
        raise InvalidInput("receipt.not_json", field="document") from None
    if members.get("format") != FORMAT:
        raise InvalidInput("receipt.format", field="document", format=FORMAT)
    if wrong := MEMBERS.symmetric_difference(members):
        raise InvalidInput("receipt.members", field="document", names=_shown(wrong))
    return Receipt(members, content_signed, members[SIGNATURE])


def fault_of(receipt: Receipt, key: bytes) -> str | None:
    """Why a receipt is not genuine under a public key of 32 bytes, as a code of a refusal; None where it is."""
    if receipt.members["key_number"] != KEY_NUMBER:
        return "receipt.key_number"
    try:
        signature = base64.b64decode(receipt.signature.encode("ascii")) if isinstance(receipt.signature, str) else b""
        # The last digit of base64 has bits that nobody reads; only one of its spellings is ours.
        if base64.b64encode(signature).decode("ascii") != receipt.signature:
            return "receipt.signature"
        Ed25519PublicKey.from_public_bytes(key).verify(signature, receipt.signed)
    except (InvalidSignature, UnicodeEncodeError, binascii.Error):
        return "receipt.signature"
    return None


def read_key(content: str) -> bytes:
    """A public key from 64 hexadecimal digits, or from the document at /.well-known/suiyuan-receipt-key.json.

    Raises InvalidInput `receipt.key`.
    """
    try:
        digits: Any = content.strip()
        if digits.startswith("{"):
            digits = json.loads(digits)["public_key"]
        key = bytes.fromhex(digits)
    except (ValueError, KeyError, TypeError, RecursionError):
        key = b""
    if len(key) != KEY_BYTES:
        raise InvalidInput("receipt.key", field="key")
    return key


def _statement(answer: Answer, service: str) -> dict[str, Json]:
    facts = answer.facts
    first_at = facts.scans.first_at
    return {
        "format": FORMAT,
        "service": service,
        "check_at": f"{service}/receipts/verify",
        "key_number": KEY_NUMBER,
        "answered_at": plain(answer.answered_at),
        "code": facts.code,
        "scheme": facts.scheme.value,
        "level": None if facts.level is None else facts.level.name.lower(),
        "verdict": answer.verdict.value,
        "reasons": [{"code": each.code.value, "values": plain(dict(each.values))} for each in answer.reasons],
        "product": None if facts.product is None else _product(facts.product),
        "batch": None if facts.batch is None else _batch(facts.batch),
        "stop_count": len(facts.stops),
        "stops": _stops(facts),
        "sample_count": len(facts.samples),
        "samples": _samples(facts),
        "scans": {"count": facts.scans.count, "first_on": plain(first_at and day_in_china(first_at))},
    }


MEMBERS = frozenset(
    {
        *("format", "service", "check_at", "key_number", "answered_at", "code", "scheme", "level", "verdict"),
        *("reasons", "product", "batch", "stop_count", "stops", "sample_count", "samples", "scans", SIGNATURE),
    }
)
"""Of every receipt: no more, no less."""


def _product(product: ProductFacts) -> Json:
    return plain(
        {
            "product_id": product.product_id,
            "kind": product.kind,
            "name": product.name,
            "brand": product.brand,
            "registration_number": product.registration_number,
            "formulation": product.formulation,
            "composition": [
                {"name": part.name, "content": part.content, "unit": part.unit} for part in product.composition
            ],
        }
    )


def _batch(batch: BatchFacts) -> Json:
    return plain(
        {
            "batch_id": batch.batch_id,
            "batch_number": batch.batch_number,
            "maker": batch.maker_name,
            "maker_region_code": batch.maker_region_code,
            "production_on": batch.production_on,
            "expires_on": batch.expires_on,
            "pack_description": batch.pack_description,
            "factory_result": batch.factory_result,
            "factory_report_number": batch.factory_report_number,
            "is_demonstration": batch.is_demonstration,
        }
    )


def _stops(facts: Facts) -> Json:
    """Their reasons in words stand among those of the answer."""
    latest = sorted(facts.stops, key=lambda stop: stop.ordered_at)[-MAX_STOPS:]
    return [
        plain(
            {
                "kind": stop.kind,
                "ordered_by": stop.ordered_by,
                "ordered_at": stop.ordered_at,
                "start": stop.interval.start,
                "stop": stop.interval.stop,
            }
        )
        for stop in latest
    ]


def _samples(facts: Facts) -> Json:
    """`outcome` is None until the result is final: before that the public is not told it."""
    latest = sorted(facts.samples, key=lambda sample: sample.taken_on)[-MAX_SAMPLES:]
    return [
        plain(
            {
                "sample_number": sample.sample_number,
                "taken_on": sample.taken_on,
                "state": sample.state,
                "outcome": (Outcome.FAILED if sample.failed else Outcome.PASSED) if sample.findings else None,
                "maker_response": sample.maker_response,
            }
        )
        for sample in latest
    ]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name that stands twice would be read differently by different readers."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse_number(number: str) -> NoReturn:
    raise InvalidInput("receipt.number", field="document")


def _shown(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))[:MAX_NAMES_CHARACTERS]
