"""What the selects of the desk offer: whom to ship to, whom to return to, the party's own sites."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from ...trace.custody import service as custody
from ...trace.kernel.errors import NotKnown
from ...trace.kernel.texts import Language
from ...trace.parties import service as parties
from ...trace.parties.model import Party
from ...trace.parties.regions import NINGXIA, REGIONS, region_name
from ..instance import Instance
from .desk_view import Choice
from .goods_read import known_batches
from .sent_forms import Sent

SUPPLIERS_SINCE = timedelta(days=3 * 366)
"""How far back suppliers are looked for: what is older has expired, and goes to its maker."""


def receivers(instance: Instance, party_id: UUID, language: Language) -> list[Choice]:
    """Every other party that may take goods in."""
    with instance.database.read() as connection:
        others = parties.list_parties(connection)
    return [
        _choice(other, language)
        for other in others
        if other.party_id != party_id and other.roles & custody.TRADING_ROLES
    ]


def suppliers(instance: Instance, party_id: UUID, language: Language) -> list[Choice]:
    """Who brought this party goods, and the makers of what it holds."""
    now = instance.database.clock.now()
    with instance.database.read() as connection:
        supplied = custody.supplies(connection, party_id, now - SUPPLIERS_SINCE, now + custody.MAX_CLOCK_SKEW)
        held = custody.holdings(connection, party_id)
    makers = {each.batch.maker_id for each in known_batches(instance, {h.batch_id for h in held}, language).values()}
    wanted = ({each.supplier_id for each in supplied} | makers) - {party_id}
    with instance.database.read() as connection:
        return [_choice(party, language) for party in parties.list_parties(connection, wanted)]


def sites(instance: Instance, party_id: UUID) -> list[Choice]:
    """The party's sites that are open."""
    with instance.database.read() as connection:
        found = parties.list_sites(connection, party_id)
    return [Choice(str(site.site_id), site.name) for site in found if site.closed_at is None]


def ningxia_regions(language: Language) -> tuple[Choice, ...]:
    """The province, its cities and counties."""
    codes = sorted(code for code in REGIONS if code.startswith(NINGXIA[:2]))
    return tuple(Choice(code, region_name(code, language)) for code in codes)


def site_of(sent: Sent, name: str) -> UUID | None:
    """The site chosen; None where none was. Raises NotKnown `site.unknown` for what was never offered."""
    value = sent.get(name)
    if not value:
        return None
    try:
        return UUID(value)
    except ValueError:
        raise NotKnown("site.unknown", field="site_id") from None


def _choice(party: Party, language: Language) -> Choice:
    return Choice(str(party.party_id), f"{party.short_name} · {region_name(party.region_code, language)}")
