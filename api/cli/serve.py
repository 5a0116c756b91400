"""`suiyuan serve`: bring the database up, load samples where asked, and serve."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ...trace.batches import service as batches
from ...trace.catalog import service as catalog
from ...trace.codes.model import Level
from ...trace.kernel.errors import NotKnown
from ...trace.kernel.texts import text
from ...trace.parties import service as parties
from ..instance import Instance, open_instance
from ..loading.batches import batch_instants
from ..loading.directory import load_directory
from ..loading.steps import Options
from ..settings import Settings, terminal_language
from .common import refusing


@refusing
def serve(
    with_samples: Annotated[
        Path | None, typer.Option(help="A directory of sample files to load on first start.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (default 8000).")] = None,
) -> None:
    """Serve the API and the pages. The schema is brought up to date first."""
    given = Settings()
    settings = given.model_copy(update={"host": host or given.host, "port": port or given.port})
    instance = open_instance(settings)
    try:
        # A second of imports, which no other command should wait for, nor a refusal to start.
        import uvicorn

        from ..app import create_app

        if with_samples is not None:
            options = Options(is_dated=True, is_demonstration=True, accept_warnings=True)
            load_directory(instance.database, with_samples, options)
            for line in sample_lines(instance, with_samples / "batches.csv"):
                typer.echo(line)
        typer.echo(f"Suiyuan 穗源: {settings.base_url}")
        uvicorn.run(
            create_app(settings, instance),
            host=settings.host,
            port=settings.port,
            access_log=False,
            log_level="warning",
        )
    finally:
        instance.close()


def sample_lines(instance: Instance, file: Path) -> Iterator[str]:
    """Batch, product, what the answer is now, and the page of the first unit's code, for each batch of a file.

    Lines, no boxes: a link that a narrow terminal cuts is no link.
    """
    with instance.database.read() as connection:
        for maker_code, number, batch_number in batch_instants(file):
            maker = parties.require_party_by_credit_code(connection, maker_code)
            product = catalog.find_by_number(connection, maker.party_id, number)
            batch_id = batches.batch_id_of(maker.party_id, product.product_id, batch_number)
            batch = batches.require_batch(connection, batch_id)
            try:
                code = batches.code_of(connection, instance.keyring, batch, Level.UNIT, 0)
            except NotKnown:
                continue
            answer = instance.answers.answer(instance.answers.resolve(code))
            verdict = text(f"verdict.{answer.verdict}.title", terminal_language())
            yield f"{batch_number:<10} {answer.verdict:<8} {verdict:<12} {product.name}"
            yield f"{'':<10} code {code}  page {instance.settings.base_url}/c/{code}"
