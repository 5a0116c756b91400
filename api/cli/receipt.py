"""`suiyuan receipt`: check an answer that was kept; with the public key at hand, neither database nor settings are
needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...trace.kernel.errors import InvalidInput
from ..receipts import KEY_BYTES, MAX_RECEIPT_BYTES, fault_of, public_key, read_key, read_receipt
from .common import opened, refusing

app = typer.Typer(help="Answers kept as signed files.", no_args_is_help=True)


@app.callback()
def receipt() -> None:
    """Answers kept as signed files."""


@app.command("verify")
@refusing
def verify(
    file: Annotated[Path, typer.Argument(help="The file of a receipt.")],
    key: Annotated[
        str | None,
        typer.Option(
            help="The public key: 64 hexadecimal digits, or a file with them or with what "
            "/.well-known/suiyuan-receipt-key.json said. Without it, that of this installation."
        ),
    ] = None,
) -> None:
    """Check who signed a receipt and that it was not changed; exit status 1 with what is wrong."""
    kept = read_receipt(_start(file))
    if key is not None:
        trusted = _key(key)
    else:
        with opened(may_upgrade=False) as instance:
            trusted = public_key(instance.keyring)
    if fault := fault_of(kept, trusted):
        raise InvalidInput(fault, field="document")
    said = kept.members
    typer.echo(f"Genuine: {said['service']} said {said['verdict']} of {said['code']} at {said['answered_at']}.")


def _key(named: str) -> bytes:
    """Digits, or a file that holds the key. Raises InvalidInput `receipt.key`."""
    if len(named) == 2 * KEY_BYTES and not Path(named).exists():
        return read_key(named)
    return read_key(_start(Path(named)).decode("utf-8", "replace"))


def _start(file: Path) -> bytes:
    """What a file holds, and one byte more than a receipt may have."""
    with file.open("rb") as handle:
        return handle.read(MAX_RECEIPT_BYTES + 1)
