"""Where the master key comes from: the environment, or a file that only its owner can read.

Whoever has this key can compute every code; whoever loses it can read none of the labels in the field. So nothing is
guessed: a value that is not plainly a key stops the service, and a new key is made only when asked for.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from pathlib import Path

from ..kernel.errors import UnsafeToRun
from ..kernel.ids import random_secret
from .keyring import MASTER_KEY_BYTES

OWNER_ONLY = 0o600
_OTHERS = 0o077
_HEX = re.compile(rf"[0-9A-Fa-f]{{{2 * MASTER_KEY_BYTES}}}")
_BASE64URL = re.compile(r"[0-9A-Za-z_-]{43}=?")
"""32 bytes, with the padding or without."""


def load_master_key(path: Path, from_environment: str | None, may_create: bool) -> bytes:
    """The 32 bytes of the master key.

    `from_environment` wins when it is not None: 64 hexadecimal digits, or base64url of 32 bytes. A blank value is
    refused as malformed, since it is a secret that failed to arrive. Otherwise the file at `path` is read: 64
    hexadecimal digits, mode 600 or stricter. If there is none and `may_create`, a new key is made and kept there.

    Raises UnsafeToRun: `master_key.malformed`, `master_key.mode`, `master_key.missing`, and
    `master_key.file_access` when the system refuses to read or write the file. Evidence never holds the value.
    """
    if from_environment is not None:
        return _parse_environment(from_environment.strip())
    try:
        return _read(path)
    except FileNotFoundError:
        if not may_create:
            raise UnsafeToRun("master_key.missing", path=str(path)) from None
    except OSError as error:
        raise UnsafeToRun("master_key.file_access", path=str(path), reason=error.strerror) from error
    try:
        _create(path)
        return _read(path)
    except OSError as error:
        raise UnsafeToRun("master_key.file_access", path=str(path), reason=error.strerror) from error


def _parse_environment(value: str) -> bytes:
    if _HEX.fullmatch(value):
        return bytes.fromhex(value)
    if _BASE64URL.fullmatch(value):
        try:
            return base64.urlsafe_b64decode(value.rstrip("=") + "=")
        except binascii.Error:
            pass
    raise UnsafeToRun("master_key.malformed", source="environment")


def _read(path: Path) -> bytes:
    # Mode and content are taken from one open file, so that it cannot be exchanged between the two looks.
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        # Windows has no such mode bits; there the folder's access list decides.
        if os.name == "posix" and mode & _OTHERS:
            raise UnsafeToRun("master_key.mode", path=str(path), mode=f"{mode:03o}")
        content = file.read(1_024)
    text = content.decode("ascii", errors="replace").strip()
    if not _HEX.fullmatch(text):
        raise UnsafeToRun("master_key.malformed", source=str(path))
    return bytes.fromhex(text)


def _create(path: Path) -> None:
    """Make a key at `path` unless another process was faster; then its key stands.

    The key is written and flushed under another name first and then linked: a crash leaves no half-written key, and
    of two processes that start together neither can overwrite, or read half of, what the other made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{random_secret(8).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(random_secret(MASTER_KEY_BYTES).hex().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
