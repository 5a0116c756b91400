"""`suiyuan sample`: samples with their findings, and their states."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...trace.inspection import service
from ...trace.inspection.model import SampleState
from ...trace.kernel.errors import NotKnown
from ..laboratory.columns import SheetFormat
from ..laboratory.reading import read_results
from ..laboratory.rows import MAX_FILE_BYTES
from ..laboratory.taking import look, require_sender, take
from ..loading.samples import sample_steps
from ..loading.steps import Options, run
from ..sheets import take_step
from .common import AsParty, FileArgument, acting_for, console, opened, refusing

app = typer.Typer(help="Spot checks.", no_args_is_help=True)


@app.command("record")
@refusing
def record(
    file: FileArgument,
    findings: Annotated[Path, typer.Option(help="The file of findings, by sample number.")],
) -> None:
    """Record the samples of a file with their findings, each brought to the state its row gives."""
    with opened() as instance:
        options = Options()
        count = run(instance.database, sample_steps(file, findings, options), options)
    console.print(f"Did {count} acts.")


@app.command("advance")
@refusing
def advance(
    number: Annotated[str, typer.Argument(help="The sample's number.")],
    state: Annotated[SampleState, typer.Argument(help="The state to move to: notified, final, published, withdrawn.")],
    party: AsParty,
    note: Annotated[str, typer.Option(help="A reason, where the step needs one.")] = "",
) -> None:
    """Move a sample on; a final failure stops the batch in the same transaction, and every holder is told."""
    with opened() as instance:
        actor, _ = acting_for(instance, party)
        with instance.database.read() as connection:
            sample_id = service.find_sample_id(connection, number)
        if sample_id is None:
            raise NotKnown("sample.unknown", field="number")
        sample = instance.database.write(lambda work: take_step(work, actor, sample_id, state, note))
    console.print(f"Sample {number} is {sample.state}.")


@app.command("decide")
@refusing
def decide(number: Annotated[str, typer.Argument(help="The sample's number.")], party: AsParty) -> None:
    """Confirm what the rules suggest of a sample's results."""
    with opened() as instance:
        actor, _ = acting_for(instance, party)
        with instance.database.read() as connection:
            sample_id = service.find_sample_id(connection, number)
        if sample_id is None:
            raise NotKnown("sample.unknown", field="number")
        sample = instance.database.write(lambda work: service.decide(work, actor, sample_id))
    console.print(f"Sample {number}: {'failed' if sample.failed else 'passed'}.")


@app.command("results")
@refusing
def results(
    file: Annotated[Path, typer.Argument(help="A CSV or XLSX of results: docs/laboratory.md.")],
    party: AsParty,
    check: Annotated[bool, typer.Option(help="Only say what would be taken.")] = False,
) -> None:
    """Enter a laboratory's results, many samples in one file, whole or not at all; every faulty cell is counted."""
    form = SheetFormat.XLSX if file.suffix.lower() == ".xlsx" else SheetFormat.CSV
    with opened() as instance:
        actor, _ = acting_for(instance, party)
        require_sender(actor)
        with file.open("rb") as stream:
            found = read_results(stream.read(MAX_FILE_BYTES + 1), form)
        if check:
            reports = look(instance.database, actor, found)
        else:
            reports = instance.database.write(lambda work: take(work, actor, found))
    for report in reports:
        console.print(f"Sample {report.sample_number}: report {report.report_number}, {report.items:,} items.")
    console.print(f"{'Would take' if check else 'Took'} {len(reports):,} reports.")
