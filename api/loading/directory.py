"""A directory of files, as `sample_batches/` is one, loaded once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...trace.catalog import service as catalog
from ...trace.inspection import service as inspection
from ...trace.inspection.publication import aggregates
from ...trace.kernel.errors import InvalidInput
from ...trace.store import facts
from ...trace.store.database import Database, UnitOfWork
from .aggregates import published_aggregates
from .batches import batch_instants, batch_steps, imported_code_steps, stop_steps
from .movements import movement_steps
from .parties import licence_steps, party_steps, site_steps
from .products import product_steps, register_entries
from .samples import published_results, sample_steps
from .steps import Options, Step, do

FILES = (
    "register.csv",
    "published_results.csv",
    "published_aggregates.csv",
    "parties.csv",
    "licences.csv",
    "sites.csv",
    "products.csv",
    "batches.csv",
    "imported_codes.csv",
    "movements.csv",
    "samples.csv",
    "findings.csv",
    "stops.csv",
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: steps done (0 where the same files were loaded before), citations taken."""

    steps: int
    citations: int
    was_loaded_before: bool = False


def load_directory(database: Database, folder: Path, options: Options) -> Loaded:
    """Loads the files of FILES that `folder` has, in one transaction; once, by the files' content.

    Raises InvalidInput `file.*`, LineRefused, and nothing is written.
    """
    present = [folder / name for name in FILES if (folder / name).is_file()]
    if not present:
        raise InvalidInput("file.missing", field=str(folder), path=f"{folder}/parties.csv")
    name = f"loaded:{_digest(present)}"
    with database.read() as connection:
        if facts.get(connection, name) is not None:
            return Loaded(0, 0, was_loaded_before=True)
    steps = sorted(_steps(folder, options), key=lambda step: step.at)
    register = register_entries(folder / "register.csv") if (folder / "register.csv") in present else []
    published_path = folder / "published_results.csv"
    published = published_results(published_path) if published_path in present else []
    counts_path = folder / "published_aggregates.csv"
    counts = published_aggregates(counts_path) if counts_path in present else []

    def act(work: UnitOfWork) -> None:
        loaded_at = work.now
        do(work, steps, options)
        work.now = loaded_at
        catalog.load_register(work, options.actor, register)
        inspection.load_published(work, options.actor, published)
        aggregates.load_aggregates(work, options.actor, counts)
        facts.put(work.connection, name, loaded_at.isoformat())

    database.write(act)
    return Loaded(len(steps), len(register) + len(published) + len(counts))


def _steps(folder: Path, options: Options) -> list[Step]:
    """All steps, in an order that breaks ties of time sensibly: who, what, batches, codes, then what happened."""
    readers: tuple[tuple[str, Callable[[Path], list[Step]]], ...] = (
        ("parties.csv", lambda path: party_steps(path, options)),
        ("licences.csv", lambda path: licence_steps(path, options)),
        ("sites.csv", lambda path: site_steps(path, options)),
        ("products.csv", lambda path: product_steps(path, options)),
        ("batches.csv", lambda path: batch_steps(path, options)),
        (
            "imported_codes.csv",
            lambda path: imported_code_steps(path, options, batch_instants(folder / "batches.csv")),
        ),
        ("movements.csv", lambda path: movement_steps(path, options)),
        ("samples.csv", lambda path: sample_steps(path, folder / "findings.csv", options)),
        ("stops.csv", lambda path: stop_steps(path, options)),
    )
    return [step for name, read in readers if (folder / name).is_file() for step in read(folder / name)]


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode("utf-8") + b"\0" + file.read_bytes())
    return digest.hexdigest()
