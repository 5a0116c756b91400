"""`suiyuan sample`: samples with their findings, and their states."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...trace.inspection import service
from ...trace.inspection.model import SampleState
from ...trace.kernel.errors import NotKnown
from ..loading.samples import sample_steps
from ..loading.steps import Options, run
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
    state: Annotated[SampleState, typer.Argument(help="The state to move to.")],
    party: AsParty,
) -> None:
    """Move a sample on; a final failure stops the batch in the same transaction."""
    with opened() as instance:
        actor, _ = acting_for(instance, party)
        with instance.database.read() as connection:
            sample_id = service.find_sample_id(connection, number)
        if sample_id is None:
            raise NotKnown("sample.unknown", field="number")
        sample = instance.database.write(lambda work: service.advance(work, actor, sample_id, state))
    console.print(f"Sample {number} is {sample.state}.")
