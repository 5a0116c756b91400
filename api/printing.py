"""From a batch to its labels: what to print, recorded as a print job, written by labels.job.

Shared by the command line, the API and the desk's page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from ..labels.job import Form, Job, Written, preview_png, write_labels
from ..labels.sheet import ROLL, sheet_named
from ..labels.template import LabelFields, Template, list_templates, load_template
from ..trace.batches import printing, service
from ..trace.batches.model import Batch
from ..trace.batches.printing import PackageRange
from ..trace.catalog import service as catalog
from ..trace.codes.model import Level, Scheme
from ..trace.parties import service as parties
from ..trace.parties.model import Actor
from .instance import Instance
from .label_signing import fragment_signer

DEFAULT_DPI = 300


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants printed: packages `[start, stop)` of a level, in a form, on a template."""

    level: Level
    start: int
    stop: int
    form: Form = Form.PDF
    template: str = ""
    sheet: str = ROLL.name
    dpi: int = DEFAULT_DPI
    is_datamatrix: bool = False
    reason: str = ""


def fitting_templates(kind: str, level: Level) -> list[Template]:
    """Templates for a kind of product at a level; cartons and pallets take the carton's."""
    fitting = [template for template in list_templates() if kind in template.kinds]
    packages = [template for template in fitting if template.name.startswith("carton")]
    return packages if level is not Level.UNIT and packages else [each for each in fitting if each not in packages]


def label_job(instance: Instance, batch: Batch, order: Order) -> Job:
    """The job for an order. Its codes are made as they are written.

    Raises InvalidInput `code.index`, NotKnown `template.*`, `code.not_imported`.
    """
    with instance.database.read() as connection:
        product = catalog.require_product(connection, batch.product_id)
        maker = parties.require_party(connection, batch.maker_id)
        sample = service.code_of(connection, instance.keyring, batch, order.level, order.start)
    template = load_template(order.template) if order.template else fitting_templates(product.kind, order.level)[0]
    fields = LabelFields(
        kind=product.kind.value,
        product=product.name,
        registration_number=product.registration_number,
        maker=maker.name,
        batch_number=batch.batch_number,
        production_on=batch.production_on,
        expires_on=batch.expires_on,
        pack=batch.pack_description,
        brand=product.brand,
        formulation=product.formulation,
        contract_maker=batch.contract_maker,
        telephone=maker.telephone,
        quantity=str(batch.packing.units_at(order.level)),
    )
    return Job(
        template=template,
        fields=fields,
        scheme=Scheme(batch.scheme),
        base_url=instance.settings.base_url,
        codes=service.codes_of(instance.database, instance.keyring, batch, order.level, order.start, order.stop),
        code_prefix=batch.code_prefix,
        sample=sample,
        fragment=fragment_signer(instance, batch, product.registration_number),
        is_datamatrix=order.is_datamatrix,
        sheet=sheet_named(order.sheet),
        dpi=order.dpi,
        title=f"{product.name} {batch.batch_number}",
    )


def print_labels(
    instance: Instance,
    actor: Actor,
    batch: Batch,
    order: Order,
    file: BinaryIO,
    progress: Callable[[int], object] | None = None,
) -> Written:
    """Records the print job and writes the labels. Everything but the codes is checked before anything is recorded.

    Raises what `label_job`, labels.job and `printing.record_print` raise.
    """
    job = label_job(instance, batch, order)
    if order.form is not Form.CSV:
        _ = job.layout
    which = PackageRange(int(order.level), order.start, order.stop)
    instance.database.write(
        lambda work: printing.record_print(work, actor, batch.batch_id, which, order.form.value, order.reason)
    )
    return write_labels(order.form, file, job, progress)


def preview(instance: Instance, batch: Batch, order: Order) -> bytes:
    """The first label of an order as a PNG; nothing is recorded."""
    return preview_png(label_job(instance, batch, order))
