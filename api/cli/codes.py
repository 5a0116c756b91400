"""`suiyuan codes`: export, import, and the label of one code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...labels.png import label_png
from ...trace.batches import code_lists, printing, service
from ...trace.batches.printing import PackageRange
from ...trace.codes.issue import as_lines
from ...trace.codes.model import grouped
from ..code_files import code_file
from ..forms.base import level_of_name
from ..label_signing import symbol_text
from .common import AsParty, acting_for, batch_named, console, opened, progress_bar, refusing, written_whole

app = typer.Typer(help="Codes: export, import, label.", no_args_is_help=True)

BatchArgument = Annotated[str, typer.Argument(help="The batch: its id, or any of its codes.")]
LevelOption = Annotated[str, typer.Option(help="unit, carton or pallet.")]


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
    with opened() as instance, progress_bar() as bar:
        found = batch_named(instance, batch)
        at = level_of_name(level)
        end = found.last_of_run(at, start)
        stop = end if count is None else min(start + count, found.packages_at(at))
        codes = service.codes_of(instance.database, instance.keyring, found, at, start, stop)
        task = bar.add_task("codes", total=stop - start)
        with written_whole(output) as file:
            for block in codes:
                file.write(as_lines(block))
                bar.advance(task, len(block))
    console.print(f"Wrote {stop - start} codes to {output}.")


@app.command("import")
@refusing
def import_codes(
    batch: BatchArgument,
    file: Annotated[Path, typer.Argument(help="CSV, text or XLSX: one code a line, in index order.")],
    party: AsParty,
    level: LevelOption = "unit",
) -> None:
    """Take a file of codes issued elsewhere, all or none; cut off, it goes on when the same file is given again."""
    source = code_file(file)
    with opened() as instance, progress_bar() as bar:
        actor, _ = acting_for(instance, party)
        batch_id = batch_named(instance, batch).batch_id
        task = bar.add_task("codes", total=None)
        count = code_lists.import_code_file(
            instance.database,
            actor,
            batch_id,
            level_of_name(level),
            source,
            lambda lines_read: bar.update(task, completed=lines_read),
        )
    console.print(f"Imported {count} codes.")


@app.command("abandon")
@refusing
def abandon(batch: BatchArgument, party: AsParty, level: LevelOption = "unit") -> None:
    """Drop an import that was cut off, and what it had stored."""
    with opened() as instance:
        actor, _ = acting_for(instance, party)
        batch_id = batch_named(instance, batch).batch_id
        instance.database.write(lambda work: code_lists.abandon_import(work, actor, batch_id, level_of_name(level)))
    console.print("Dropped.")


@app.command("void")
@refusing
def void(
    batch: BatchArgument,
    party: AsParty,
    start: Annotated[int, typer.Option(help="First package.")],
    count: Annotated[int, typer.Option(help="How many.")],
    reason: Annotated[str, typer.Option(help="Why; the public reads it.")],
    level: LevelOption = "unit",
) -> None:
    """Declare codes void: spoilt, lost or stolen labels. Whoever scans one is told to stop."""
    with opened() as instance:
        actor, _ = acting_for(instance, party)
        batch_id = batch_named(instance, batch).batch_id
        which = PackageRange(int(level_of_name(level)), start, start + count)
        instance.database.write(lambda work: printing.void(work, actor, batch_id, which, reason))
    console.print(f"Voided {count} codes.")


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
