"""`suiyuan codes`: export, import, and the label of one code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...labels.png import label_png
from ...trace.batches import service
from ...trace.codes.model import Level, grouped
from ...trace.kernel.errors import InvalidInput
from ..loading.steps import level_of
from ..routes.codes import symbol_text
from .common import AsParty, acting_for, batch_named, console, opened, refusing

app = typer.Typer(help="Codes: export, import, label.", no_args_is_help=True)

BatchArgument = Annotated[str, typer.Argument(help="The batch: its id, or any of its codes.")]
LevelOption = Annotated[str, typer.Option(help="unit, carton or pallet.")]

EXPORT_CHUNK = 10_000


@app.command("export")
@refusing
def export(
    batch: BatchArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write, one code a line.")],
    level: LevelOption = "unit",
    start: Annotated[int, typer.Option(help="First package.")] = 0,
    count: Annotated[int | None, typer.Option(help="How many; all that follow where not given.")] = None,
) -> None:
    """Write a batch's codes to a file, in order."""
    with opened() as instance:
        found = batch_named(instance, batch)
        at = level_of(level)
        size = found.packing.count_at(at, found.size)
        stop = size if count is None else min(start + count, size)
        if not 0 <= start < stop:
            raise InvalidInput("code.index", field="start", index=start)
        with instance.database.read() as connection, output.open("w", encoding="ascii") as file:
            for index in range(start, stop):
                file.write(service.code_of(connection, instance.keyring, found, Level(at), index) + "\n")
    console.print(f"Wrote {stop - start} codes to {output}.")


@app.command("import")
@refusing
def import_codes(
    batch: BatchArgument,
    file: Annotated[Path, typer.Argument(help="One code a line, in index order.")],
    party: AsParty,
    level: LevelOption = "unit",
) -> None:
    """Take nationally issued codes of a veterinary drug batch, all or none."""
    try:
        lines = file.read_text(encoding="utf-8-sig").split()
    except UnicodeDecodeError:
        raise InvalidInput("file.not_utf8", field=file.name) from None
    except OSError:
        raise InvalidInput("file.missing", field=file.name, path=file.name) from None
    with opened() as instance:
        actor, _ = acting_for(instance, party)
        batch_id = batch_named(instance, batch).batch_id
        count = instance.database.write(
            lambda work: service.import_codes(work, actor, batch_id, level_of(level), lines)
        )
    console.print(f"Imported {count} codes.")


@app.command("label")
@refusing
def label(
    code: Annotated[str, typer.Argument(help="The code of a unit, carton or pallet.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The PNG file to write.")],
) -> None:
    """Draw the label of one code."""
    with opened() as instance:
        resolution = instance.resolver.resolve(code)
        image = label_png(symbol_text(instance, resolution), grouped(resolution.code))
    output.write_bytes(image)
    console.print(f"Wrote {output}.")
