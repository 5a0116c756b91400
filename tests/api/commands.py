"""What tests of the console script share: the parties of the sample batches, and what a database holds."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

from suiyuan.api.settings import Settings

from .running import SAMPLES, Installation

UUID_TEXT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

MAKER = "91640105EXAMPLE11Y"
VET_MAKER = "91640181EXAMPLE2XQ"
FILM_MAKER = "91640221EXAMPLE46U"
DISTRIBUTOR = "91640122EXAMPLE540"
OUTLET = "91640323EXAMPLE62K"
SECOND_OUTLET = "91640422EXAMPLE705"
AGENCY = "12640104EXAMPLE89M"
REGULATOR = "11640000EXAMPLE97L"


def rows_of(name: str) -> list[dict[str, str]]:
    with (SAMPLES / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def fingerprint(installation: Installation) -> str:
    """All rows of all tables, whatever they are."""
    digest = hashlib.sha256()
    connection = sqlite3.connect(f"file:{installation.database}?mode=ro", uri=True)
    try:
        for line in sorted(connection.iterdump()):
            digest.update(line.encode("utf-8"))
    finally:
        connection.close()
    return digest.hexdigest()


def settings_of(installation: Installation) -> Settings:
    return Settings(
        database_url=f"sqlite:///{installation.database}", master_key=None, master_key_file=installation.key_file
    )


def copied(installation: Installation, folder: Path) -> Installation:
    """The same installation in another folder, free to change."""
    for source in (installation.database, installation.key_file):
        shutil.copy2(source, folder / source.name)
    return replace(installation, folder=folder)


def write_csv(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
