"""Files of parties, licences and sites."""

from __future__ import annotations

from pathlib import Path

from ...trace.kernel.normalise import half_width
from ...trace.parties import service as parties
from ...trace.store.database import UnitOfWork
from ..forms.parties import LicenceForm, PartyForm, SiteForm
from ..tables import Line
from .steps import Act, Options, Step, table_steps

PARTY_COLUMNS = ("credit_code", "name", "short_name", "region_code", "roles", "telephone")
LICENCE_COLUMNS = ("number", "activity", "product_kind", "valid_from", "valid_until")
COVERS_RESTRICTED = "covers_restricted"
"""A column that a file of licences may leave out: none of them covers restricted pesticides then."""

SITE_COLUMNS = ("name", "region_code", "address")


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
        columns = (*LICENCE_COLUMNS, COVERS_RESTRICTED) if COVERS_RESTRICTED in line.fields else LICENCE_COLUMNS
        form = LicenceForm.model_validate(line.take(*columns))

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


def site_steps(path: Path, options: Options) -> list[Step]:
    def act(line: Line) -> Act:
        form = SiteForm.model_validate(line.take(*SITE_COLUMNS))

        def add(work: UnitOfWork) -> None:
            party = parties.require_party_by_credit_code(work.connection, line["credit_code"])
            held = {site.site_id for site in parties.list_sites(work.connection, party.party_id)}
            if parties.site_id_of(party.party_id, form.name) not in held:
                parties.add_site(work, options.actor, party.party_id, form.read())

        return add

    return table_steps(path, ("credit_code", *SITE_COLUMNS), act)
