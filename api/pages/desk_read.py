"""What the desk's first page shows: warnings, what is on its way to the party, what it has in its hands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from ...trace.batches import service as batches
from ...trace.batches.model import Batch
from ...trace.custody import service as custody
from ...trace.custody.model import CustodyState, Inbound, Stock
from ...trace.enforcement.service import ENFORCING_ROLES
from ...trace.inspection.plans.model import AGENCY_ROLES
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.texts import Language, text
from ...trace.parties import service as parties
from ...trace.parties.model import Party, Role
from ...trace.parties.regions import region_name
from ...trace.verification.offline.service import CARRYING_ROLES
from ..instance import Instance
from ..laboratory.taking import SENDING_ROLES
from .choices import sites
from .desk_view import DeskView, InboundCard, Link
from .goods_read import KnownBatch, amount_text, known_batches
from .notices import unread_link
from .rendering import day_text, number_text, word
from .table_view import Column, Row, Table, cell
from .told import CONCERNED_ROLES, open_results

WARN_DAYS = 60
"""Stock that expires sooner than this is named on the desk: two months are what it takes to return or sell it."""

DAILY_ACTS = ("receive", "ship", "sell", "return")
OTHER_ACTS = ("take-back", "write-off", "relocate", "unpack", "repack")
RECORDS = ("movements", "discrepancies", "ledgers", "balances", "expiring", "suppliers")

SHOWN_STATES = (CustodyState.HELD, CustodyState.DAMAGED, CustodyState.IN_TRANSIT)
"""What of a party's stock the desk names: what it can still do something about."""


def desk_view(instance: Instance, party_id: UUID, language: Language) -> DeskView:
    """The desk of one party, as it stands now."""
    with instance.database.read() as connection:
        party = parties.require_party(connection, party_id)
        inbound = custody.inbound(connection, party_id)
        stock = [each for each in custody.stock(connection, party_id) if each.state in SHOWN_STATES]
        own = batches.list_batches(connection, party_id) if Role.MANUFACTURER in party.roles else []
        senders = parties.list_parties(connection, {each.from_id for each in inbound})
    wanted = {each.batch_id for each in (*inbound, *stock, *own)}
    goods = known_batches(instance, wanted, language)
    names = {sender.party_id: sender.short_name for sender in senders}
    mark = text("page.list_mark", language)
    is_trading = bool(party.roles & custody.TRADING_ROLES)
    has_sites = bool(sites(instance, party_id))
    return DeskView(
        party_name=party.name,
        roles=mark.join(word(role, language) for role in sorted(party.roles)),
        region=region_name(party.region_code, language),
        is_manufacturer=Role.MANUFACTURER in party.roles,
        warnings=(
            *unread_link(instance, party_id, language),
            *open_results(instance, party_id, language),
            *_warnings(instance, party_id, stock, goods, language),
        ),
        acts=_acts(DAILY_ACTS, language) if is_trading else (),
        more_acts=_acts([each for each in OTHER_ACTS if each != "relocate" or has_sites], language)
        if is_trading
        else (),
        records=_records(party, language),
        inbound=tuple(_inbound(each, goods[each.batch_id], names[each.from_id], language) for each in inbound),
        stock=_stock_table(stock, goods, language),
        batches=_batch_table(own, goods, language) if Role.MANUFACTURER in party.roles else None,
    )


def _acts(names: Sequence[str], language: Language) -> tuple[Link, ...]:
    return tuple(Link(f"/desk/{name}", text(f"page.act.{name}.title", language)) for name in names)


def _records(party: Party, language: Language) -> tuple[Link, ...]:
    names = RECORDS if party.roles & custody.TRADING_ROLES else ()
    if Role.REGULATOR in party.roles:
        names = (*names, "way", "bulletins", "suspects", "probes")
    if party.roles & AGENCY_ROLES:
        names = (*names, "samples", "plans", "inspectors")
    if party.roles & set(ENFORCING_ROLES):
        names = (*names, "leads")
    if party.roles & set(SENDING_ROLES):
        names = (*names, "laboratory")
    names = (*names, "notices", "webhooks")
    links = tuple(Link(f"/desk/{name}", text(f"page.{name}.title", language)) for name in names)
    if party.roles & CONCERNED_ROLES:
        links = (*links, Link("/desk/results", text("page.told.title", language)))
    if party.roles & AGENCY_ROLES:
        links = (Link("/desk/sheets/new", text("page.sheet.title", language)), *links)
    if party.roles & set(CARRYING_ROLES):
        links = (Link("/offline", text("page.offline.title", language)), *links)
    return links


def _warnings(
    instance: Instance, party_id: UUID, stock: Sequence[Stock], goods: Mapping[UUID, KnownBatch], language: Language
) -> list[Link]:
    with instance.database.read() as connection:
        is_open = custody.list_discrepancies(connection, party_id)
        expiring = custody.expiring(connection, party_id, instance.database.clock.now(), WARN_DAYS)
    found: list[Link] = []
    in_hand = {each.batch_id for each in stock if each.state is not CustodyState.IN_TRANSIT}
    for batch_id in sorted(in_hand, key=lambda each: goods[each].title):
        known = goods[batch_id]
        if known.is_stopped:
            label = text("page.desk.warn_stopped", language, goods=known.title, why=known.warning)
            is_own = known.batch.maker_id == party_id
            address = f"/desk/batches/{batch_id}" if is_own else "/desk/return"
            found.append(Link(address, label, text(f"page.desk.warn_{'look' if is_own else 'stopped_do'}", language)))
    if is_open:
        label = text("page.desk.warn_discrepancies", language, count=number_text(len(is_open)))
        found.append(Link("/desk/discrepancies", label, text("page.desk.warn_look", language)))
    expired = {each.batch_id for each in expiring if each.days_left < 0}
    soon = {each.batch_id for each in expiring} - expired
    counts = (("page.desk.warn_expired", len(expired)), ("page.desk.warn_expiring", len(soon)))
    for key, count in counts:
        if count:
            label = text(key, language, count=number_text(count), days=WARN_DAYS)
            found.append(Link("/desk/expiring", label, text("page.desk.warn_look", language)))
    return found


def _inbound(each: Inbound, known: KnownBatch, sender: str, language: Language) -> InboundCard:
    here = f"/desk/inbound/{each.batch_id}/{each.transfer_id}"
    return InboundCard(
        product=known.product.name,
        batch_number=known.batch.batch_number,
        sender=sender,
        amount=amount_text(each.units, known.batch.packing, language),
        since=day_text(day_in_china(each.shipped_at), language),
        receipt=f"{here}/receipt",
        differences=here,
        is_return=each.is_return,
        warning=known.warning,
    )


def _stock_table(stock: Sequence[Stock], goods: Mapping[UUID, KnownBatch], language: Language) -> Table:
    units: dict[UUID, dict[CustodyState, int]] = {}
    for each in stock:
        states = units.setdefault(each.batch_id, {})
        states[each.state] = states.get(each.state, 0) + each.units
    rows: list[Row] = []
    for batch_id in sorted(units, key=lambda each: (goods[each].batch.expires_on, goods[each].title)):
        known, states = goods[batch_id], units[batch_id]

        def amount(state: CustodyState, known: KnownBatch = known, states: Mapping[CustodyState, int] = states) -> str:
            return amount_text(states.get(state, 0), known.batch.packing, language)

        others = [
            text(f"page.desk.stock_{state.value}", language, amount=amount(state))
            for state in (CustodyState.DAMAGED, CustodyState.IN_TRANSIT)
            if states.get(state)
        ]
        rows.append(
            Row(
                (
                    cell(known.product.name, badge=known.warning),
                    cell(known.batch.batch_number),
                    cell(amount(CustodyState.HELD), *others),
                    cell(day_text(known.batch.expires_on, language)),
                ),
                is_bad=bool(known.warning),
            )
        )
    return Table(_columns(("product", "batch", "amount", "expires"), language), tuple(rows), _empty("stock", language))


def _batch_table(own: Sequence[Batch], goods: Mapping[UUID, KnownBatch], language: Language) -> Table:
    rows = tuple(
        Row(
            (
                cell(goods[batch.batch_id].product.name, badge=goods[batch.batch_id].warning),
                cell(batch.batch_number, link=f"/desk/batches/{batch.batch_id}"),
                cell(amount_text(batch.size, batch.packing, language)),
                cell(day_text(batch.production_on, language)),
                cell(day_text(batch.expires_on, language)),
            ),
            is_bad=bool(goods[batch.batch_id].warning),
        )
        for batch in own
    )
    names = ("product", "batch", "amount", "produced", "expires")
    return Table(_columns(names, language), rows, _empty("batches", language))


def _columns(names: Sequence[str], language: Language) -> tuple[Column, ...]:
    return tuple(Column(text(f"page.desk.{name}", language)) for name in names)


def _empty(name: str, language: Language) -> str:
    return text(f"page.desk.{name}_empty", language)
