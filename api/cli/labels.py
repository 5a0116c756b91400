"""`suiyuan labels`: the labels of a range, in every form a printer takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...trace.batches.model import Batch
from ...trace.codes.model import Level
from ...trace.kernel.errors import InvalidInput
from ..forms.base import level_of_name
from .common import acting_for_party, batch_named, console, errors, opened, progress_bar, refusing, written_whole

app = typer.Typer(help="Labels: PDF, PNG, SVG, ZPL, TSPL, CSV.", no_args_is_help=True)

FORMS = ("pdf", "png", "png_symbols", "svg", "zpl", "zpl_native", "tspl", "tspl_native", "csv")


@app.command("list")
@refusing
def list_templates() -> None:
    """List the label templates and the sheets."""
    from ...labels.sheet import SHEETS
    from ...labels.template import list_templates as templates

    for template in templates():
        size = f"{template.width_mm:g} x {template.height_mm:g} mm"
        console.print(f"{template.name:<20} {size:<16} {', '.join(sorted(template.kinds))}")
    console.print(f"sheets: {', '.join(SHEETS)}")


def _command(form: str) -> None:
    @app.command(
        form, help=f"Write the labels of a range as {form.replace('_', ' ')}; a range is printed once by default."
    )
    @refusing
    def write(
        batch: Annotated[str, typer.Argument(help="The batch: its id, or any of its codes.")],
        output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
        packages: Annotated[
            str, typer.Option("--range", help="first:last+1, such as 0:1000000; all but the spare ones without.")
        ] = "",
        level: Annotated[str, typer.Option(help="unit, carton or pallet.")] = "unit",
        template: Annotated[str, typer.Option(help="A template's name; the first that fits without.")] = "",
        sheet: Annotated[str, typer.Option(help="roll, a4-24, a4-40 or a4-65 (PDF).")] = "roll",
        dpi: Annotated[int, typer.Option(help="Dots an inch of the printer.")] = 300,
        datamatrix: Annotated[bool, typer.Option("--datamatrix", help="Data Matrix instead of QR.")] = False,
        gs1_link: Annotated[
            bool, typer.Option("--gs1-link", help="The units' GS1 Digital Links, for beside the main symbol.")
        ] = False,
        reason: Annotated[str, typer.Option(help="Why labels of this range are printed again.")] = "",
    ) -> None:
        # labels.job brings the font tools along, which every other command would wait for.
        from ...labels.job import Form
        from ..printing import Order, print_labels

        with opened() as instance:
            found = batch_named(instance, batch)
            at = level_of_name(level)
            start, stop = _range(packages, found, at)
            order = Order(at, start, stop, Form(form), template, sheet, dpi, datamatrix, gs1_link, reason)
            actor = acting_for_party(instance, found.maker_id)
            with progress_bar() as bar, written_whole(output) as file:
                task = bar.add_task("labels", total=stop - start)
                written = print_labels(
                    instance, actor, found, order, file, lambda done: bar.update(task, completed=done)
                )
        console.print(f"Wrote {written.labels} labels to {output}.")
        for warning in written.warnings:
            errors.print(f"warning: {warning}")


def _range(text: str, batch: Batch, level: Level) -> tuple[int, int]:
    if not text:
        return 0, batch.last_of_run(level, 0)
    start, colon, stop = text.partition(":")
    if not colon or not (start or "0").isdecimal() or not (stop or "0").isdecimal():
        raise InvalidInput("print.range", field="range")
    first = int(start or 0)
    return first, int(stop) if stop else batch.last_of_run(level, first)


for _form in FORMS:
    _command(_form)
