"""Files of parties and licences."""

from __future__ import annotations

from pathlib import Path

from ...trace.kernel.normalise import half_width
from ...trace.parties import service as parties
from ...trace.store.database import UnitOfWork
from ..forms.parties import LicenceForm, PartyForm
from ..tables import Line
from .steps import Act, Options, Step, table_steps

PARTY_COLUMNS = ("credit_code", "name", "short_name", "region_code", "roles", "telephone")
LICENCE_COLUMNS = ("number", "activity", "product_kind", "valid_from", "valid_until")


def party_steps(path: Path, options: Options) -> list[Step]:
    def act(line: Line) -> Act:
        form = PartyForm.model_validate(line.take(*PARTY_COLUMNS))

        def register(work: UnitOfWork) -> None:
            party_id = parties.party_id_of(parties.require_credit_code(form.credit_code))
            if parties.find_party(work.connection, party_id) is None:
                parties.register_party(work, options.actor, form.read(is_demonstration=options.is_demonstration))

        return register

    return table_steps(path, PARTY_COLUMNS, act)


def licence_steps(path: Path, options: Options) -> list[Step]:
    def act(line: Line) -> Act:
        form = LicenceForm.model_validate(line.take(*LICENCE_COLUMNS))

        def record(work: UnitOfWork) -> None:
            party = parties.require_party_by_credit_code(work.connection, line["credit_code"])
            held = parties.list_licences(work.connection, party.party_id)
            new = form.read()
            number = half_width(new.number).strip()
            identity = (number, new.product_kind, new.valid_from)
            if not any((each.number, each.product_kind, each.valid_from) == identity for each in held):
                parties.record_licence(work, options.actor, party.party_id, new)

        return record

    return table_steps(path, ("credit_code", *LICENCE_COLUMNS), act)
