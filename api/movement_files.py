"""Movements by a file of codes: more than a request holds. One code a line, as CSV, text or XLSX; all or nothing."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from ..trace.custody.service import Goods, goods_of_lines
from ..trace.kernel.errors import InvalidInput
from .code_files import code_file
from .instance import Instance

SUFFIXES = {
    "text/csv": ".csv",
    "text/plain": ".txt",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
"""What a file is, by its media type."""


def goods_in(instance: Instance, path: Path) -> list[Goods]:
    """The goods that a file names. Raises InvalidInput `file.*`, `custody.*`."""
    return goods_of_lines(instance.database, instance.resolver, code_file(path).lines())


def goods_in_body(instance: Instance, media_type: str, content: bytes) -> list[Goods]:
    """The same for a file sent as a body. Raises InvalidInput `file.type` too."""
    suffix = SUFFIXES.get(media_type.partition(";")[0].strip().lower())
    if suffix is None:
        raise InvalidInput("file.type", field="Content-Type", known=", ".join(SUFFIXES))
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"file{suffix}"
        path.write_bytes(content)
        return goods_in(instance, path)
