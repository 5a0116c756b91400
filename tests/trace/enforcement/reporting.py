"""Reporting and looking up, as tests do it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from suiyuan.trace.enforcement import service as enforcement
from suiyuan.trace.enforcement.model import Filter, Lead, LeadKind
from suiyuan.trace.enforcement.reports import service as reports
from suiyuan.trace.enforcement.reports.model import NewReport, ReadReport, Received, ReportStatus, Trouble

if TYPE_CHECKING:
    from suiyuan.trace.parties.model import Party
    from tests.support.world import World

HERE, THERE = "192.0.2.1", "2001:db8::/64"
TELEPHONE = "13800138000"

NEW = NewReport((Trouble.LOOKS_DIFFERENT,), words="瓶盖颜色不一样", region_code="640221")


def send(world: World, new: NewReport = NEW, address: str = HERE) -> Received:
    resolution = world.resolver.resolve(new.code_text)
    return world.database.write(lambda work: reports.receive(work, world.keyring, resolution, new, address))


def send_code(world: World, code: str, address: str = HERE) -> Received:
    return send(world, replace(NEW, code_text=code), address)


def lead_of(world: World, received: Received) -> Lead:
    with world.database.read() as connection:
        return enforcement.require_lead_by_number(connection, world.actor(world.regulator), received.lead_number)


def read(world: World, received: Received, party: Party | None = None) -> ReadReport:
    lead = lead_of(world, received)
    with world.database.read() as connection:
        actor = world.actor(party or world.regulator)
        return reports.require_report(connection, actor, world.keyring, lead.lead_id)


def look_up(world: World, reference: str, address: str = HERE) -> ReportStatus:
    return reports.look_up(world.database, world.keyring, reference, address)


def close(world: World, received: Received, public_answer: str = "") -> Lead:
    lead = lead_of(world, received)
    actor = world.actor(world.regulator)
    return world.database.write(lambda work: enforcement.close(work, actor, lead.lead_id, "查无实据", public_answer))


def all_leads(world: World) -> list[Lead]:
    with world.database.read() as connection:
        return enforcement.list_leads(connection, world.actor(world.regulator), Filter(kind=LeadKind.CONSUMER_REPORT))
