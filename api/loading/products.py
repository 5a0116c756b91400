"""Files of products and of register extracts."""

from __future__ import annotations

from pathlib import Path

from ...trace.catalog import service as catalog
from ...trace.catalog.model import ProductKind, RegisterEntry
from ...trace.catalog.service import product_id_of
from ...trace.parties import service as parties
from ...trace.store.database import UnitOfWork
from ..forms.products import ProductForm
from ..tables import Line, blamed_on, read_table
from .steps import Act, Options, Step, table_steps

PRODUCT_COLUMNS = (
    "kind",
    "name",
    "brand",
    "registration_number",
    "code_registration_digits",
    "formulation",
    "composition",
    "shelf_life_days",
    "usage",
)
OPTIONAL_COLUMNS = ("gtin",)


def product_steps(path: Path, options: Options) -> list[Step]:
    def act(line: Line) -> Act:
        columns = (*PRODUCT_COLUMNS, *(column for column in OPTIONAL_COLUMNS if column in line.fields))
        fields = {**line.take(*columns), "accept_warnings": options.accept_warnings}
        form = ProductForm.model_validate(fields)

        def register(work: UnitOfWork) -> None:
            holder = parties.require_party_by_credit_code(
                work.connection, line["holder_credit_code"], "holder_credit_code"
            )
            product_id = product_id_of(holder.party_id, form.kind, form.registration_number, form.name)
            if not catalog.list_products(work.connection, [product_id]):
                new = form.read(holder.party_id, is_demonstration=options.is_demonstration)
                catalog.register_product(work, options.actor, new)

        return register

    return table_steps(path, ("holder_credit_code", *PRODUCT_COLUMNS), act)


def register_entries(path: Path) -> list[RegisterEntry]:
    """Rows of a public register, each with its source."""
    columns = tuple(RegisterEntry.__dataclass_fields__)
    entries: list[RegisterEntry] = []
    for line in read_table(path, columns):
        with blamed_on(line):
            fields = line.take(*columns)
            kind = ProductKind(fields.pop("kind"))
            entries.append(RegisterEntry(kind=kind, **fields))
    return entries
