"""From a batch to its labels: what to print, recorded as a print job, written by labels.job.

Shared by the command line, the API and the desk's page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import BinaryIO

from ..labels.job import Form, Job, Written, preview_png, write_labels
from ..labels.sheet import ROLL, sheet_named
from ..labels.template import LabelFields, Template, list_templates, load_template
from ..trace.batches import gtin_links, printing, service
from ..trace.batches.model import Batch, PrintJob
from ..trace.batches.printing import PackageRange
from ..trace.catalog import service as catalog
from ..trace.codes.ff1_vector import Digits
from ..trace.codes.model import Level, Scheme
from ..trace.kernel.errors import InvalidInput
from ..trace.parties import service as parties
from ..trace.parties.model import Actor
from ..trace.store.database import UnitOfWork
from .instance import Instance
from .label_signing import fragment_signer

DEFAULT_DPI = 300


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants printed: packages `[start, stop)` of a level, in a form, on a template.

    `is_gs1_link`: labels with the units' GS1 Digital Links, for beside the main symbol, which is the statutory code's.
    """

    level: Level
    start: int
    stop: int
    form: Form = Form.PDF
    template: str = ""
    sheet: str = ROLL.name
    dpi: int = DEFAULT_DPI
    is_datamatrix: bool = False
    is_gs1_link: bool = False
    reason: str = ""


def fitting_templates(kind: str, level: Level) -> list[Template]:
    """Templates for a kind of product at a level; cartons and pallets take the carton's."""
    fitting = [template for template in list_templates() if kind in template.kinds]
    packages = [template for template in fitting if template.name.startswith("carton")]
    return packages if level is not Level.UNIT and packages else [each for each in fitting if each not in packages]


def label_job(instance: Instance, batch: Batch, order: Order) -> Job:
    """The job for an order. Its codes are made as they are written.

    Raises InvalidInput `code.index`, `link.*`, NotKnown `template.*`, `code.not_imported`.
    """
    source = _link_source(instance, batch, order) if order.is_gs1_link else _code_source(instance, batch, order)
    with instance.database.read() as connection:
        product = catalog.require_product(connection, batch.product_id)
        maker = parties.require_party(connection, batch.maker_id)
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
        quantity=_quantity(batch, order),
    )
    return Job(
        template=template,
        fields=fields,
        scheme=source.scheme,
        base_url=instance.settings.base_url,
        codes=source.codes,
        code_prefix=source.prefix,
        sample=source.sample,
        link_stem=source.link_stem,
        fragment=None if order.is_gs1_link else fragment_signer(instance, batch, product.registration_number),
        is_datamatrix=order.is_datamatrix,
        sheet=sheet_named(order.sheet),
        dpi=order.dpi,
        title=f"{product.name} {batch.batch_number}",
    )


@dataclass(frozen=True, slots=True)
class _Source:
    """Whence the codes of a job come, and one of them."""

    scheme: Scheme
    codes: Iterable[Digits]
    sample: str
    prefix: str = ""
    link_stem: str = ""


def _code_source(instance: Instance, batch: Batch, order: Order) -> _Source:
    with instance.database.read() as connection:
        sample = service.code_of(connection, instance.keyring, batch, order.level, order.start)
    codes = service.codes_of(instance.database, instance.keyring, batch, order.level, order.start, order.stop)
    return _Source(Scheme(batch.scheme), codes, sample, batch.code_prefix)


def _link_source(instance: Instance, batch: Batch, order: Order) -> _Source:
    if order.level is not Level.UNIT:
        raise InvalidInput("link.level", field="level")
    stem = gtin_links.link_stem(batch, instance.settings.base_url)
    codes = gtin_links.serials_of(instance.keyring, batch, order.start, order.stop)
    link = gtin_links.unit_link(instance.keyring, batch, order.start, instance.settings.base_url)
    return _Source(Scheme.GS1, codes, link.removeprefix(stem), link_stem=stem)


def _quantity(batch: Batch, order: Order) -> str:
    """Units in a full package; nothing on spare ones, which are filled by hand with whatever there is."""
    is_regular = order.stop <= batch.packing.count_at(order.level, batch.size)
    return str(batch.packing.units_at(order.level)) if is_regular else ""


def print_labels(
    instance: Instance,
    actor: Actor,
    batch: Batch,
    order: Order,
    file: BinaryIO,
    progress: Callable[[int], object] | None = None,
) -> Written:
    """Records the print job and writes the labels. Everything but the codes is checked before anything is recorded.

    Raises what `checked_job`, `record` and labels.job raise.
    """
    job = checked_job(instance, batch, order)
    instance.database.write(lambda work: record(work, actor, batch, order))
    return write_labels(order.form, file, job, progress)


def checked_job(instance: Instance, batch: Batch, order: Order) -> Job:
    """The job for an order that is about to be recorded: the template carries this batch. Raises as `label_job`."""
    job = label_job(instance, batch, order)
    if order.form is not Form.CSV:
        _ = job.layout
    return job


def record(work: UnitOfWork, actor: Actor, batch: Batch, order: Order) -> PrintJob:
    """Records an order as a print job. Raises what `printing.record_print` raises."""
    which = PackageRange(int(order.level), order.start, order.stop)
    return printing.record_print(work, actor, batch.batch_id, which, order.form.value, order.reason)


def preview(instance: Instance, batch: Batch, order: Order) -> bytes:
    """The first label of an order as a PNG; nothing is recorded."""
    return preview_png(label_job(instance, batch, order))
